import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { NO_DIGESTS, type VersionDigests } from "../../core/format/digests.ts";
import { type SelectedFiles, selectFiles } from "../../core/format/image_files.ts";
import {
  type CachedFile,
  isUnsettled,
  itemsCacheText,
  readItemsCache,
} from "../../core/format/items_cache.ts";
import { objectFields, tryParseJson } from "../../core/format/json_text.ts";

const FOLDER = "images/a/b/c/d/20240101";
const NOW = new Date(10_000);

// Few names, sizes and times, so that entries and files often match in some and differ in others.
const NAMES = [
  "incus.tar.xz",
  "lxd.tar.xz",
  "root.tar.xz",
  "rootfs.tar.xz",
  "root.squashfs",
  "disk.qcow2",
  "lxd_combined.tar.gz",
  "root.20231231.vcdiff",
  "delta-20231231.vcdiff",
];
const fileName = fc.constantFrom(...NAMES);
const sizeBytes = fc.integer({ min: 0, max: 2 });
const mtimeMs = fc.constantFrom(5000, 6000, 7000, 8000, 8001, 9999);
const digest = fc.integer({ min: 0, max: 15 }).map((digit) => digit.toString(16).repeat(64));
const files = fc
  .uniqueArray(fc.record({ name: fileName, sizeBytes, mtimeMs }), { selector: ({ name }) => name })
  .map((files) => selectFiles<CachedFile>(files));

const senseless = fc.oneof(fc.jsonValue({ maxDepth: 1 }), fc.constantFrom("A".repeat(64), "", -1));
const fingerprint = fc.oneof({ weight: 5, arbitrary: digest }, { weight: 1, arbitrary: senseless });
const entry = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.record({
      path: fc.oneof(
        { weight: 9, arbitrary: fileName.map((name) => `${FOLDER}/${name}`) },
        { weight: 1, arbitrary: senseless },
      ),
      size: fc.oneof({ weight: 9, arbitrary: sizeBytes }, { weight: 1, arbitrary: senseless }),
      mtime: fc.oneof({ weight: 9, arbitrary: mtimeMs }, { weight: 1, arbitrary: senseless }),
      sha256: fingerprint,
      combined_rootxz_sha256: fingerprint,
      combined_squashfs_sha256: fingerprint,
      combined_type: fc.constantFrom("virtual-machine", "container", 1),
      delta_base_sha256: fingerprint,
      delta_target_sha256: fingerprint,
    }, { requiredKeys: ["path", "size", "sha256"] }),
  },
  { weight: 1, arbitrary: senseless },
);
const cacheText = fc
  .dictionary(fc.oneof(fileName, fc.constantFrom("__proto__", "20240101", "")), entry, {
    maxKeys: 6,
  })
  .map((entries) => JSON.stringify(entries));

test("readItemsCache() vouches for no file unless an entry has its name, size and time stamp", () => {
  fc.assert(
    fc.property(cacheText, files, mtimeMs, (text, files, cacheMtimeMs) => {
      assertVouched(text, files, cacheMtimeMs);
    }),
    { numRuns: 2000 },
  );
});

test("readItemsCache() never throws on arbitrary text, and vouches for nothing in it", () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), files, (text, files) => {
    const { digests } = readItemsCache(text, files, () => 10_000);
    assert.equal(digests.own.size, 0);
  }));
});

test("readItemsCache() never throws on a damaged cache, and vouches for no more than it says", () => {
  const damage = fc.record({
    place: fc.nat(),
    removed: fc.nat({ max: 9 }),
    added: fc.oneof(fc.string({ maxLength: 3 }), fc.constantFrom("0", "}", ",", '"', "null")),
  });
  fc.assert(
    fc.property(cacheText, damage, files, (text, { place, removed, added }, files) => {
      const at = place % text.length;
      assertVouched(text.slice(0, at) + added + text.slice(at + removed), files, 10_000);
    }),
    { numRuns: 500 },
  );
});

test("readItemsCache() returns of itemsCacheText() just what rests on settled files", () => {
  fc.assert(fc.property(files, (files) => {
    const digests = digestsOf(files);
    const text = itemsCacheText(FOLDER, files, { digests, now: NOW }) ?? "";
    const isSettled = ({ mtimeMs }: CachedFile) => mtimeMs <= 8000;
    const settled = {
      metadata: files.metadata.filter(([, file]) => isSettled(file)),
      roots: files.roots.filter(([, file]) => isSettled(file)),
      unified: files.unified.filter(([, file]) => isSettled(file)),
      deltas: files.deltas.filter(([, file]) => isSettled(file)),
    };
    const read = readItemsCache(text, files, () => 0);
    assert.deepEqual(read.digests, digestsOf(settled));
  }));
});

test("readItemsCache() believes nothing of itemsCacheText() once size and mtime of all files differ", () => {
  fc.assert(fc.property(files, fc.boolean(), (files, isResized) => {
    const text = itemsCacheText(FOLDER, files, { digests: digestsOf(files), now: NOW }) ?? "";
    const change = ({ name, sizeBytes, mtimeMs }: CachedFile): CachedFile =>
      isResized
        ? { name, sizeBytes: sizeBytes + 1, mtimeMs }
        : { name, sizeBytes, mtimeMs: mtimeMs + 1 };
    const changed = selectFiles(
      [...files.metadata, ...files.roots, ...files.unified, ...files.deltas]
        .map(([, file]) => change(file)),
    );
    const { digests } = readItemsCache(text, changed, () => 10_000);
    assert.equal(digests.own.size + digests.deltas.size, 0);
    assert.deepEqual([...digests.combined.values()].flatMap((roots) => [...roots]), []);
  }));
});

test("isUnsettled() is true for whatever was touched after two seconds ago", () => {
  fc.assert(fc.property(fc.integer({ min: -5000, max: 20_000 }), (mtimeMs) => {
    assert.equal(isUnsettled({ mtimeMs }, NOW), mtimeMs > 8000);
  }));
});

/** Holds what a cache vouches for against each of its entries, one by one. */
function assertVouched(
  text: string,
  files: SelectedFiles<CachedFile>,
  cacheMtimeMs: number,
): void {
  const { digests } = readItemsCache(text, files, () => cacheMtimeMs);
  const all = [...files.metadata, ...files.roots, ...files.unified, ...files.deltas]
    .map(([, file]) => file);
  const isOldEnough = all.every((file) => file.mtimeMs <= cacheMtimeMs);
  const entriesFor = (name: string) =>
    [...objectFields(tryParseJson(text))?.values() ?? []].flatMap((entry) => {
      const fields = objectFields(entry);
      const file = all.find((file) => file.name === name);
      if (fields === undefined || file === undefined) return [];
      const isNamed = String(fields.get("path")).split("/").at(-1) === name;
      const isSame = fields.get("size") === file.sizeBytes &&
        (fields.has("mtime") ? fields.get("mtime") === file.mtimeMs : isOldEnough);
      return isNamed && isSame ? [fields] : [];
    });
  for (const [name, sha256] of digests.own) {
    assert.match(sha256, /^[0-9a-f]{64}$/);
    assert.ok(entriesFor(name).some((fields) => fields.get("sha256") === sha256));
  }
  for (const [name, proven] of digests.deltas) {
    const { sha256, baseSha256, targetSha256 } = proven;
    assert.ok([sha256, baseSha256, targetSha256].every((one) => /^[0-9a-f]{64}$/.test(one)));
    assert.ok(
      entriesFor(name).some((fields) =>
        fields.get("sha256") === sha256 && fields.get("delta_base_sha256") === baseSha256 &&
        fields.get("delta_target_sha256") === targetSha256
      ),
    );
  }
  for (const [metadata, roots] of digests.combined) {
    for (const [root, fingerprint] of roots) {
      assert.match(fingerprint, /^[0-9a-f]{64}$/);
      assert.notDeepEqual(entriesFor(root), []);
      assert.ok(
        entriesFor(metadata).some((fields) => [...fields.values()].includes(fingerprint)),
      );
    }
  }
}

/** Digests for all of these files, each another one, the same for the same names. */
function digestsOf(
  files: Pick<SelectedFiles<CachedFile>, "metadata" | "roots" | "unified" | "deltas">,
): VersionDigests {
  return {
    ...NO_DIGESTS,
    own: new Map(
      [...files.metadata, ...files.roots, ...files.unified].map(([, { name }]) => [
        name,
        digestOf(name),
      ]),
    ),
    deltas: new Map(files.deltas.map(([, { name }]) => [name, {
      sha256: digestOf(name),
      baseSha256: digestOf(name, name),
      targetSha256: digestOf(name, name, name),
    }])),
    types: new Map(files.unified.map(([, { name }]) => [name, "virtual-machine"])),
    combined: new Map(files.metadata.map(([, { name }]) => [
      name,
      new Map(files.roots.map(([, root]) => [root.name, digestOf(name, root.name)])),
    ])),
  };
}

function digestOf(...names: readonly string[]): string {
  return names.map((name) => NAMES.indexOf(name) + 1).join("").padStart(64, "0");
}
