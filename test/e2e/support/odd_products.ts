import { container, digest, disk, item, product } from "../../support/published.ts";
import { ARCHITECTURE } from "./busybox_image.ts";

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
export const PRODUCTS: Readonly<Record<string, unknown>> = {
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

export interface OddProduct {
  readonly id: string;
  readonly product: unknown;
}

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
export const ODDITIES: Readonly<Record<string, OddProduct>> = {
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

/** The same, but to be looked at alone: such a one leaves clients without an order for all products. */
// incus shared/simplestreams/sort.go: an empty os is neither before nor after any other
export const LONE_ODDITIES: Readonly<Record<string, OddProduct>> = {
  "an os that is null": oddContainer({ os: null }),
};

/** Where we do not go along with clients, and why. */
export const GAPS: Readonly<Record<string, string>> = {
  "names of fields in other cases": "Go takes any case; nobody writes them so",
  "a version of the year 0": "a real date to Go; nobody builds on it",
  "a size below 0": "no file has it; verify says so",
  "a size beyond what doubles hold": "no file has it; verify says so",
};

/** Documents that clients reject whole or pass over: other fields of the index's entry, or of a product. */
export const ODD_DOCUMENTS: Readonly<Record<string, OddDocument>> = {
  "a stream without products": { entry: { products: [] } },
  "a stream of another datatype": { entry: { datatype: "image-ids" } },
  "a stream whose document is missing": { entry: { path: "streams/v1/missing.json" } },
  "a stream whose products are a text": { entry: { products: "all" } },
  "a number for an os": { product: { os: 1 } },
  "aliases in a list": { product: { aliases: ["a"] } },
  "a boolean for a requirement of both": {
    product: { requirements: { x: true }, lxd_requirements: { x: true } },
  },
  "a boolean for a requirement of LXD": { product: { lxd_requirements: { x: true } } },
  "an item that is a list": { product: { versions: { "20240101": { items: { a: [] } } } } },
  "a field that nobody knows, of any type": { product: { mascot: 1 } },
};

/** What is odd of a document; all else of it is sound. */
export interface OddDocument {
  readonly entry?: object;
  readonly product?: object;
}
