import assert from "node:assert/strict";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { until } from "../support/command.ts";
import { pathsSent } from "../support/server_process.ts";
import { type Client, openClient, showDaemonImage } from "./support/client.ts";
import { forgetIndexes } from "./support/daemon.ts";
import { run } from "./support/run.ts";
import {
  imageSpec,
  importImage,
  publishTree,
  type ServedImages,
  serveImages,
} from "./support/served_images.ts";
import { runSimplestreams } from "./support/simplestreams.ts";
import { findTreeImages } from "./support/tree_images.ts";
import { type Vendor, VENDORS } from "./support/vendor.ts";
import { NOT_STAGED } from "./support/work_directory.ts";

const ALIAS = "t:Busybox/1.36";
const DAYS = ["2024-01-01", "2024-02-01", "2024-03-01"];

for (const vendor of VENDORS) {
  describe(`${vendor.daemon}, with deltas`, { skip: NOT_STAGED, timeout: 180_000 }, () => {
    it("refreshes an image by metadata and delta alone, and launches it", async (test) => {
      const { client, served, name, ...story } = await copyFirst(test, vendor);
      const newest = await story.publishNext();
      const sent = await sentBy(served, () => client.call("image", "refresh", name));
      assert.deepEqual(sent, [newest.metadata, newest.delta]);
      await assertLaunches(test, client, { name, mark: newest.mark });
    });

    it("copies an image by metadata and delta alone, and launches it", async (test) => {
      const { served, name, ...story } = await copyFirst(test, vendor);
      const newest = await story.publishNext();
      // One that has not seen the index before
      const client = await openClient(vendor, served.url);
      const copied = `${name}-next`;
      const sent = await sentBy(
        served,
        () => client.call("image", "copy", ALIAS, "local:", "--alias", copied),
      );
      assert.deepEqual(sent, [newest.metadata, newest.delta]);
      await assertLaunches(test, client, { name: copied, mark: newest.mark });
    });

    it("fetches the whole file when it has no base", async (test) => {
      const { served, name, ...story } = await serveFirst(test, vendor);
      const newest = await story.publishNext();
      const client = await openClient(vendor, served.url);
      const sent = await sentBy(
        served,
        () => client.call("image", "copy", ALIAS, "local:", "--alias", name),
      );
      assert.deepEqual(sent, [newest.metadata, newest.root]);
      assert.equal((await showDaemonImage(client, newest.fingerprint)).type, "container");
    });

    it("fetches the whole file when it has an older base", async (test) => {
      const { client, served, name, ...story } = await copyFirst(test, vendor);
      await story.publishNext();
      const newest = await story.publishNext();
      const sent = await sentBy(served, () => client.call("image", "refresh", name));
      assert.deepEqual(sent, [newest.metadata, newest.root]);
      assert.equal((await showDaemonImage(client, newest.fingerprint)).type, "container");
    });

    it("fetches the whole file when the base was pruned", async (test) => {
      const { client, served, name, ...story } = await copyFirst(test, vendor);
      const newest = await story.publishNext();
      await runSimplestreams("prune", "-N", "--keep", "1", served.root);
      await forgetIndexes(vendor);
      const sent = await sentBy(served, () => client.call("image", "refresh", name));
      assert.deepEqual(sent, [newest.metadata, newest.root]);
      assert.equal((await showDaemonImage(client, newest.fingerprint)).type, "container");
    });

    it("fetches the whole file when it has no xdelta3", async (test) => {
      const { client, served, name, ...story } = await copyFirst(test, vendor);
      const newest = await story.publishNext();
      // Not to be started, in these namespaces, by anybody
      const program = (await run("sh", ["-c", "command -v xdelta3"])).trim();
      await run("mount", ["--bind", "/dev/null", program]);
      let sent: readonly string[];
      try {
        sent = await sentBy(served, () => client.call("image", "refresh", name));
      } finally {
        await run("umount", [program]);
      }
      assert.deepEqual(sent, [newest.metadata, newest.root]);
      assert.equal((await showDaemonImage(client, newest.fingerprint)).type, "container");
    });
  });
}

/** A version that was published, by paths below the root. */
interface PublishedVersion {
  readonly mark: string;
  readonly fingerprint: string;
  readonly metadata: string;
  readonly root: string;
  readonly delta: string;
}

interface Story {
  readonly served: ServedImages;
  /** Of what comes to be in the daemon; no other test has it. */
  readonly name: string;
  /** Publishes a version more, with the delta to it from the one before. */
  readonly publishNext: () => Promise<PublishedVersion>;
}

let stories = 0;

async function serveFirst(test: TestContext, vendor: Vendor): Promise<Story> {
  const name = `delta${++stories}`;
  let published = 0;
  const nextSpec = () =>
    imageSpec(`${vendor.name} ${name} build ${published}`, {
      createdAt: new Date(`${DAYS[published++]}T00:00:00Z`),
      roots: ["root.squashfs"],
    });
  const served = await serveImages(test, [nextSpec()]);
  const folderOf = async () => {
    const newest = (await findTreeImages(served.root)).at(-1);
    const { product = "", version = "" } = newest ?? {};
    const fingerprint = newest?.fingerprints[vendor.name] ?? "";
    return { folder: `images/${product.replaceAll(":", "/")}/${version}`, version, fingerprint };
  };
  return {
    served,
    name,
    async publishNext() {
      const before = await folderOf();
      const spec = nextSpec();
      await importImage(served.root, spec);
      await runSimplestreams("deltas", "-N", served.root);
      const { folder, fingerprint } = await folderOf();
      const [metadata, root, delta] = [
        ...["incus.tar.xz", "root.squashfs", `root.${before.version}.vcdiff`],
      ].map((file) => `${folder}/${file}`);
      assert.ok(metadata !== undefined && root !== undefined && delta !== undefined);
      const [small, whole] = await Promise.all(
        [delta, root].map(async (path) => (await stat(join(served.root, path))).size),
      );
      assert.ok((small ?? 0) < (whole ?? 0) / 10, `${small} of ${whole} bytes`);
      await publishTree(served.root);
      await forgetIndexes(vendor);
      return { mark: spec.mark, fingerprint, metadata, root, delta };
    },
  };
}

async function copyFirst(
  test: TestContext,
  vendor: Vendor,
): Promise<Story & { readonly client: Client }> {
  const story = await serveFirst(test, vendor);
  const client = await openClient(vendor, story.served.url);
  await client.call("image", "copy", ALIAS, "local:", "--alias", story.name);
  return { ...story, client };
}

/** Returns the image files that the server sent while something was done, sorted as they are listed. */
async function sentBy(
  { server }: ServedImages,
  action: () => Promise<unknown>,
): Promise<readonly string[]> {
  const files = () => pathsSent(server).filter((path) => path.startsWith("images/"));
  const before = files().length;
  await action();
  // The log of an answer may come after the answer
  await until("two files were sent", () => files().length >= before + 2);
  return [...files().slice(before)].sort();
}

async function assertLaunches(
  test: TestContext,
  client: Client,
  { name, mark }: { readonly name: string; readonly mark: string },
): Promise<void> {
  await client.call("launch", name, name);
  test.after(() => client.call("delete", "--force", name));
  assert.equal(await client.call("exec", name, "--", "cat", "/etc/mark"), `${mark}\n`);
}
