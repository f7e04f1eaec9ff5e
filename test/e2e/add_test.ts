import assert from "node:assert/strict";
import { access, mkdtemp, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { ARCHITECTURE, makeBusyboxRootfs } from "./support/busybox_image.ts";
import { listImages, openClient, showDaemonImage } from "./support/client.ts";
import { forgetIndexes } from "./support/daemon.ts";
import { imageSpec, importImage, publishTree, serveImages } from "./support/served_images.ts";
import { serveRoot } from "./support/serve.ts";
import { run } from "./support/run.ts";
import { runSimplestreams } from "./support/simplestreams.ts";
import { sha256sum } from "./support/tree_images.ts";
import { INCUS, VENDORS } from "./support/vendor.ts";
import { NOT_STAGED, workDirectory } from "./support/work_directory.ts";

const { debian } = ARCHITECTURE;
const DEFINITION = `image:
  distribution: busybox
  release: "1.36"
  variant: built
  description: Busybox built
  architecture: ${ARCHITECTURE.kernel}
  serial: 20240101_05:24
source:
  downloader: rootfs-http
packages:
  custom_manager:
    clean: { cmd: "true" }
    install: { cmd: "true" }
    remove: { cmd: "true" }
    refresh: { cmd: "true" }
    update: { cmd: "true" }
`;

describe("simplestreams add", { skip: NOT_STAGED, timeout: 120_000 }, () => {
  for (const type of ["split", "unified"] as const) {
    it(`publishes what distrobuilder packs as ${type}, which incusd launches`, async (test) => {
      const mark = `distrobuilder ${type}`;
      const files = await packWithDistrobuilder(mark, type);
      const root = await mkdtemp(join(workDirectory(), "root-"));
      await runSimplestreams(
        "add",
        "-N",
        "--release",
        type,
        "--alias",
        `box-${type}`,
        ...files,
        root,
      );
      const served = await serveRoot(test, root);
      const client = await openClient(INCUS, served.url);
      const [listed, ...others] = await listImages(client, "t:");
      assert.deepEqual(others, []);
      assert.equal(listed?.fingerprint, await sha256sum(...metadataFirst(files)));
      assert.ok(listed.aliases.includes(`box-${type}/${debian}`));
      await client.call("launch", `t:box-${type}`, `built-${type}`);
      test.after(() => client.call("delete", "--force", `built-${type}`));
      assert.equal(
        await client.call("exec", `built-${type}`, "--", "cat", "/etc/mark"),
        `${mark}\n`,
      );
    });
  }

  it("publishes what incus publish and incus image export make, which incusd launches", async (test) => {
    const source = await serveImages(test, [imageSpec("to be published")]);
    const maker = await openClient(INCUS, source.url);
    await maker.call("launch", "t:Busybox/1.36", "origin");
    test.after(() => maker.call("delete", "--force", "origin"));
    await maker.call("exec", "origin", "--", "sh", "-c", "echo changed > /etc/mark");
    await maker.call("stop", "--force", "origin");
    const names = ["os=busybox", "release=published", "variant=default", "description=made"];
    await maker.call("publish", "origin", "--alias", "published", ...names);
    const directory = await mkdtemp(join(workDirectory(), "x-"));
    await maker.call("image", "export", "published", join(directory, "backup"));
    const [file = "", ...others] = await readdir(directory);
    assert.deepEqual(others, []);

    const root = await mkdtemp(join(workDirectory(), "root-"));
    await runSimplestreams("add", "-N", join(directory, file), root);
    const served = await serveRoot(test, root);
    const client = await openClient(INCUS, served.url);
    const [listed] = await listImages(client, "t:");
    assert.equal(listed?.fingerprint, await sha256sum(join(directory, file)));
    await client.call("launch", "t:busybox/published", "again");
    test.after(() => client.call("delete", "--force", "again"));
    assert.equal(await client.call("exec", "again", "--", "cat", "/etc/mark"), "changed\n");
  });

  it("publishes a bare root with metadata made by simplestreams metadata, which incusd launches", async (test) => {
    const directory = await mkdtemp(join(workDirectory(), "bare-"));
    const rootfs = await makeBusyboxRootfs("bare");
    const squashfs = join(directory, "any.squashfs");
    await run("mksquashfs", [rootfs, squashfs, "-all-root", "-quiet", "-no-progress"]);
    const names = ["--os", "Bare", "--release", "1", "--arch", debian];
    await runSimplestreams("metadata", "-N", ...names, squashfs);
    const root = await mkdtemp(join(workDirectory(), "root-"));
    await runSimplestreams("add", "-N", squashfs, join(directory, "incus.tar.xz"), root);
    const served = await serveRoot(test, root);
    const client = await openClient(INCUS, served.url);
    await client.call("launch", "t:Bare/1", "bare");
    test.after(() => client.call("delete", "--force", "bare"));
    assert.equal(await client.call("exec", "bare", "--", "cat", "/etc/mark"), "bare\n");
  });
});

for (const vendor of VENDORS) {
  describe(
    `simplestreams prune, for ${vendor.daemon}`,
    { skip: NOT_STAGED, timeout: 60_000 },
    () => {
      it("leaves the files of a version to a daemon that holds an old index", async (test) => {
        const old = imageSpec(`prune ${vendor.name} old`, { release: "old" });
        const served = await serveImages(test, [old]);
        const client = await openClient(vendor, served.url);
        // The daemon reads the index for one image, and holds it from now on
        await client.call("image", "copy", "t:Busybox/old", "local:");
        const fingerprint = served.images[0]?.fingerprints[vendor.name] ?? "";
        await client.call("image", "delete", fingerprint);
        const createdAt = new Date("2024-02-01T00:00:00Z");
        await importImage(served.root, { ...old, mark: `prune ${vendor.name} new`, createdAt });
        await publishTree(served.root);
        await runSimplestreams("prune", "-N", "--keep", "1", served.root);
        await client.call("image", "copy", "t:Busybox/old", "local:");
        const copied = await showDaemonImage(client, fingerprint);
        assert.equal(copied.type, "container");
        // Another run within the grace removes nothing, and the tree is sound for the independent check
        await runSimplestreams("prune", "-N", "--keep", "1", served.root);
        await access(join(served.root, "images/Busybox/old", debian, "default/20240101_05:24"));
        await run("incus-simplestreams", ["verify"], { directory: served.root });
        await forgetIndexes(vendor);
        const listed = await listImages(await openClient(vendor, served.url), "t:");
        assert.ok(listed.every((image) => image.fingerprint !== fingerprint));
      });
    },
  );
}

async function packWithDistrobuilder(
  mark: string,
  type: "split" | "unified",
): Promise<readonly string[]> {
  const directory = await mkdtemp(join(workDirectory(), "pack-"));
  const rootfs = await makeBusyboxRootfs(mark);
  await writeFile(join(directory, "image.yaml"), DEFINITION);
  const target = await mkdtemp(join(workDirectory(), "packed-"));
  const options = ["--type", type, "--compression", "xz"];
  await run("distrobuilder", [
    "pack-incus",
    join(directory, "image.yaml"),
    rootfs,
    target,
    ...options,
  ]);
  return (await readdir(target)).map((name) => join(target, name)).sort();
}

function metadataFirst(files: readonly string[]): readonly string[] {
  return [...files].sort((a, b) =>
    Number(b.endsWith("incus.tar.xz")) - Number(a.endsWith("incus.tar.xz"))
  );
}
