import assert from "node:assert/strict";
import { test } from "node:test";
import {
  canonicalArchitecture,
  debianArchitecture,
  isArchitectureOf,
  knownArchitectures,
} from "../../../core/format/architecture.ts";

// client-contract, "Products": what Incus and LXD know, with aliases.
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  x86_64: ["amd64"],
  i686: ["i386", "i586", "x86"],
  aarch64: ["arm64"],
  armv8l: [],
  armv7l: ["armhf"],
  armv6l: ["armel", "arm"],
  ppc: ["powerpc"],
  ppc64: ["powerpc64"],
  ppc64le: ["ppc64el"],
  s390x: [],
  mips: ["mipsel", "mipsle"],
  mips64: ["mips64el", "mips64le"],
  riscv32: [],
  riscv64: [],
  loongarch64: ["loong64"],
};

test("canonicalArchitecture() takes every name and alias that clients know", () => {
  for (const [name, aliases] of Object.entries(KNOWN)) {
    for (const spelling of [name, ...aliases]) assert.equal(canonicalArchitecture(spelling), name);
  }
});

test("canonicalArchitecture() returns undefined for what clients skip", () => {
  const unknown = ["", "all", "AMD64", "x86-64", "amd64 ", "sparc64", "__proto__", "constructor"];
  assert.deepEqual(unknown.map(canonicalArchitecture), unknown.map(() => undefined));
});

test("debianArchitecture() returns the names of Debian's ports", () => {
  // https://www.debian.org/ports/
  const ports = {
    x86_64: "amd64",
    i686: "i386",
    aarch64: "arm64",
    armv7l: "armhf",
    armv6l: "armel",
    ppc: "powerpc",
    ppc64: "ppc64",
    ppc64le: "ppc64el",
    s390x: "s390x",
    riscv64: "riscv64",
    loongarch64: "loong64",
  };
  assert.deepEqual(Object.keys(ports).map(debianArchitecture), Object.values(ports));
});

test("debianArchitecture() keeps byte orders apart", () => {
  assert.deepEqual(
    ["mips", "mipsel", "mipsle", "mips64", "mips64el", "mips64le"].map(debianArchitecture),
    ["mips", "mipsel", "mipsel", "mips64", "mips64el", "mips64el"],
  );
});

test("debianArchitecture() leaves Debian's own names as they are", () => {
  const names = ["amd64", "i386", "arm64", "armhf", "armel", "powerpc", "ppc64el", "loong64"];
  assert.deepEqual(names.map(debianArchitecture), names);
});

test("debianArchitecture() returns a name that clients take for the same architecture", () => {
  for (const spelling of knownArchitectures()) {
    const debian = debianArchitecture(spelling);
    assert.equal(canonicalArchitecture(debian), canonicalArchitecture(spelling));
  }
});

test("debianArchitecture() returns an unknown architecture as it is", () => {
  assert.equal(debianArchitecture("m68k"), "m68k");
});

test("knownArchitectures() returns every spelling once", () => {
  const spellings = Object.entries(KNOWN).flatMap(([name, aliases]) => [name, ...aliases]);
  assert.deepEqual([...knownArchitectures()].sort(), spellings.sort());
});

test("isArchitectureOf() knows every spelling for both clients, but loongarch64 for Incus alone", () => {
  for (const spelling of knownArchitectures()) {
    assert.equal(isArchitectureOf("incus", spelling), true);
    assert.equal(isArchitectureOf("lxd", spelling), !spelling.startsWith("loong"));
  }
});

test("isArchitectureOf() is false for what clients skip", () => {
  for (const spelling of ["", "all", "AMD64", "__proto__"]) {
    assert.equal(isArchitectureOf("incus", spelling), false);
    assert.equal(isArchitectureOf("lxd", spelling), false);
  }
});
