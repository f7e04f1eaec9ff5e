import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { simplestreams, succeed } from "../support/command.ts";
import { makeTempDirectory } from "../support/temp_directory.ts";
import { listTree, sha256sum, writeSampleTree } from "../support/trees.ts";

const FOLDER = "images/ubuntu/24.04/arm64/default/202401040524";

async function publishedRoot(test: TestContext): Promise<string> {
  const root = makeTempDirectory(test);
  writeSampleTree(root);
  await succeed(["-N", "--quiet", root]);
  return root;
}

describe("simplestreams show", { concurrency: 2 }, () => {
  it("shows all of an image by its alias", async (test) => {
    const root = await publishedRoot(test);
    const before = listTree(root);
    const files = ["incus.tar.xz", "disk.qcow2"].map((name) => join(root, FOLDER, name));
    const [metadata, disk] = [
      await sha256sum(...files.slice(0, 1)),
      await sha256sum(...files.slice(1)),
    ];
    assert.equal(
      await succeed(["show", "ubuntu/24.04", root]),
      `product ubuntu:24.04:arm64:default
  os: ubuntu
  release: 24.04
  arch: arm64
  variant: default
  release_title: 24.04
  aliases: ubuntu/24.04/default, ubuntu/24.04
  requirements:
    secureboot: false (from images/ubuntu/24.04/.lxd_requirements)
  lxd_requirements:
    secureboot: false (from images/ubuntu/24.04/.lxd_requirements)
  image ${await sha256sum(...files)}
    version: 202401040524
    type: virtual-machine
    clients: incus, lxd
    aliases: ubuntu/24.04/default, ubuntu/24.04
    size: 19 B
    file ${FOLDER}/incus.tar.xz
      ftype: incus.tar.xz
      size: 10 B
      sha256: ${metadata}
    file ${FOLDER}/disk.qcow2
      ftype: disk-kvm.img
      size: 9 B
      sha256: ${disk}
`,
    );
    assert.deepEqual(listTree(root), before);
  });

  it("prints the same as JSON, for a fingerprint, its beginning, an id and a version", async (test) => {
    const root = await publishedRoot(test);
    const files = ["incus.tar.xz", "disk.qcow2"].map((name) => join(root, FOLDER, name));
    const fingerprint = await sha256sum(...files);
    const id = "ubuntu:24.04:arm64:default";
    for (const name of [fingerprint, fingerprint.slice(0, 12), id, `${id}@202401040524`]) {
      const shown = JSON.parse(await succeed(["show", "--json", name], { directory: root }));
      assert.deepEqual([shown.command, shown.name, shown.findings], ["show", name, []]);
      assert.equal(shown.products[0].images[0].fingerprint, fingerprint);
      assert.equal(shown.products[0].requirements[0].file, "images/ubuntu/24.04/.lxd_requirements");
    }
  });

  it("exits with 1 and says how to find names when nothing has the name", async (test) => {
    const root = await publishedRoot(test);
    const { status, stdout, stderr } = await simplestreams(["show", "fedora", root, "--json"]);
    assert.equal(status, 1);
    assert.equal(JSON.parse(stdout).error.code, "NOT_FOUND");
    assert.match(stderr, /^error: Cannot find "fedora": .*simplestreams list shows\n$/);
  });

  it("exits with 1 and says what to do when nothing is published", async (test) => {
    const root = makeTempDirectory(test);
    writeSampleTree(root);
    const { status, stdout, stderr } = await simplestreams(["show", "debian/12", root]);
    assert.deepEqual([status, stdout], [1, ""]);
    assert.match(stderr, /nothing is published in .*simplestreams -N publishes\n$/);
  });
});
