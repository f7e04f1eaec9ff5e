import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ARCHITECTURE } from "./support/busybox_image.ts";
import { listImages, openClient, showDaemonImage } from "./support/client.ts";
import { imageSpec } from "./support/served_images.ts";
import { serveUnified } from "./support/unified_image.ts";
import { VENDORS } from "./support/vendor.ts";
import { NOT_STAGED } from "./support/work_directory.ts";

for (const vendor of VENDORS) {
  describe(`${vendor.client} image import URL`, { skip: NOT_STAGED, timeout: 60_000 }, () => {
    it("brings a unified image, which launches", async (test) => {
      const mark = `unified ${vendor.name}`;
      const ftype = `${vendor.name}_combined.tar.gz`;
      const served = await serveUnified(test, imageSpec(mark), ftype);
      const client = await openClient(vendor, served.url);
      const url = `${served.url}/${served.path}`;
      assert.match(url, new RegExp(`/${ARCHITECTURE.debian}/default/20240101_05:24/${ftype}$`));
      await client.call("image", "import", url, "local:", "--alias", "unified");
      const image = await showDaemonImage(client, served.sha256);
      assert.equal(image.type, "container");
      await client.call("launch", "unified", "unified");
      test.after(() => client.call("delete", "--force", "unified"));
      assert.equal(await client.call("exec", "unified", "--", "cat", "/etc/mark"), `${mark}\n`);
    });
  });
}

for (const vendor of VENDORS) {
  describe(`A unified image, for ${vendor.name}`, { skip: NOT_STAGED, timeout: 60_000 }, () => {
    for (const name of ["incus_combined.tar.gz", "lxd_combined.tar.gz"]) {
      it(`is listed, copied and launched from ${name} alone`, async (test) => {
        const mark = `unified ${name} ${vendor.name}`;
        const served = await serveUnified(test, imageSpec(mark), name);
        const client = await openClient(vendor, served.url);
        const [listed, ...others] = await listImages(client, "t:");
        assert.deepEqual(others, []);
        assert.equal(listed?.fingerprint, served.sha256);
        assert.equal(listed.type, "container");
        const instance = `unified-${name.split("_")[0]}`;
        await client.call("launch", "t:Busybox/1.36", instance);
        test.after(() => client.call("delete", "--force", instance));
        assert.equal(await client.call("exec", instance, "--", "cat", "/etc/mark"), `${mark}\n`);
      });
    }
  });
}
