import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { VERSION } from "../core/version.ts";

// Tests run in the project's folder.
const FILES = ["core", "cli", "server"].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => join(folder, name))
).filter((name) => name.endsWith(".ts")).sort();
const TEXTS = new Map(
  ["cli.ts", "server.ts", ...FILES].map((name) => [name, readFileSync(name, "utf8")]),
);

interface Import {
  readonly target: string;
  readonly isTypeOnly: boolean;
}

function importsOf(file: string): readonly Import[] {
  const text = TEXTS.get(file) ?? "";
  const statements = text.matchAll(/^(?:import|export)\s(type\s)?[^;]*?from\s+"([^"]+)";/gm);
  const others = text.matchAll(/(?:^import\s|\bimport\()"([^"]+)"/gm);
  return [
    ...[...statements].map(([, type, target = ""]) => ({ target, isTypeOnly: type !== undefined })),
    ...[...others].map(([, target = ""]) => ({ target, isTypeOnly: false })),
  ].map(({ target, isTypeOnly }) => ({
    target: target.startsWith(".") ? join(dirname(file), target) : target,
    isTypeOnly,
  }));
}

const core = FILES.filter((file) => file.startsWith("core/"));
const pure = core.filter((file) => !file.startsWith("core/adapters/"));

test("core/format imports only itself and errors", () => {
  for (const file of core.filter((name) => name.startsWith("core/format/"))) {
    for (const { target } of importsOf(file)) {
      const isAllowed = target.startsWith("core/format/") || target === "core/errors.ts";
      assert.ok(isAllowed, `${file} imports ${target}`);
    }
  }
});

test("the core outside its adapters imports nothing but itself, and ports as types", () => {
  for (const file of pure) {
    for (const { target, isTypeOnly } of importsOf(file)) {
      const isOwn = target.startsWith("core/") && !target.startsWith("core/adapters/");
      assert.ok(isOwn, `${file} imports ${target}`);
      assert.ok(target !== "core/ports.ts" || isTypeOnly || file === "core/mod.ts", file);
    }
  }
});

test("the core outside its adapters names no runtime, no clock and no console", () => {
  const forbidden = /\b(?:console\.|Date\.now|new Date\(\)|Deno\b|process\.|globalThis)|"node:/;
  for (const file of pure) {
    const code = (TEXTS.get(file) ?? "").replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");
    assert.doesNotMatch(code, forbidden, file);
  }
});

test("no file is part of a circle of imports", () => {
  const done = new Set<string>();
  function visit(file: string, trail: readonly string[]): void {
    assert.ok(!trail.includes(file), `circle: ${[...trail, file].join(" -> ")}`);
    if (done.has(file)) return;
    for (const { target, isTypeOnly } of importsOf(file)) {
      if (!isTypeOnly && TEXTS.has(target)) visit(target, [...trail, file]);
    }
    done.add(file);
  }
  for (const file of TEXTS.keys()) visit(file, []);
});

test("only the server uses Hono and what comes with it", () => {
  const isOfServer = (file: string) => file === "server.ts" || file.startsWith("server/");
  const ofServer =
    /^(?:hono|@hono|zod|prom-client|bcryptjs|chokidar|@peculiar|reflect-metadata)(?:\/|$)/;
  for (const file of TEXTS.keys()) {
    if (isOfServer(file)) continue;
    for (const { target } of importsOf(file)) assert.doesNotMatch(target, ofServer, file);
  }
  const users = [...TEXTS.keys()].filter((file) =>
    importsOf(file).some(({ target }) => /^(?:@hono\/|hono(?:\/|$))/.test(target))
  );
  assert.ok(users.length > 10);
});

test("the command line and the server do not know of each other, and the core of neither", () => {
  const places = ["core", "cli", "server"];
  for (const file of TEXTS.keys()) {
    const place = file.replace(/(?:\/.*|\.ts)$/, "");
    const foreign = places.filter((other) => other !== place && other !== "core");
    for (const { target } of importsOf(file)) {
      const isForeign = foreign.some((other) =>
        target === `${other}.ts` || target.startsWith(`${other}/`)
      );
      assert.ok(!isForeign, `${file} imports ${target}`);
    }
  }
});

test("every import of an own file leads to one", () => {
  for (const file of TEXTS.keys()) {
    for (const { target } of importsOf(file)) {
      const isOwn = /^(?:core|cli|server)\//.test(target);
      assert.ok(!isOwn || TEXTS.has(target), `${file} imports ${target}`);
    }
  }
});

test("only adapters and front ends ask which runtime this is, and only in one file", () => {
  const files = [...TEXTS].filter(([, text]) => /globalThis|typeof Deno/.test(text));
  assert.deepEqual(files.map(([file]) => file), ["core/adapters/system.ts"]);
});

test("packages for reading metadata are loaded by an import alone", () => {
  const lazy = ["xz-decompress", "modern-tar", "yaml", "fzstd"];
  for (const [file, text] of TEXTS) {
    for (
      const [, type, target = ""] of text.matchAll(/^import\s(type\s)?[^;]*?from\s+"([^"]+)"/gm)
    ) {
      assert.ok(type !== undefined || !lazy.some((name) => target.startsWith(name)), file);
    }
  }
});

test("every file is named in snake_case and is short enough to read", () => {
  for (const [file, text] of TEXTS) {
    assert.match(file, /^(?:[a-z0-9_]+\/)*[a-z0-9_]+\.ts$/);
    assert.ok(text.split("\n").length <= 251, `${file} has over 250 lines`);
  }
});

test("package.json, deno.json and the code agree on version and dependencies", () => {
  const manifest = JSON.parse(readFileSync("package.json", "utf8"));
  const deno = JSON.parse(readFileSync("deno.json", "utf8"));
  assert.equal(manifest.version, VERSION);
  const expected = Object.entries(manifest.dependencies).map((
    [name, range],
  ) => [name, `npm:${name}@${range}`]);
  assert.deepEqual(deno.imports, Object.fromEntries(expected));
});
