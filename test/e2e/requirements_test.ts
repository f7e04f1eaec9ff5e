import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { readDocument } from "./support/agreement.ts";
import { ARCHITECTURE } from "./support/busybox_image.ts";
import { type Client, openClient, showDaemonImage } from "./support/client.ts";
import { at } from "./support/json.ts";
import { imageSpec, serveImages } from "./support/served_images.ts";
import { INCUS, type Vendor, VENDORS } from "./support/vendor.ts";
import { NOT_STAGED } from "./support/work_directory.ts";

const PRODUCT = `Busybox:1.36:${ARCHITECTURE.debian}:default`;
const OS = "images/Busybox";

for (const vendor of VENDORS) {
  describe(`Requirements, for ${vendor.name}`, { skip: NOT_STAGED, timeout: 60_000 }, () => {
    it("reach the daemon as strings, from .requirements alone", async (test) => {
      const served = await serveImages(
        test,
        [imageSpec(`requirements ${vendor.name} one`, { roots: ["disk.qcow2"] })],
        { files: { [`${OS}/.requirements`]: '{"secureboot": false}' } },
      );
      const product = at(await readDocument(served.root), "products", PRODUCT);
      assert.deepEqual(at(product, vendor.requirements), { secureboot: "false" });
      const client = await openClient(vendor, served.url);
      await client.call("image", "copy", "t:Busybox/1.36", "local:", "--vm");
      const fingerprint = served.images[0]?.fingerprints[vendor.name] ?? "";
      const { properties } = await showDaemonImage(client, fingerprint);
      assert.equal(properties["requirements.secureboot"], "false");
    });

    it("are its own when the tree has both kinds", async (test) => {
      const served = await serveImages(
        test,
        [imageSpec(`requirements ${vendor.name} two`, { roots: ["disk.qcow2"] })],
        {
          files: {
            [`${OS}/.requirements`]: '{"secureboot": true, "nesting": true}',
            [`${OS}/1.36/.requirements`]: '{"secureboot": "incus"}',
            [`${OS}/.lxd_requirements`]: '{"secureboot": "lxd"}',
          },
        },
      );
      const client = await openClient(vendor, served.url);
      await client.call("image", "copy", "t:Busybox/1.36", "local:", "--vm");
      const fingerprint = served.images[0]?.fingerprints[vendor.name] ?? "";
      const { properties } = await showDaemonImage(client, fingerprint);
      assert.equal(properties["requirements.secureboot"], vendor.name);
    });

    it("become configuration of an instance", async (test) => {
      const client = await initNested(test, vendor);
      const known = await client.call("config", "get", "nested", "image.requirements.nesting");
      assert.equal(known, "true\n");
    });
  });
}

// LXD 5.0 keeps the key and does nothing with it.
describe("Requirements, for incusd", { skip: NOT_STAGED, timeout: 60_000 }, () => {
  it("keep a container from its start until they are met", async (test) => {
    const client = await initNested(test, INCUS);
    await assert.rejects(client.call("start", "nested"), /security\.nesting=true/);
    await client.call("config", "set", "nested", "security.nesting", "true");
    await client.call("start", "nested");
  });
});

async function initNested(test: TestContext, vendor: Vendor): Promise<Client> {
  const spec = imageSpec(`requirements ${test.name} ${vendor.name}`);
  const files = { [`${OS}/1.36/.requirements`]: '{"nesting": true}' };
  const served = await serveImages(test, [spec], { files });
  const client = await openClient(vendor, served.url);
  await client.call("init", "t:Busybox/1.36", "nested");
  test.after(() => client.call("delete", "--force", "nested"));
  return client;
}
