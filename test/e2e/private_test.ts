import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { parseLog } from "../support/server_process.ts";
import { exportImage, listImages, openClient, showDaemonImage } from "./support/client.ts";
import { imageSpec, type ServedImages, serveImages } from "./support/served_images.ts";
import { sha256sum } from "./support/tree_images.ts";
import { type Vendor, VENDORS } from "./support/vendor.ts";
import { NOT_STAGED, workDirectory } from "./support/work_directory.ts";

const PASSWORD = "open sesame";
// htpasswd -nbB -C 5 reader 'open sesame'
const ENTRY = "reader:$2y$05$kS62ro1QXbPv./HM2GZHJuCe4WQQju1b2lsoZ.I7erCkutC/2wcuu\n";

for (const vendor of VENDORS) {
  describe(`${vendor.client}, with a tree behind a password`, {
    skip: NOT_STAGED,
    timeout: 60_000,
  }, () => {
    it("lists, exports and copies by https://USER:PASSWORD@HOST", async (test) => {
      const served = await servePrivate(test, vendor);
      const fingerprint = served.images[0]?.fingerprints[vendor.name] ?? "";
      const client = await openClient(vendor, urlFor(served, PASSWORD));
      const listed = await listImages(client, "t:");
      assert.deepEqual(listed.map((image) => image.fingerprint), [fingerprint]);
      const files = await exportImage(client, "Busybox/1.36");
      assert.equal(await sha256sum(...files), fingerprint);
      await client.call("image", "copy", "t:Busybox/1.36", "local:");
      assert.equal((await showDaemonImage(client, fingerprint)).type, "container");
      const { stderr } = await served.server.stop();
      assert.match(stderr, /"user":"reader"/);
      assert.doesNotMatch(stderr, /sesame/);
    });

    it("is refused without a password and with a wrong one", async (test) => {
      const served = await servePrivate(test, vendor);
      for (const url of [served.url, urlFor(served, "open sesam")]) {
        const client = await openClient(vendor, url);
        await assert.rejects(client.call("image", "list", "t:"), /401|[Uu]nauthorized/);
      }
      const asked = parseLog((await served.server.stop()).stderr).filter(({ event }) =>
        event === "request"
      );
      assert.deepEqual([...new Set(asked.map(({ status }) => status))], [401]);
    });
  });
}

async function servePrivate(test: TestContext, vendor: Vendor): Promise<ServedImages> {
  const htpasswd = join(workDirectory(), "htpasswd");
  await writeFile(htpasswd, ENTRY, { mode: 0o600 });
  const spec = imageSpec(`private ${vendor.name} ${test.name}`);
  return await serveImages(test, [spec], { args: ["--read-auth", htpasswd] });
}

function urlFor({ place }: ServedImages, password: string): string {
  return `https://reader:${encodeURIComponent(password)}@${place}`;
}
