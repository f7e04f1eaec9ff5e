import assert from "node:assert/strict";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
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
      assert.deepEqual(ours.sort(compareImages), theirs.sort(compareImages));
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
