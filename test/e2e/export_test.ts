import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { exportImage, openClient } from "./support/client.ts";
import { imageSpec, serveImages } from "./support/served_images.ts";
import { sha256sum } from "./support/tree_images.ts";
import { VENDORS } from "./support/vendor.ts";
import { NOT_STAGED } from "./support/work_directory.ts";

const FORMS = [
  { title: "a root.tar.xz", root: "rootfs.tar.xz", options: [] },
  { title: "a squashfs", root: "rootfs.squashfs", options: [] },
  { title: "a VM's disk", root: "disk.qcow2", options: ["--vm"] },
] as const;

for (const vendor of VENDORS) {
  describe(`${vendor.client} image export`, { skip: NOT_STAGED, timeout: 60_000 }, () => {
    for (const { title, root, options } of FORMS) {
      it(`brings ${title} with the fingerprint of the tree`, async (test) => {
        const served = await serveImages(test, [imageSpec(`export ${root}`, { roots: [root] })]);
        const client = await openClient(vendor, served.url);
        const files = await exportImage(client, "Busybox/1.36", ...options);
        assert.equal(files.length, 2);
        assert.equal(await sha256sum(...files), served.images[0]?.fingerprints[vendor.name]);
      });
    }

    it("brings an image whose names have all the characters that are allowed", async (test) => {
      const release = "1.36 +b#c?d&e;f@[g]~h";
      const served = await serveImages(test, [imageSpec("export names", { release, os: "Bé" })]);
      const client = await openClient(vendor, served.url);
      const files = await exportImage(client, `Bé/${release}`);
      assert.equal(await sha256sum(...files), served.images[0]?.fingerprints[vendor.name]);
    });

    it("brings the newest version of an alias", async (test) => {
      const served = await serveImages(test, [
        imageSpec("export new", { createdAt: new Date("2024-02-01T00:00:00Z") }),
        imageSpec("export old", { createdAt: new Date("2024-01-31T23:59:00Z") }),
      ]);
      const files = await exportImage(await openClient(vendor, served.url), "Busybox/1.36/default");
      const newest = served.images.find((image) => image.version === "20240201_00:00");
      assert.equal(await sha256sum(...files), newest?.fingerprints[vendor.name]);
    });
  });
}
