import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
} from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { succeed } from "../support/command.ts";
import { makeTempDirectory } from "../support/temp_directory.ts";
import {
  assertDigestsHold,
  type Item,
  itemsOf,
  LONG_AGO,
  readDocument,
  readProducts,
  writeFiles,
  writeVersion,
} from "../support/trees.ts";

import {
  digestsOf,
  EARLIER,
  falseItems,
  FOLDER,
  LATER,
  LIES,
  makeTree,
  PATH,
  TRUTH,
} from "./false_cache.ts";

describe("A cache of the original tool", { concurrency: 2 }, () => {
  it("is believed while the sizes agree and no file is younger, and is written as ours", async (test) => {
    const { root, cache } = makeTree(test, { items: falseItems() });
    assert.deepEqual(digestsOf(await succeed([root])), LIES);
    await succeed(["-N", root]);
    assert.deepEqual(digestsOf(readDocument(root)), LIES);
    const items = JSON.parse(readFileSync(cache, "utf8"));
    assert.deepEqual(items, falseItems({ mtime: LONG_AGO.getTime() }));
    assert.ok(!readDocument(root).includes("mtime"), "what only the cache needs is not published");
  });

  it("is believed when it is as old as the files", async (test) => {
    const { root } = makeTree(test, { items: falseItems(), at: LONG_AGO });
    assert.deepEqual(digestsOf(await succeed([root])), LIES);
  });

  it("is not believed when a file is younger", async (test) => {
    const { root } = makeTree(test, { items: falseItems(), at: EARLIER });
    assert.deepEqual(digestsOf(await succeed([root])), TRUTH);
  });

  it("is not believed of a file with another size", async (test) => {
    const items = falseItems();
    const { root } = makeTree(test, {
      items: { ...items, "root.tar.xz": { ...items["root.tar.xz"], size: 11 } },
    });
    assert.deepEqual(digestsOf(await succeed([root])), TRUTH);
  });

  it("is put right where it calls a squashfs root.squashfs", async (test) => {
    const root = makeTempDirectory(test);
    writeVersion(root, FOLDER, {
      "lxd.tar.xz": "metadata\n",
      "rootfs.squashfs": "container\n",
      ".items.json": JSON.stringify({
        "lxd.tar.xz": {
          ftype: "lxd.tar.xz",
          path: `${PATH}/lxd.tar.xz`,
          size: 9,
          sha256: LIES.metadata,
          combined_squashfs_sha256: LIES.both,
        },
        "root.squashfs": {
          ftype: "root.squashfs",
          path: `${PATH}/rootfs.squashfs`,
          size: 10,
          sha256: LIES.root,
        },
      }),
    });
    await succeed(["-N", root]);
    const items = itemsOf(readProducts(root), FOLDER);
    assert.deepEqual(items["root.squashfs"], {
      ftype: "squashfs",
      path: `${PATH}/rootfs.squashfs`,
      sha256: LIES.root,
      size: 10,
    });
    assert.equal(items["incus.tar.xz"]?.combined_squashfs_sha256, LIES.both);
  });
});

describe("A cache of ours", { concurrency: 2 }, () => {
  const OURS = falseItems({ mtime: LONG_AGO.getTime() });

  it("is believed while size and mtime are the same, however old it is itself", async (test) => {
    const { root } = makeTree(test, { items: OURS, at: EARLIER });
    assert.deepEqual(digestsOf(await succeed([root])), LIES);
  });

  it("is not believed under --rehash, and is put right by it", async (test) => {
    const { root, cache } = makeTree(test, { items: OURS });
    await succeed(["-N", root]);
    assert.deepEqual(digestsOf(readDocument(root)), LIES);
    assert.deepEqual(digestsOf(await succeed(["--rehash", root])), TRUTH);
    await succeed(["-N", "--rehash", root]);
    assert.deepEqual(digestsOf(readDocument(root)), TRUTH);
    assert.equal(JSON.parse(readFileSync(cache, "utf8"))["root.tar.xz"].sha256, TRUTH.root);
    assert.deepEqual(digestsOf(await succeed([root])), TRUTH);
  });

  it("is forced by deleting it, also when the published document could vouch for it", async (test) => {
    const { root, cache } = makeTree(test, { items: OURS });
    await succeed(["-N", root]);
    assert.deepEqual(digestsOf(readDocument(root)), LIES);
    rmSync(cache);
    assert.deepEqual(digestsOf(await succeed([root])), TRUTH);
    await succeed(["-N", root]);
    assert.deepEqual(digestsOf(readDocument(root)), TRUTH);
    assert.ok(existsSync(cache));
  });

  for (const [what, date] of [["a younger", LATER], ["an older", EARLIER]] as const) {
    it(`is not believed of a file of the same size with ${what} mtime`, async (test) => {
      for (const publish of [false, true]) {
        const { root, folder } = makeTree(test, { items: OURS });
        if (publish) await succeed(["-N", root]);
        utimesSync(join(folder, "root.tar.xz"), date, date);
        assert.deepEqual(digestsOf(await succeed([root])), TRUTH);
        await succeed(["-N", root]);
        assert.deepEqual(digestsOf(readDocument(root)), TRUTH);
      }
    });
  }

  it("is not believed of a file that differs by one ms", async (test) => {
    const { root, folder } = makeTree(test, { items: OURS });
    const seconds = (LONG_AGO.getTime() + 1.5) / 1000;
    utimesSync(join(folder, "incus.tar.xz"), seconds, seconds);
    assert.deepEqual(digestsOf(await succeed([root])), TRUTH);
  });

  it("is not believed of a file that grew", async (test) => {
    const { root, folder } = makeTree(test, { items: OURS });
    await succeed(["-N", root]);
    truncateSync(join(folder, "root.tar.xz"), 11);
    utimesSync(join(folder, "root.tar.xz"), LONG_AGO, LONG_AGO);
    await succeed(["-N", root]);
    assert.deepEqual(digestsOf(readDocument(root)), {
      ...TRUTH,
      root: "fed72324d00d620974e96d4cea0578f872155620f0bb89777c87dc8e2dff4507",
      both: "0ece0d5c1947942a0910a81c5501baccdabc1af70f3440f18b996bc1a02e9950",
    });
  });

  it("moves with its version", async (test) => {
    const { root, folder } = makeTree(test, { items: OURS });
    const moved = join(root, "images/debian/13/amd64/default/20240202");
    mkdirSync(join(moved, ".."), { recursive: true });
    renameSync(folder, moved);
    const { products } = JSON.parse(await succeed([root]));
    const item: Item =
      products["debian:13:amd64:default"].versions["20240202"].items["root.tar.xz"];
    assert.equal(item.sha256, LIES.root);
    assert.equal(item.path, "images/debian/13/amd64/default/20240202/root.tar.xz");
  });

  it("moves with its version, also when two of the same sizes and times change places", async (test) => {
    const { root, folder } = makeTree(test);
    const other = writeVersion(root, FOLDER.replace("20240101", "20240102"), {
      "incus.tar.xz": "METADATA\n",
      "root.tar.xz": "CONTAINER\n",
    });
    await succeed(["-N", root]);
    renameSync(folder, join(root, "third"));
    renameSync(other, folder);
    renameSync(join(root, "third"), other);
    await succeed(["-N", root]);
    await assertDigestsHold(root);
  });

  it("grows by a root file that comes later, and the rest of it stays", async (test) => {
    const { root, folder } = makeTree(test, { items: OURS });
    await succeed(["-N", root]);
    writeFiles(folder, { "disk.qcow2": "disk\n" });
    await succeed(["-N", root]);
    const items = itemsOf(readProducts(root), FOLDER);
    assert.equal(items["root.tar.xz"]?.sha256, LIES.root);
    assert.equal(items["incus.tar.xz"]?.combined_rootxz_sha256, LIES.both);
    // printf 'metadata\ndisk\n' | sha256sum
    const fingerprint = "9fa6c72e80714cc1692dab0e5756433274363b8b8885a777b9ecf2c9ae4a53f6";
    assert.equal(items["incus.tar.xz"]?.["combined_disk-kvm-img_sha256"], fingerprint);
  });
});
