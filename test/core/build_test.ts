import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultAliases } from "../../core/format/aliases.ts";
import { buildCatalog, type ProductDraft } from "../../core/build.ts";
import { productId, type Version } from "../../core/format/model.ts";

let lastFingerprint = 0;

test("buildCatalog() returns an empty catalog for no products", () => {
  assert.deepEqual(buildCatalog([]), { catalog: { products: [] }, findings: [] });
});

test("buildCatalog() keeps names, settings, requirements and items of a product", () => {
  const version = versionOf("20240101");
  const settings = { os: "Debian", supportEol: "2028-06-30" };
  const built = buildCatalog([draft({
    settings,
    requirements: new Map([["nesting", "true"]]),
    lxdRequirements: new Map([["secureboot", "false"]]),
    versions: [version],
  })]);
  assert.deepEqual(built, {
    catalog: {
      products: [{
        stream: "images",
        os: "debian",
        release: "12",
        arch: "amd64",
        variant: "default",
        aliases: ["debian/12/default", "debian/12"],
        settings,
        requirements: new Map([["nesting", "true"]]),
        lxdRequirements: new Map([["secureboot", "false"]]),
        versions: [version],
      }],
    },
    findings: [],
  });
});

test("buildCatalog() sorts products by id", () => {
  const { catalog } = buildCatalog([
    draft({ os: "ubuntu" }),
    draft({ os: "debian", release: "9" }),
    draft({ os: "debian", release: "12", arch: "arm64" }),
    draft({ os: "Debian" }),
  ]);
  assert.deepEqual(catalog.products.map(productId), [
    "Debian:12:amd64:default",
    "debian:12:arm64:default",
    "debian:9:amd64:default",
    "ubuntu:12:amd64:default",
  ]);
});

test("buildCatalog() sorts versions by name", () => {
  const names = ["20240102", "20231231", "20240101_05:24", "20240101"];
  const { catalog } = buildCatalog([draft({ versions: names.map(versionOf) })]);
  assert.deepEqual(catalog.products[0]?.versions.map(({ name }) => name), [
    "20231231",
    "20240101",
    "20240101_05:24",
    "20240102",
  ]);
});

test("buildCatalog() leaves out a product without versions, and says so", () => {
  const { catalog, findings } = buildCatalog([draft({ versions: [] })]);
  assert.deepEqual(catalog.products, []);
  assert.deepEqual(findings.map(({ code, path }) => [code, path]), [
    ["PRODUCT_EMPTY", "images/debian/12/amd64/default"],
  ]);
});

test("buildCatalog() reserves no alias for a product that it leaves out", () => {
  const { catalog } = buildCatalog([
    draft({ arch: "amd64", versions: [] }),
    draft({ arch: "x86_64" }),
  ]);
  assert.deepEqual(catalog.products[0]?.aliases, ["debian/12/default", "debian/12"]);
});

test("buildCatalog() leaves out a product whose only image another has in a newer version", () => {
  const newer = versionOf("20240102");
  const { catalog, findings } = buildCatalog([
    draft({ os: "alpine", versions: [{ ...newer, name: "20240101" }] }),
    draft({ os: "debian", versions: [newer] }),
  ]);
  assert.deepEqual(catalog.products.map(({ os }) => os), ["debian"]);
  assert.deepEqual(findings.map(({ code, path }) => [code, path]), [
    ["FINGERPRINT_TAKEN", "images/alpine/12/amd64/default/20240101"],
    ["PRODUCT_EMPTY", "images/alpine/12/amd64/default"],
  ]);
});

test("buildCatalog() publishes an architecture that no client knows, and says so", () => {
  const { catalog, findings } = buildCatalog([draft({ arch: "m68k" })]);
  assert.equal(catalog.products.length, 1);
  assert.deepEqual(findings.map(({ code, path }) => [code, path]), [
    ["ARCHITECTURE_UNKNOWN", "images/debian/12/m68k/default"],
  ]);
  assert.match(findings[0]?.message ?? "", /"m68k".*skip/);
});

test("buildCatalog() lets products of different architectures have one alias", () => {
  const { catalog, findings } = buildCatalog([draft({ arch: "amd64" }), draft({ arch: "arm64" })]);
  assert.deepEqual(catalog.products.map(({ aliases }) => aliases.length), [2, 2]);
  assert.deepEqual(findings, []);
});

test("buildCatalog() gives an alias to one of two spellings of an architecture", () => {
  const { catalog, findings } = buildCatalog([draft({ arch: "x86_64" }), draft({ arch: "amd64" })]);
  assert.deepEqual(catalog.products.map(({ arch, aliases }) => [arch, aliases]), [
    ["amd64", ["debian/12/default", "debian/12"]],
    ["x86_64", []],
  ]);
  assert.deepEqual(findings.map(({ code, path }) => [code, path]), [
    ["ALIAS_TAKEN", "images/debian/12/x86_64/default"],
    ["ALIAS_TAKEN", "images/debian/12/x86_64/default"],
  ]);
});

test("buildCatalog() names the owner of an alias that is taken", () => {
  const { findings } = buildCatalog([
    draft({ arch: "i386", variant: "cloud" }),
    draft({ arch: "i686", variant: "cloud" }),
  ]);
  assert.match(
    findings[0]?.message ?? "",
    /"debian\/12\/cloud".*images\/debian\/12\/i386\/cloud/,
  );
});

test("buildCatalog() publishes a product with a comma in its name without aliases", () => {
  const { catalog, findings } = buildCatalog([draft({ os: "a,b", variant: "cloud" })]);
  assert.deepEqual(catalog.products.map(({ os, aliases }) => [os, aliases]), [["a,b", []]]);
  assert.deepEqual(findings.map(({ code, path }) => [code, path]), [
    ["ALIAS_UNUSABLE", "images/a,b/12/amd64/cloud"],
  ]);
});

test("buildCatalog() keeps the alias os/release when the comma is in another name", () => {
  const { catalog } = buildCatalog([draft({ release: "1,2" }), draft({ release: "12" })]);
  assert.deepEqual(catalog.products.map(({ aliases }) => aliases), [
    [],
    ["debian/12/default", "debian/12"],
  ]);
});

test("buildCatalog() reports a version that clients take for newer than it is", () => {
  // `_` sorts after digits, so 05:24 comes after 06:00.
  const { findings } = buildCatalog([
    draft({ versions: ["20240101_05:24", "202401010600"].map(versionOf) }),
  ]);
  assert.deepEqual(findings.map(({ code, path }) => [code, path]), [
    ["VERSION_ORDER", "images/debian/12/amd64/default/20240101_05:24"],
  ]);
  assert.match(findings[0]?.message ?? "", /newer than 202401010600/);
});

test("buildCatalog() reports serial numbers that sort wrong as text", () => {
  const { findings } = buildCatalog([
    draft({ versions: ["20240101.9", "20240101.10"].map(versionOf) }),
  ]);
  assert.deepEqual(findings.map(({ code, path }) => [code, path]), [
    ["VERSION_ORDER", "images/debian/12/amd64/default/20240101.9"],
  ]);
});

test("buildCatalog() publishes versions that sort wrong all the same", () => {
  const { catalog } = buildCatalog([
    draft({ versions: ["20240101.9", "20240101.10"].map(versionOf) }),
  ]);
  assert.deepEqual(catalog.products[0]?.versions.length, 2);
});

test("buildCatalog() finds nothing in forms of version names that sort right together", () => {
  const names = ["20240101", "20240102_05:24", "20240103.1", "202401040524"];
  assert.deepEqual(buildCatalog([draft({ versions: names.map(versionOf) })]).findings, []);
});

function draft(fields: Partial<ProductDraft> = {}): ProductDraft {
  const name = {
    stream: "images",
    os: "debian",
    release: "12",
    arch: "amd64",
    variant: "default",
    ...fields,
  };
  return {
    ...name,
    aliases: defaultAliases(name),
    settings: {},
    requirements: new Map(),
    lxdRequirements: new Map(),
    versions: [versionOf("20240101")],
    ...fields,
  };
}

/** A version with a container for Incus that has a fingerprint of its own. */
function versionOf(name: string): Version {
  const fingerprint = String(++lastFingerprint).padStart(64, "0");
  const common = { sizeBytes: 1, sha256: "a".repeat(64) };
  return {
    name,
    items: [
      {
        key: "incus.tar.xz",
        ftype: "incus.tar.xz",
        path: "x/incus.tar.xz",
        ...common,
        combined: new Map([["combined_squashfs_sha256", fingerprint]]),
      },
      {
        key: "root.squashfs",
        ftype: "squashfs",
        path: "x/root.squashfs",
        ...common,
        combined: new Map(),
      },
    ],
  };
}
