import assert from "node:assert/strict";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { findTypeMismatches, PRODUCT_SHAPE } from "../../core/format/document_types.ts";
import { container, digest, disk, item, product } from "../support/published.ts";
import { ARCHITECTURE } from "./support/busybox_image.ts";
import { openClient } from "./support/client.ts";
import { at, entriesOf, listOf, parseJson, textOf } from "./support/json.ts";
import { serveRoot } from "./support/serve.ts";
import { runSimplestreams } from "./support/simplestreams.ts";
import { VENDORS } from "./support/vendor.ts";
import { NOT_STAGED, workDirectory } from "./support/work_directory.ts";

const { debian } = ARCHITECTURE;
const FOREIGN = debian === "arm64" ? "amd64" : "arm64";

let marks = 0;
function mark(): string {
  return (++marks).toString(16).padStart(64, "0");
}

/** A version's items: metadata for both clients, and these roots. */
function split(...roots: readonly string[]) {
  const combined = {
    combined_squashfs_sha256: mark(),
    combined_rootxz_sha256: mark(),
    "combined_disk-kvm-img_sha256": mark(),
    "combined_disk1-img_sha256": mark(),
    "combined_uefi1-img_sha256": mark(),
  };
  const metadata = ["incus.tar.xz", "lxd.tar.xz"].map((ftype) => item("i", ftype, combined));
  const files = [...metadata, ...roots.map((ftype) => item("i", ftype, { size: 7 }))];
  return Object.fromEntries(files.map((file) => [file.ftype, file]));
}

const ids = {
  plain: `debian:12:${debian}:default`,
  other: `debian:12:${FOREIGN}:default`,
  spelled: `debian:12:${ARCHITECTURE.kernel}:default`,
};

/** Each product is an oddity that a client has its own way with. */
const PRODUCTS: Readonly<Record<string, unknown>> = {
  [ids.plain]: {
    ...product(ids.plain, {
      "20240101": container("a", mark()),
      "20240102_00:00": split("squashfs", "root.tar.xz"),
      "202401020001": split("disk-kvm.img", "squashfs", "disk1.img", "uefi1.img"),
      "20240103": disk("a", mark(), "incus"),
      "20240104": disk("a", mark(), "lxd"),
      "20241301": container("no such month", mark()),
      latest: container("no date", mark()),
      "20240105": { "root.squashfs": item("no metadata", "squashfs") },
      "20240106": { m: item("no root", "incus.tar.xz", { combined_squashfs_sha256: mark() }) },
      "20240107": { m: item("a", "incus.tar.xz"), r: item("no fingerprint", "squashfs") },
      "20240108": { m: item("a", "incus.tar.xz"), r: item("wrong ftype", "root.squashfs") },
    }),
    aliases: "debian/12/default,debian/12,debian",
    requirements: { secureboot: "false", "own key": "x" },
    lxd_requirements: { nesting: "true" },
  },
  [ids.spelled]: product(ids.spelled, { "20240201": container("b", mark()) }),
  [ids.other]: product(ids.other, { "20240101": container("c", mark()) }),
  "claims:1:amd64:default": {
    ...product(`claims:1:${debian}:default`, { "20300101": container("d", mark()) }),
    aliases: "claims,debian/12,debian/12/arm64",
  },
  "Debian:12:amd64:cloud": product(`Debian:12:${debian}:cloud`, { "20240101": split("squashfs") }),
  "debian:12:amd64:cloud": {
    ...product(`debian:12:${debian}:cloud`, { "20240101": split("root.tar.xz") }),
    aliases: " debian, padded,a,a,b",
  },
  "none:1:m68k:default": product("none:1:m68k:default", { "20240101": container("e", mark()) }),
  "loong:1:loong64:default": product("loong:1:loong64:default", {
    "20240101": {
      "incus.tar.xz": item("f", "incus.tar.xz", { combined_squashfs_sha256: mark() }),
      r: item("f", "squashfs"),
    },
  }),
  "unified:1:amd64:default": product(`unified:1:${debian}:default`, {
    "20240101": {
      i: item("g", "incus_combined.tar.gz", { sha256: mark() }),
      l: item("g", "lxd_combined.tar.gz", { sha256: mark() }),
    },
  }),
  "names:1:amd64:default": {
    ...product(`ünï çode:日本:${debian}:`, { "20240101": container("h", mark()) }),
    aliases: "",
  },
  "twice:1:amd64:default": product(`twice:1:${debian}:default`, {
    "20240101": container("j", digest("f")),
    "20240102": container("k", digest("f")),
  }),
  "key is no id": product(`real:id:${debian}:x`, { "20240101-x": container("i", digest("f")) }),
};

let numbers = 0;
/** A container of this machine's architecture, alone in its product. */
function oddContainer(fields: Readonly<Record<string, unknown>>) {
  const id = `odd${++numbers}:1:${debian}:default`;
  return { id, product: { ...product(id, { "20240101": container(id, mark()) }), ...fields } };
}

/** The same, with other fields of its metadata for Incus and for LXD, or of its root. */
function oddItem(which: "metadata" | "root", fields: Readonly<Record<string, unknown>>) {
  const id = `odd${++numbers}:1:${debian}:default`;
  const items = Object.entries(container(id, mark())).map(([key, one]) => {
    const isRoot = one.ftype === "squashfs";
    return [key, isRoot === (which === "root") ? { ...one, ...fields } : one];
  });
  return { id, product: product(id, { "20240101": Object.fromEntries(items) }) };
}

/** The same, with this beside a sound version. */
function oddVersion(name: string, version: unknown) {
  const { id, product: sound } = oddContainer({});
  return { id, product: { ...sound, versions: { ...sound.versions, [name]: version } } };
}

/** Odd values, each in a product of its own, and what they are. */
const ODDITIES: Readonly<Record<string, { readonly id: string; readonly product: unknown }>> = {
  "a requirement that is empty": oddContainer({
    requirements: { nesting: "" },
    lxd_requirements: { nesting: "" },
  }),
  "a requirement that is null": oddContainer({
    requirements: { nesting: null, secureboot: "false" },
    lxd_requirements: { nesting: null, secureboot: "false" },
  }),
  "a requirement with an empty name": oddContainer({
    requirements: { "": "x" },
    lxd_requirements: { "": "x" },
  }),
  "a requirement with spaces at its ends": oddContainer({ requirements: { " a ": " b " } }),
  "requirements that are null": oddContainer({ requirements: null, lxd_requirements: null }),
  "requirements for LXD alone": oddContainer({
    requirements: undefined,
    lxd_requirements: { nesting: "true" },
  }),
  "aliases that are null": oddContainer({ aliases: null }),
  "no aliases": oddContainer({ aliases: undefined }),
  "a comma and nothing else for aliases": oddContainer({ aliases: "," }),
  "commas at both ends of aliases": oddContainer({ aliases: ",comma/1,,comma/2," }),
  "an alias that is a space": oddContainer({ aliases: "space, " }),
  "an alias twice": oddContainer({ aliases: "twice,twice" }),
  "an alias with its architecture": oddContainer({ aliases: `long/${debian},long` }),
  "an alias with a colon": oddContainer({ aliases: "a:b,c" }),
  "an alias of a letter outside ASCII": oddContainer({ aliases: "ünï/日本" }),
  "an os that is null": oddContainer({ os: null }),
  "a release and a variant that are null": oddContainer({ release: null, variant: null }),
  "an architecture that is null": oddContainer({ arch: null }),
  "an architecture in capitals": oddContainer({ arch: debian.toUpperCase() }),
  "names of fields in other cases": oddContainer({ Aliases: "capital", RELEASE: "shouted" }),
  "fields of which nobody knows": oddContainer({ mascot: { name: 1 }, __proto__x: [] }),
  "versions that are null": oddContainer({ versions: null }),
  "a product that is null": { id: "null:1:amd64:default", product: null },
  "a version that is null": oddVersion("20240102", null),
  "a version without items": oddVersion("20240102", {}),
  "a version with items that are null": oddVersion("20240102", { items: null }),
  "an item that is null": oddVersion("20240102", {
    items: { ...container("n", mark()), nothing: null },
  }),
  "a version with a space in its name": oddVersion("20240102 x", { items: container("s", mark()) }),
  "a version of the year 0": oddVersion("00000101", { items: container("y", mark()) }),
  "a size that is null": oddItem("root", { size: null }),
  "a size that is 0": oddItem("root", { size: 0 }),
  "a size below 0": oddItem("root", { size: -5 }),
  "a size beyond what doubles hold": oddItem("root", { size: 2 ** 60 }),
  "a root without a sha256": oddItem("root", { sha256: null }),
  "a root with a sha256 that is none": oddItem("root", { sha256: "x" }),
  "metadata without a sha256": oddItem("metadata", { sha256: undefined }),
  "a unified image without a sha256": {
    id: "bare:1:amd64:default",
    product: product(`bare:1:${debian}:default`, {
      "20240101": {
        i: item("g", "incus_combined.tar.gz", { sha256: null }),
        l: item("g", "lxd_combined.tar.gz", { sha256: "" }),
      },
    }),
  },
  "a unified image without a path": {
    id: "lost:1:amd64:default",
    product: product(`lost:1:${debian}:default`, {
      "20240101": {
        i: item("g", "incus_combined.tar.gz", { sha256: mark(), path: "" }),
        l: item("g", "lxd_combined.tar.gz", { sha256: mark(), path: "" }),
      },
    }),
  },
  "a root without a path": oddItem("root", { path: null }),
  "metadata with an empty path": oddItem("metadata", { path: "" }),
  "an ftype that is null": oddItem("root", { ftype: null }),
  "a fingerprint that is null": oddItem("metadata", { combined_squashfs_sha256: null }),
  "a fingerprint that is empty": oddItem("metadata", { combined_squashfs_sha256: "" }),
  "a fingerprint in capitals": oddItem("metadata", { combined_squashfs_sha256: "AB".repeat(32) }),
  // Shorter than 12 would end the client itself: "slice bounds out of range [:12]"
  "a fingerprint of 12 digits": oddItem("metadata", { combined_squashfs_sha256: "abcdef012345" }),
};

/** Where we do not go along with clients, and why. */
const GAPS: Readonly<Record<string, string>> = {
  "names of fields in other cases": "Go takes any case; nobody writes them so",
  "a version of the year 0": "a real date to Go; nobody builds on it",
  "a size below 0": "no file has it; verify says so",
  "a size beyond what doubles hold": "no file has it; verify says so",
};

for (const { id, product } of Object.values(ODDITIES)) Object.assign(PRODUCTS, { [id]: product });

for (const vendor of VENDORS) {
  describe(`simplestreams list --client ${vendor.name}`, { skip: NOT_STAGED }, () => {
    it(`agrees with ${vendor.client} image list`, { timeout: 60_000 }, async (test) => {
      const root = await writeDocuments();
      const { url } = await serveRoot(test, root);
      const client = await openClient(vendor, url);
      const theirs = listOf(parseJson(await client.call("image", "list", "t:", "--format", "json")))
        .map(readTheirs);
      const ours = listOf(
        parseJson(await runSimplestreams("list", root, "--client", vendor.name, "--json")),
      ).map(readOurs);
      assert.ok(theirs.length >= 15);
      for (const [what, { product }] of Object.entries(ODDITIES)) {
        // The client took the document, so that verify must not say that it would not.
        assert.deepEqual(findTypeMismatches(product, PRODUCT_SHAPE), [], what);
        const text = JSON.stringify(product);
        const here = (images: readonly Image[]) =>
          images.filter(({ fingerprint }) => text.includes(`"${fingerprint}"`));
        const todo = GAPS[what] ?? false;
        await test.test(`on ${what}`, { todo }, () => assert.deepEqual(here(ours), here(theirs)));
      }
      const gaps = JSON.stringify(Object.keys(GAPS).map((what) => ODDITIES[what]));
      const known = (images: readonly Image[]) =>
        images.filter(({ fingerprint }) => !gaps.includes(`"${fingerprint}"`)).sort(compareImages);
      assert.deepEqual(withSharedAliases(known(ours)), withSharedAliases(known(theirs)));
    });
  });
}

async function writeDocuments(): Promise<string> {
  const root = await mkdtemp(join(workDirectory(), "root-"));
  await mkdir(join(root, "streams/v1"), { recursive: true });
  const entry = {
    datatype: "image-downloads",
    format: "products:1.0",
    path: "streams/v1/images.json",
    products: Object.keys(PRODUCTS),
  };
  const write = (name: string, document: unknown) =>
    writeFile(join(root, "streams/v1", name), JSON.stringify(document));
  await write("index.json", { format: "index:1.0", index: { images: entry } });
  await write("images.json", { format: "products:1.0", products: PRODUCTS });
  return root;
}

type Image = ReturnType<typeof readTheirs>;

/**
 * Of images with one fingerprint a client gives the aliases to the one that it happens to see first, and
 * that is another one now and then: Go goes through a map in any order.
 */
function withSharedAliases(images: readonly Image[]): readonly Image[] {
  return images.map((image) => {
    const same = images.filter(({ fingerprint }) => fingerprint === image.fingerprint);
    return { ...image, aliases: [...new Set(same.flatMap(({ aliases }) => aliases))].sort() };
  });
}

function compareImages(a: Image, b: Image): number {
  const [left, right] = [a, b].map(({ fingerprint, os, version }) => fingerprint + os + version);
  return (left ?? "") < (right ?? "") ? -1 : 1;
}

function readTheirs(image: unknown) {
  const properties = new Map(
    entriesOf(at(image, "properties")).map(([key, value]) => [key, textOf(value)]),
  );
  const aliases = at(image, "aliases") === null ? [] : listOf(at(image, "aliases"));
  const property = (name: string) => properties.get(name) ?? "";
  return {
    fingerprint: textOf(at(image, "fingerprint")),
    type: textOf(at(image, "type")),
    size: Number(at(image, "size")),
    os: property("os"),
    release: property("release"),
    variant: property("variant"),
    arch: property("architecture"),
    version: property("serial"),
    aliases: aliases.map((alias) => textOf(at(alias, "name"))).sort(),
    requirements: Object.fromEntries(
      [...properties].filter(([key]) => key.startsWith("requirements."))
        .map(([key, value]) => [key.slice("requirements.".length), value]),
    ),
  };
}

function readOurs(image: unknown): Image {
  const text = (name: string) => textOf(at(image, name));
  const [arch, aliases] = [text("arch"), listOf(at(image, "aliases")).map(textOf)];
  // A client shows what it can launch by: of another architecture only names with that in them
  const isLocal = arch === debian || arch === ARCHITECTURE.kernel;
  return {
    fingerprint: text("fingerprint"),
    type: text("type"),
    size: Number(at(image, "size")),
    os: text("os"),
    release: text("release"),
    variant: text("variant"),
    arch,
    version: text("version"),
    aliases: aliases.filter((alias) => isLocal || alias.endsWith(`/${arch}`)).sort(),
    requirements: Object.fromEntries(
      entriesOf(at(image, "requirements")).map(([key, value]) => [key, textOf(value)]),
    ),
  };
}
