import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ARCHITECTURE } from "./support/busybox_image.ts";
import { listImages, openClient } from "./support/client.ts";
import { imageSpec, serveImages } from "./support/served_images.ts";
import { VENDORS } from "./support/vendor.ts";
import { NOT_STAGED } from "./support/work_directory.ts";

const { debian } = ARCHITECTURE;

for (const vendor of VENDORS) {
  describe(`${vendor.client} image list`, { skip: NOT_STAGED, timeout: 60_000 }, () => {
    it("names each root by the sha256 of the metadata and it", async (test) => {
      const roots = ["rootfs.tar.xz", "rootfs.squashfs", "disk.qcow2"] as const;
      const served = await serveImages(test, [imageSpec("list roots", { roots })]);
      const listed = await listImages(await openClient(vendor, served.url), "t:");
      assert.deepEqual(
        Object.fromEntries(listed.map((image) => [image.fingerprint, image.type])),
        Object.fromEntries(
          served.images.map(({ root, fingerprints }) => [
            fingerprints[vendor.name],
            root === "disk.qcow2" ? "virtual-machine" : "container",
          ]),
        ),
      );
    });

    it("gives the aliases to the newest version", async (test) => {
      const served = await serveImages(test, [
        imageSpec("list new", { createdAt: new Date("2024-02-01T00:00:00Z") }),
        imageSpec("list old", { createdAt: new Date("2024-01-31T23:59:00Z") }),
        imageSpec("list other", { variant: "cloud" }),
      ]);
      const listed = await listImages(await openClient(vendor, served.url), "t:");
      const short = ["Busybox/1.36", `Busybox/1.36/${debian}`];
      const long = ["Busybox/1.36/default", `Busybox/1.36/default/${debian}`];
      const cloud = ["Busybox/1.36/cloud", `Busybox/1.36/cloud/${debian}`];
      assert.deepEqual(aliasesBySerial(listed), {
        "20240201_00:00": [...short, ...long].sort(),
        "20240131_23:59": [],
        "20240101_05:24": cloud,
      });
    });

    it("reads its own metadata when the two differ", async (test) => {
      const metadata = ["incus.tar.xz", "lxd.tar.xz"] as const;
      const served = await serveImages(test, [imageSpec("list metadata", { metadata })]);
      const listed = await listImages(await openClient(vendor, served.url), "t:");
      assert.deepEqual(
        listed.map((image) => image.fingerprint),
        served.images.map((image) => image.fingerprints[vendor.name]),
      );
      assert.ok(served.images.every(({ fingerprints }) => fingerprints.incus !== fingerprints.lxd));
    });

    it("reads the other's metadata when there is only that", async (test) => {
      const served = await serveImages(test, [
        imageSpec("list incus", { metadata: ["incus.tar.xz"], variant: "incus" }),
        imageSpec("list lxd", { metadata: ["lxd.tar.xz"], variant: "lxd" }),
      ]);
      const listed = await listImages(await openClient(vendor, served.url), "t:");
      assert.deepEqual(
        listed.map((image) => image.fingerprint),
        served.images.map((image) => image.fingerprints[vendor.name]).sort(),
      );
    });

    it("shows the type VIRTUAL-MACHINE", async (test) => {
      const served = await serveImages(test, [imageSpec("list vm", { roots: ["disk.qcow2"] })]);
      const client = await openClient(vendor, served.url);
      const table = await client.call("image", "list", "t:", "--format", "csv", "--columns", "Ft");
      assert.equal(table, `${served.images[0]?.fingerprints[vendor.name]},VIRTUAL-MACHINE\n`);
    });
  });
}

function aliasesBySerial(
  images: Awaited<ReturnType<typeof listImages>>,
): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(images.map((image) => [image.properties.serial, image.aliases]));
}
