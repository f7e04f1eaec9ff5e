import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { simplestreams, succeed } from "../support/command.ts";
import { makeTempDirectory } from "../support/temp_directory.ts";
import {
  assertDigestsHold,
  type Files,
  type Item,
  itemsOf,
  LONG_AGO,
  readDocument,
  readProducts,
  writeFiles,
  writeVersion,
} from "../support/trees.ts";

const FOLDER = "debian/12/amd64/default/20240101_00:00";
const PATH = `images/${FOLDER}`;
const FILES: Files = { "incus.tar.xz": "metadata\n", "root.tar.xz": "container\n" };

/** Digests that are well-formed and false: seen in a document they show that a cache was believed. */
const LIES = {
  metadata: "1".repeat(64),
  root: "2".repeat(64),
  both: "3".repeat(64),
} as const;

/** When a cache is written that the original left behind. */
const LATER = new Date(LONG_AGO.getTime() + 60_000);
const EARLIER = new Date(LONG_AGO.getTime() - 60_000);

type Items = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** A cache of the original tool for `FILES`, with digests that are false. */
function falseItems(extra: Readonly<Record<string, unknown>> = {}): Items {
  const metadata = {
    ftype: "incus.tar.xz",
    path: `${PATH}/incus.tar.xz`,
    size: 9,
    sha256: LIES.metadata,
    combined_rootxz_sha256: LIES.both,
    combined_sha256: LIES.both,
    ...extra,
  };
  return {
    "incus.tar.xz": metadata,
    "lxd.tar.xz": { ...metadata, ftype: "lxd.tar.xz" },
    "root.tar.xz": {
      ftype: "root.tar.xz",
      path: `${PATH}/root.tar.xz`,
      size: 10,
      sha256: LIES.root,
      ...extra,
    },
  };
}

/** A tree of one version, and its cache. */
function makeTree(
  test: TestContext,
  cache?: { readonly items: unknown; readonly at?: Date },
) {
  const root = makeTempDirectory(test);
  const folder = writeVersion(root, FOLDER, FILES);
  const path = join(folder, ".items.json");
  if (cache !== undefined) {
    writeFileSync(
      path,
      typeof cache.items === "string" ? cache.items : JSON.stringify(cache.items),
    );
    utimesSync(path, cache.at ?? LATER, cache.at ?? LATER);
  }
  return { root, folder, cache: path };
}

function digestsOf(text: string) {
  const items = itemsOf(JSON.parse(text), FOLDER);
  const metadata = items["incus.tar.xz"];
  return {
    metadata: metadata?.sha256,
    root: items["root.tar.xz"]?.sha256,
    both: metadata?.combined_rootxz_sha256,
  };
}

/** By `printf 'metadata\n' | sha256sum` and so on. */
const TRUTH = {
  metadata: "d99f5c6a7787cafbdb79e10d5eeca9777b43042cb0fcfa6c6be4f567f288913e",
  root: "22eba11afa61e1a5c3ff63b99cf17f52d660b77059bf9ee858b8f153db44f152",
  both: "4fa07f102050b84f861cf2245020013e6b550c4b18c67676b4d400203f5db6cc",
};

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

describe("A senseless cache", { concurrency: 2 }, () => {
  const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
  const ours = falseItems({ mtime: LONG_AGO.getTime() });
  const one = ours["root.tar.xz"];
  const SENSELESS: readonly (readonly [string, string])[] = [
    ["an empty file", ""],
    ["binary", "\0\x01\xff\xfe"],
    ["a cut end", JSON.stringify(ours).slice(0, -20)],
    ["a list", "[]"],
    ["null", "null"],
    ["a deep list", deep],
    ["entries that are no objects", '{"incus.tar.xz": 5, "root.tar.xz": null}'],
    ["no digests", JSON.stringify({ "root.tar.xz": { ...one, sha256: "no digest" } })],
    [
      "digests in upper case",
      JSON.stringify({ "root.tar.xz": { ...one, sha256: "A".repeat(64) } }),
    ],
    ["a digest that is a number", JSON.stringify({ "root.tar.xz": { ...one, sha256: 5 } })],
    ["a size that is text", JSON.stringify({ "root.tar.xz": { ...one, size: "10" } })],
    ["an mtime that is text", JSON.stringify({ "root.tar.xz": { ...one, mtime: "0" } })],
    ["an mtime that is null", JSON.stringify({ "root.tar.xz": { ...one, mtime: null } })],
    ["no path", JSON.stringify({ "root.tar.xz": { ...one, path: undefined } })],
    ["another file's path", JSON.stringify({ "root.tar.xz": { ...one, path: "../../x" } })],
    ["__proto__", '{"__proto__": {"path": "root.tar.xz"}}'],
  ];
  for (const [what, items] of SENSELESS) {
    it(`is as good as none: ${what}`, async (test) => {
      const { root, cache } = makeTree(test, { items });
      const { status, stderr } = await simplestreams(["-N", root]);
      assert.equal(status, 0);
      assert.equal(stderr.split("\n").length, 2, stderr);
      assert.deepEqual(digestsOf(readDocument(root)), TRUTH);
      assert.equal(JSON.parse(readFileSync(cache, "utf8"))["root.tar.xz"].sha256, TRUTH.root);
    });
  }

  it("is as good as none: a directory, which is a finding", async (test) => {
    const { root, cache } = makeTree(test);
    mkdirSync(cache);
    writeFileSync(join(cache, "mine"), "");
    const { status, stderr } = await simplestreams(["-N", root]);
    assert.equal(status, 0);
    assert.ok(stderr.startsWith(`warning: ${PATH}/.items.json: `), stderr);
    assert.deepEqual(digestsOf(readDocument(root)), TRUTH);
    assert.deepEqual(readdirSync(cache), ["mine"]);
  });
});

describe("The cache that is written", { concurrency: 2 }, () => {
  it("replaces a link to a file outside, which stays as it is", async (test) => {
    const outside = join(makeTempDirectory(test), "precious");
    for (const content of ["precious", JSON.stringify(falseItems())]) {
      writeFileSync(outside, content);
      utimesSync(outside, LATER, LATER);
      const { root, cache } = makeTree(test);
      symlinkSync(outside, cache);
      await succeed(["-N", root]);
      assert.equal(readFileSync(outside, "utf8"), content);
      rmSync(join(root, ".simplestreams"), { recursive: true });
      await succeed(["-N", root]);
      assert.equal(readFileSync(outside, "utf8"), content);
    }
  });

  it("replaces a link that leads nowhere, and makes nothing there", async (test) => {
    const outside = join(makeTempDirectory(test), "nothing");
    const { root, cache } = makeTree(test);
    symlinkSync(outside, cache);
    await succeed(["-N", root]);
    assert.ok(!existsSync(outside));
    assert.deepEqual(digestsOf(readDocument(root)), TRUTH);
  });

  it("has nothing on a file that was touched within two seconds", async (test) => {
    const { root, folder, cache } = makeTree(test);
    // An mtime in the future is younger than two seconds however long this takes
    const future = new Date(Date.now() + 3600_000);
    utimesSync(join(folder, "root.tar.xz"), future, future);
    await succeed(["-N", root]);
    assert.deepEqual(digestsOf(readDocument(root)), TRUTH);
    const items = JSON.parse(readFileSync(cache, "utf8"));
    assert.deepEqual(Object.keys(items).filter((key) => key.includes("root")), []);
    assert.equal(items["incus.tar.xz"].combined_rootxz_sha256, undefined);

    writeFileSync(join(folder, "root.tar.xz"), "CONTAINER\n");
    utimesSync(join(folder, "root.tar.xz"), future, future);
    await succeed(["-N", root]);
    await assertDigestsHold(root);
  });

  it("has nothing on files that were just made, and has them later", async (test) => {
    const root = makeTempDirectory(test);
    const folder = writeVersion(root, FOLDER, FILES);
    const now = new Date();
    for (const name of Object.keys(FILES)) utimesSync(join(folder, name), now, now);
    await succeed(["-N", root]);
    if (Date.now() - now.getTime() < 2000) assert.deepEqual(readdirSync(folder).length, 2);
    for (const name of Object.keys(FILES)) utimesSync(join(folder, name), EARLIER, EARLIER);
    await succeed(["-N", root]);
    assert.equal(readdirSync(folder).length, 3);
    const { counts } = JSON.parse(await succeed(["-N", "--json", root]));
    assert.equal(counts.hashedFiles, 0);
  });

  it("is readable for everybody, and stays as it is while nothing changes", async (test) => {
    const { root, cache } = makeTree(test);
    await succeed(["-N", root]);
    const { ino, mtimeMs, mode } = statSync(cache);
    assert.equal(mode & 0o777, 0o644);
    await succeed(["-N", root]);
    rmSync(join(root, ".simplestreams"), { recursive: true });
    await succeed(["-N", root]);
    assert.deepEqual([statSync(cache).ino, statSync(cache).mtimeMs], [ino, mtimeMs]);
  });
});
