import assert from "node:assert/strict";
import { mkdtemp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { exportImage, listImages, openClient } from "./support/client.ts";
import { curl, TOKEN } from "./support/curl.ts";
import { at } from "./support/json.ts";
import { imageSpec, importImage, type ServedImages, serveImages } from "./support/served_images.ts";
import { findTreeImages, sha256sum } from "./support/tree_images.ts";
import { VENDORS } from "./support/vendor.ts";
import { NOT_STAGED, workDirectory } from "./support/work_directory.ts";

for (const vendor of VENDORS) {
  describe(`The API, called by curl, for ${vendor.client}`, {
    skip: NOT_STAGED,
    timeout: 60_000,
  }, () => {
    it("publishes a new version by a reindex", async (test) => {
      const served = await serveWithTokens(test, `api ${vendor.name} old`);
      const spec = imageSpec(`api ${vendor.name} new`, {
        createdAt: new Date("2024-02-01T00:00:00Z"),
      });
      await importImage(served.root, spec);
      const before = await listImages(await openClient(vendor, served.url), "t:");
      assert.equal(before.length, 1);
      const result = await curl(`${served.url}/api/v1/reindex`, "--request", "POST");
      assert.equal(at(result, "counts", "versions"), 2);
      const client = await openClient(vendor, served.url);
      const newest = (await findTreeImages(served.root)).at(-1);
      assert.equal(newest?.version, "20240201_00:00");
      const holder = (await listImages(client, "t:"))
        .find(({ aliases }) => aliases.includes("Busybox/1.36"));
      assert.equal(holder?.fingerprint, newest.fingerprints[vendor.name]);
      const files = await exportImage(client, "Busybox/1.36");
      assert.equal(await sha256sum(...files), newest.fingerprints[vendor.name]);
    });

    it("publishes a requirement by a PUT", async (test) => {
      const served = await serveWithTokens(test, `api ${vendor.name} requirement`);
      const query = `client=${vendor.name}&reindex=true`;
      const put = () =>
        curl(
          `${served.url}/api/v1/requirements/Busybox/1.36?${query}`,
          ...["--request", "PUT", "--header", "Content-Type: application/json"],
          ...["--data", '{"secureboot": "false"}'],
        );
      assert.equal(at(await put(), "changed"), true);
      assert.equal(at(await put(), "changed"), false);
      const client = await openClient(vendor, served.url);
      const [image] = await listImages(client, "t:");
      assert.equal(image?.properties["requirements.secureboot"], "false");
      const info = await client.call("image", "info", "t:Busybox/1.36");
      assert.match(info, /^ *requirements\.secureboot: "?false"?$/m);
    });

    it("is closed to who has no token, and the tree is open all the same", async (test) => {
      const served = await serveWithTokens(test, `api ${vendor.name} closed`);
      const call = curl(
        `${served.url}/api/v1/reindex`,
        ...["--request", "POST", "--header", "Authorization: Bearer nobody"],
      );
      await assert.rejects(call, /^Error: UNAUTHORIZED: /);
      assert.equal((await listImages(await openClient(vendor, served.url), "t:")).length, 1);
    });
  });
}

async function serveWithTokens(test: TestContext, mark: string): Promise<ServedImages> {
  const tokenFile = join(await mkdtemp(join(workDirectory(), "tokens-")), "tokens");
  await writeFile(tokenFile, `suite:${TOKEN}\n`, { mode: 0o600 });
  return await serveImages(test, [imageSpec(mark)], { args: ["--token-file", tokenFile] });
}
