import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { BadFilesError, FormatError } from "../../core/errors.ts";
import type { ClientKind, ProductPlace, TextMap } from "../../core/format/model.ts";
import {
  checkRequirements,
  parseRequirements,
  REQUIREMENTS_FILES,
} from "../../core/format/requirements.ts";
import { createYamlReader } from "../../core/adapters/yaml_reader.ts";
import { readSettings, type SettingsFile } from "../../core/settings.ts";

/** Any character there is, control characters and halves of surrogate pairs too. */
const character = fc
  .oneof(fc.nat({ max: 0xff }), fc.nat({ max: 0x10ffff }))
  .map((code) => String.fromCodePoint(code));
const name = fc.constantFrom("a", "b", "__proto__");
const product: fc.Arbitrary<ProductPlace> = fc.record({
  stream: fc.constant("images"),
  os: name,
  release: name,
  arch: name,
  variant: name,
});
const key = fc.constantFrom("secureboot", "nesting", "cgroup", "__proto__", "20240101", "");
const fields = fc.uniqueArray(fc.tuple(key, fc.string({ maxLength: 3 })), {
  selector: ([key]) => key,
});

/** Requirements files at any level of a small tree, at most one of a kind in a folder. */
const files = fc
  .uniqueArray(
    fc.record({
      names: fc.array(name, { minLength: 1, maxLength: 4 }),
      client: fc.constantFrom<ClientKind>("incus", "lxd"),
      fields,
    }),
    { selector: ({ names, client }) => `${client}:${names.join("/")}`, maxLength: 20 },
  )
  .map((list) =>
    list.map(({ names, client, fields }): ModelFile => ({
      folder: ["images", ...names].join("/"),
      name: REQUIREMENTS_FILES[client],
      client,
      text: `{${fields.map((pair) => pair.map((part) => JSON.stringify(part)).join(":")).join()}}`,
      fields: new Map(fields),
    }))
  );

interface ModelFile extends SettingsFile {
  readonly client: ClientKind;
  readonly fields: TextMap;
}

test("readSettings() merges as a naive model does: for each key the deepest file that has it", async () => {
  await fc.assert(fc.asyncProperty(files, product, async (files, product) => {
    const { requirements, lxdRequirements } = (await read(files)).of(product);
    const hasKind = (client: ClientKind) => filesAbove(files, product, client).length > 0;
    const incus = lookUp(files, product, hasKind("incus") ? "incus" : "lxd");
    const lxd = lookUp(files, product, hasKind("lxd") ? "lxd" : "incus");
    assert.deepEqual(requirements, incus);
    assert.deepEqual(lxdRequirements, lxd);
  }));
});

test("readSettings() says the same whatever the order of the files", async () => {
  const shuffled = files.chain((files) =>
    fc.tuple(
      fc.constant(files),
      fc.shuffledSubarray(files, { minLength: files.length, maxLength: files.length }),
    )
  );
  await fc.assert(fc.asyncProperty(shuffled, product, async ([files, shuffled], product) => {
    assert.deepEqual((await read(shuffled)).of(product), (await read(files)).of(product));
  }));
});

test("readSettings() names every file that parseRequirements() refuses, and throws nothing else", async () => {
  const text = fc.oneof(fc.json(), fc.string(), fc.constantFrom("{}", '{"a":1}', '{"a":null}'));
  const several = fc.array(text, { maxLength: 5 });
  await fc.assert(fc.asyncProperty(several, async (texts) => {
    const files = texts.map((text, place): SettingsFile => ({
      folder: `images/${place}`,
      name: ".requirements",
      text,
    }));
    const bad = files.filter(({ text }) => isRefused(text)).map(({ folder }) => folder);
    if (bad.length === 0) await read(files);
    else {
      await assert.rejects(() => read(files), (error) => {
        assert.ok(error instanceof BadFilesError);
        const named = error.errors.map(({ where }) => where.path);
        assert.deepEqual(named, bad.map((folder) => `${folder}/.requirements`));
        return true;
      });
    }
  }));
});

test("checkRequirements() never throws, whatever keys and values are", () => {
  const pairs = fc.array(fc.tuple(fc.string({ unit: character }), fc.string({ unit: character })));
  fc.assert(fc.property(pairs, (pairs) => {
    for (const { path } of checkRequirements(new Map(pairs), "p")) assert.equal(path, "p");
  }));
});

function read(files: readonly SettingsFile[]) {
  return readSettings({ yaml: createYamlReader() }, files);
}

/** The naive model: looks each key up from the product's own folder outwards. */
function lookUp(
  files: readonly ModelFile[],
  product: ProductPlace,
  client: ClientKind,
): TextMap {
  const deepestFirst = filesAbove(files, product, client).sort((a, b) =>
    b.folder.length - a.folder.length
  );
  const found = new Map<string, string>();
  for (const { fields } of deepestFirst) {
    for (const [key, value] of fields) if (!found.has(key)) found.set(key, value);
  }
  return found;
}

function filesAbove(
  files: readonly ModelFile[],
  product: ProductPlace,
  client: ClientKind,
): ModelFile[] {
  const { os, release, arch, variant } = product;
  const own = `images/${os}/${release}/${arch}/${variant}/`;
  return files.filter((file) => file.client === client && own.startsWith(`${file.folder}/`));
}

function isRefused(text: string): boolean {
  try {
    parseRequirements(text, "p");
    return false;
  } catch (error) {
    if (error instanceof FormatError) return true;
    throw error;
  }
}
