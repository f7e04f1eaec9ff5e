import assert from "node:assert/strict";
import { test } from "node:test";
import { NO_DIGESTS, type VersionDigests } from "../../../core/format/digests.ts";
import { selectFiles } from "../../../core/format/image_files.ts";
import {
  digestsOfItems,
  isUnsettled,
  itemsCacheText,
  readItemsCache,
} from "../../../core/format/items_cache.ts";

const FOLDER = "images/debian/12/amd64/default/20240101_05:24";
const OLD_MS = 1700000000123;
const CACHE_MS = 1700000500000;
const NOW = new Date(1700001000000);

// printf incus | sha256sum, and so on; combined: printf incusroot | sha256sum
const INCUS = "4938ab1fdfcd7ad2d99e23cdbce039860d31a5d47365317ee4ea78a73d5f544f";
const LXD = "4bb70cc376332541b68c515d7ac60883d551b36afa79c0a37e064b6c87e7e025";
const ROOT = "4813494d137e1631bba301d5acab6e7bb7aa74ce1185d456565ef51d737677b2";
const SQUASH = "586abb54469a8ddcc16171b711cd2dd6add6b2c7f88e2d75d6da21c749a682f3";
const INCUS_ROOT = "1322e8e88381249744549b4d302c6a0ba0696350de16cd6ea68c2973413f0777";
const INCUS_SQUASH = "eec66f576325a63b6a654a4fd96fddd235a95c6b2bc83c8e8e4c44121bb0f516";

const INCUS_FILE = { name: "incus.tar.xz", sizeBytes: 5, mtimeMs: OLD_MS };
const SQUASH_FILE = { name: "root.squashfs", sizeBytes: 6, mtimeMs: OLD_MS };
const FILES = selectFiles([INCUS_FILE, SQUASH_FILE]);
const DIGESTS: VersionDigests = {
  ...NO_DIGESTS,
  own: new Map([["incus.tar.xz", INCUS], ["root.squashfs", SQUASH]]),
  combined: new Map([["incus.tar.xz", new Map([["root.squashfs", INCUS_SQUASH]])]]),
};

// What `simplestreams.py -N` leaves in a version with these two files.
const ORIGINAL = JSON.stringify({
  "root.squashfs": {
    ftype: "root.squashfs",
    path: `${FOLDER}/root.squashfs`,
    size: 6,
    sha256: SQUASH,
  },
  "incus.tar.xz": {
    ftype: "incus.tar.xz",
    path: `${FOLDER}/incus.tar.xz`,
    size: 5,
    sha256: INCUS,
    combined_squashfs_sha256: INCUS_SQUASH,
  },
  "lxd.tar.xz": {
    ftype: "lxd.tar.xz",
    path: `${FOLDER}/incus.tar.xz`,
    size: 5,
    sha256: INCUS,
    combined_squashfs_sha256: INCUS_SQUASH,
  },
});

test("itemsCacheText() writes file name to item, with mtime, in sorted order", () => {
  const incus = `"mtime":${OLD_MS},"path":"${FOLDER}/incus.tar.xz","sha256":"${INCUS}","size":5}`;
  assert.equal(
    itemsCacheText(FOLDER, FILES, { digests: DIGESTS, now: NOW }),
    `{"incus.tar.xz":{"combined_squashfs_sha256":"${INCUS_SQUASH}","ftype":"incus.tar.xz",${incus},` +
      `"lxd.tar.xz":{"combined_squashfs_sha256":"${INCUS_SQUASH}","ftype":"lxd.tar.xz",${incus},` +
      `"root.squashfs":{"ftype":"squashfs","mtime":${OLD_MS},"path":"${FOLDER}/root.squashfs",` +
      `"sha256":"${SQUASH}","size":6}}\n`,
  );
});

test("itemsCacheText() leaves out a file that was touched in the last two seconds", () => {
  const fresh = { ...SQUASH_FILE, mtimeMs: NOW.getTime() - 1999 };
  const text = itemsCacheText(FOLDER, selectFiles([INCUS_FILE, fresh]), {
    digests: DIGESTS,
    now: NOW,
  });
  assert.deepEqual(Object.keys(JSON.parse(text ?? "")), ["incus.tar.xz", "lxd.tar.xz"]);
});

test("itemsCacheText() leaves out fingerprints that a file touched just now is part of", () => {
  const fresh = { ...SQUASH_FILE, mtimeMs: NOW.getTime() };
  const text = itemsCacheText(FOLDER, selectFiles([INCUS_FILE, fresh]), {
    digests: DIGESTS,
    now: NOW,
  });
  assert.equal(text?.includes("combined"), false);
});

test("itemsCacheText() returns undefined when every file was touched just now", () => {
  const touched = [INCUS_FILE, SQUASH_FILE].map((file) => ({ ...file, mtimeMs: NOW.getTime() }));
  const files = selectFiles(touched);
  assert.equal(itemsCacheText(FOLDER, files, { digests: DIGESTS, now: NOW }), undefined);
});

test("itemsCacheText() returns undefined when no digest is known", () => {
  assert.equal(itemsCacheText(FOLDER, FILES, { digests: NO_DIGESTS, now: NOW }), undefined);
});

test("isUnsettled() is true for two seconds", () => {
  const ages = [0, 1999, 2001];
  const unsettled = ages.map((ms) => isUnsettled({ mtimeMs: NOW.getTime() - ms }, NOW));
  assert.deepEqual(unsettled, [true, true, false]);
});

test("isUnsettled() is true for a time stamp in the future", () => {
  assert.equal(isUnsettled({ mtimeMs: NOW.getTime() + 3_600_000 }, NOW), true);
});

test("readItemsCache() returns what itemsCacheText() kept", () => {
  const text = itemsCacheText(FOLDER, FILES, { digests: DIGESTS, now: NOW });
  assert.deepEqual(readItemsCache(text ?? "", FILES, neverAsked), {
    digests: DIGESTS,
    isOriginal: false,
  });
});

test("readItemsCache() believes no entry of a file whose size differs", () => {
  const files = selectFiles([INCUS_FILE, { ...SQUASH_FILE, sizeBytes: 7 }]);
  assert.deepEqual(readOurs(files), withoutSquashfs());
});

test("readItemsCache() believes no entry of a file whose mtime differs by a millisecond", () => {
  for (const mtimeMs of [OLD_MS - 1, OLD_MS + 1]) {
    const files = selectFiles([INCUS_FILE, { ...SQUASH_FILE, mtimeMs }]);
    assert.deepEqual(readOurs(files), withoutSquashfs());
  }
});

test("readItemsCache() believes no fingerprint when the metadata file has changed", () => {
  const files = selectFiles([{ ...INCUS_FILE, sizeBytes: 9 }, SQUASH_FILE]);
  assert.deepEqual(readOurs(files), {
    ...NO_DIGESTS,
    own: new Map([["root.squashfs", SQUASH]]),
  });
});

test("readItemsCache() believes the original's entries when no file is younger than the cache", () => {
  assert.deepEqual(readItemsCache(ORIGINAL, FILES, () => CACHE_MS), {
    digests: DIGESTS,
    isOriginal: true,
  });
});

test("readItemsCache() believes the original's entries when cache and files are equally old", () => {
  assert.deepEqual(readItemsCache(ORIGINAL, FILES, () => OLD_MS).digests, DIGESTS);
});

test("readItemsCache() believes none of the original's entries when one file is younger", () => {
  const files = selectFiles([INCUS_FILE, { ...SQUASH_FILE, mtimeMs: CACHE_MS + 1 }]);
  assertKnowsNothing(readItemsCache(ORIGINAL, files, () => CACHE_MS).digests);
});

test("readItemsCache() believes no entry of the original for a file whose size differs", () => {
  const files = selectFiles([INCUS_FILE, { ...SQUASH_FILE, sizeBytes: 7 }]);
  assert.deepEqual(readItemsCache(ORIGINAL, files, () => CACHE_MS).digests, withoutSquashfs());
});

test("readItemsCache() does not take the copy under lxd.tar.xz for a file of that name", () => {
  const files = selectFiles([
    INCUS_FILE,
    { name: "lxd.tar.xz", sizeBytes: 5, mtimeMs: OLD_MS },
    SQUASH_FILE,
  ]);
  const { digests } = readItemsCache(ORIGINAL, files, () => CACHE_MS);
  assert.equal(digests.own.has("lxd.tar.xz"), false);
  assert.equal(digests.combined.has("lxd.tar.xz"), false);
});

test("readItemsCache() does not take rootfs.squashfs for root.squashfs", () => {
  const files = selectFiles([INCUS_FILE, { ...SQUASH_FILE, name: "rootfs.squashfs" }]);
  assert.deepEqual(readItemsCache(ORIGINAL, files, () => CACHE_MS).digests, withoutSquashfs());
});

test("readItemsCache() holds after the tree has moved to another folder", () => {
  const moved = ORIGINAL.replaceAll(FOLDER, "images/Debian/bookworm/amd64/default/20240101_05:24");
  assert.deepEqual(readItemsCache(moved, FILES, () => CACHE_MS).digests, DIGESTS);
});

test("readItemsCache() returns nothing for what is no JSON object", () => {
  for (const text of ["", "{", "null", "[]", "1", '"a"', "\u0000", "{}", ORIGINAL.slice(0, 100)]) {
    const { digests, isOriginal } = readItemsCache(text, FILES, () => CACHE_MS);
    assertKnowsNothing(digests);
    assert.equal(isOriginal, false);
  }
});

test("readItemsCache() passes over entries that make no sense", () => {
  const path = `${FOLDER}/root.squashfs`;
  const entries = [
    null,
    1,
    [],
    {},
    { path, size: 6 },
    { path, size: "6", sha256: SQUASH },
    { path, size: 6, sha256: 1 },
    { path, size: 6, sha256: SQUASH.toUpperCase() },
    { path, size: 6, sha256: SQUASH.slice(1) },
    { path, size: 6, sha256: `${SQUASH}\n` },
    { path, size: 6, sha256: SQUASH, mtime: null },
    { path, size: 6, sha256: SQUASH, mtime: String(OLD_MS) },
    { path: 1, size: 6, sha256: SQUASH },
    { size: 6, sha256: SQUASH },
  ];
  for (const entry of entries) {
    const text = JSON.stringify({ "root.squashfs": entry });
    assertKnowsNothing(readItemsCache(text, FILES, () => CACHE_MS).digests);
  }
});

test("readItemsCache() passes over a fingerprint that is no digest", () => {
  const text = ORIGINAL.replaceAll(INCUS_SQUASH, "unknown");
  assert.deepEqual(readItemsCache(text, FILES, () => CACHE_MS).digests, {
    ...NO_DIGESTS,
    own: DIGESTS.own,
    combined: new Map([["incus.tar.xz", new Map()]]),
  });
});

test("digestsOfItems() reads the fingerprint of root.tar.xz from combined_rootxz_sha256", () => {
  const files = selectFiles([INCUS_FILE, { name: "root.tar.xz", sizeBytes: 4, mtimeMs: OLD_MS }]);
  const items = new Map<string, unknown>([
    ["incus.tar.xz", { path: "a/incus.tar.xz", sha256: INCUS, combined_rootxz_sha256: INCUS_ROOT }],
    ["root.tar.xz", { path: "a/root.tar.xz", sha256: ROOT }],
  ]);
  assert.deepEqual(digestsOfItems(items, files, () => true), {
    ...NO_DIGESTS,
    own: new Map([["root.tar.xz", ROOT], ["incus.tar.xz", INCUS]]),
    combined: new Map([["incus.tar.xz", new Map([["root.tar.xz", INCUS_ROOT]])]]),
  });
});

test("digestsOfItems() asks for each file whether its own entry holds", () => {
  const items = new Map<string, unknown>([
    ["incus.tar.xz", { path: "a/incus.tar.xz", sha256: INCUS, size: 5 }],
    ["lxd.tar.xz", { path: "a/lxd.tar.xz", sha256: LXD, size: 3 }],
    ["root.squashfs", { path: "a/root.squashfs", sha256: SQUASH, size: 6 }],
  ]);
  const asked: [string, unknown][] = [];
  digestsOfItems(items, FILES, (fields, { name }) => {
    asked.push([name, fields.get("size")]);
    return true;
  });
  assert.deepEqual(asked.sort(), [["incus.tar.xz", 5], ["root.squashfs", 6]]);
});

function readOurs(files: typeof FILES): VersionDigests {
  const text = itemsCacheText(FOLDER, FILES, { digests: DIGESTS, now: NOW });
  return readItemsCache(text ?? "", files, neverAsked).digests;
}

function withoutSquashfs(): VersionDigests {
  return {
    ...NO_DIGESTS,
    own: new Map([["incus.tar.xz", INCUS]]),
    combined: new Map([["incus.tar.xz", new Map()]]),
  };
}

function assertKnowsNothing(digests: VersionDigests): void {
  assert.equal(digests.own.size, 0);
  assert.deepEqual([...digests.combined.values()].flatMap((roots) => [...roots]), []);
}

function neverAsked(): number {
  return assert.fail("entries with mtime need no time stamp of the cache");
}
