import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { listImages, openClient } from "./support/client.ts";
import { forgetIndexes } from "./support/daemon.ts";
import { imageSpec, importImage, publishTree, serveImages } from "./support/served_images.ts";
import { findTreeImages } from "./support/tree_images.ts";
import { VENDORS } from "./support/vendor.ts";
import { NOT_STAGED } from "./support/work_directory.ts";

for (const vendor of VENDORS) {
  describe(`${vendor.client} image refresh`, { skip: NOT_STAGED, timeout: 60_000 }, () => {
    it("replaces a copied image by a version that is published later", async (test) => {
      const served = await serveImages(test, [imageSpec(`refresh ${vendor.name} old`)]);
      const client = await openClient(vendor, served.url);
      await client.call("image", "copy", "t:Busybox/1.36", "local:", "--alias", "fresh");
      const createdAt = new Date("2024-02-01T00:00:00Z");
      await importImage(served.root, imageSpec(`refresh ${vendor.name} new`, { createdAt }));
      await publishTree(served.root);
      await forgetIndexes(vendor);
      await client.call("image", "refresh", "fresh");
      const local = await listImages(client, "local:");
      const fresh = local.find((image) => image.aliases.includes("fresh"));
      const newest = (await findTreeImages(served.root)).at(-1);
      assert.equal(fresh?.fingerprint, newest?.fingerprints[vendor.name]);
    });
  });
}
