import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { openClient, showDaemonImage } from "./support/client.ts";
import { imageSpec, serveImages } from "./support/served_images.ts";
import { VENDORS } from "./support/vendor.ts";
import { NOT_STAGED } from "./support/work_directory.ts";

const FORMS = [
  { name: "rootxz", roots: ["rootfs.tar.xz"] },
  { name: "squashfs", roots: ["rootfs.squashfs"] },
] as const;

for (const vendor of VENDORS) {
  describe(`${vendor.daemon}, from an image`, { skip: NOT_STAGED, timeout: 90_000 }, () => {
    for (const { name, roots } of FORMS) {
      it(`copies, launches and enters a container (${name})`, async (test) => {
        const mark = `container ${vendor.name} ${name}`;
        const served = await serveImages(test, [imageSpec(mark, { roots })]);
        const client = await openClient(vendor, served.url);
        const fingerprint = served.images[0]?.fingerprints[vendor.name] ?? "";
        await client.call("image", "copy", "t:Busybox/1.36", "local:", "--alias", name);
        assert.equal((await showDaemonImage(client, fingerprint)).type, "container");
        await client.call("launch", name, name);
        test.after(() => client.call("delete", "--force", name));
        assert.equal(await client.call("exec", name, "--", "cat", "/etc/mark"), `${mark}\n`);
      });
    }

    it("launches a container from the tree, by its own metadata and the squashfs", async (test) => {
      const mark = `container ${vendor.name} direct`;
      const roots = ["root.tar.xz", "root.squashfs"] as const;
      const metadata = ["incus.tar.xz", "lxd.tar.xz"] as const;
      const served = await serveImages(test, [imageSpec(mark, { roots, metadata })]);
      const client = await openClient(vendor, served.url);
      await client.call("launch", "t:Busybox/1.36/default", "direct");
      test.after(() => client.call("delete", "--force", "direct"));
      assert.equal(await client.call("exec", "direct", "--", "cat", "/etc/mark"), `${mark}\n`);
      const squashfs = served.images.find((image) => image.root === "root.squashfs");
      const base = await client.call("config", "get", "direct", "volatile.base_image");
      assert.equal(base.trim(), squashfs?.fingerprints[vendor.name]);
    });
  });
}
