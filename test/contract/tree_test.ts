import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { after, test } from "node:test";
import { createDenoReader, type DenoCalls } from "../../core/adapters/deno.ts";
import { createFixedClock } from "../../core/adapters/fixed_clock.ts";
import { MemoryTree } from "../../core/adapters/memory.ts";
import { createNodeReader, createNodeWriter } from "../../core/adapters/node.ts";
import type { TreeReader } from "../../core/ports.ts";
import { describeTree } from "./tree_suite.ts";

const top = mkdtempSync(`${tmpdir()}/simplestreams-tree-`);
after(() => rmSync(top, { recursive: true }));

describeTree("memory", () => {
  const tree = new MemoryTree(createFixedClock(new Date(0)));
  tree.makeDirectory("/directory");
  return { reader: tree, writer: tree, directory: "/directory" };
});

const { Deno: deno } = globalThis as { readonly Deno?: DenoCalls };
const readers: readonly (readonly [string, TreeReader])[] = [
  ["node", createNodeReader()],
  ...(deno === undefined ? [] : [["deno", createDenoReader(deno)] as const]),
];

for (const [name, reader] of readers) {
  describeTree(name, () => ({
    reader,
    writer: createNodeWriter(),
    directory: mkdtempSync(`${top}/${name}-`),
  }));

  test(`${name}: stat() follows links, and takes one that leads nowhere or in circles for nothing`, () => {
    const directory = mkdtempSync(`${top}/${name}-`);
    writeFileSync(`${directory}/file`, "text");
    symlinkSync("file", `${directory}/link`);
    symlinkSync("nothing", `${directory}/dangling`);
    symlinkSync("circle", `${directory}/circle`);
    assert.equal(reader.stat(`${directory}/link`)?.sizeBytes, 4);
    assert.equal(reader.stat(`${directory}/dangling`), undefined);
    assert.equal(reader.stat(`${directory}/circle`), undefined);
    assert.equal(reader.list(`${directory}/circle`), undefined);
  });

  test(`${name}: realPath() resolves every link of a path, and takes one that leads nowhere for nothing`, () => {
    const directory = realpathSync(mkdtempSync(`${top}/${name}-`));
    mkdirSync(`${directory}/folder`);
    writeFileSync(`${directory}/folder/file`, "text");
    symlinkSync("folder", `${directory}/link`);
    symlinkSync("link/file", `${directory}/second`);
    symlinkSync("/", `${directory}/out`);
    symlinkSync("nothing", `${directory}/dangling`);
    symlinkSync("circle", `${directory}/circle`);
    assert.equal(reader.realPath(`${directory}/link`), `${directory}/folder`);
    assert.equal(reader.realPath(`${directory}/link/file`), `${directory}/folder/file`);
    assert.equal(reader.realPath(`${directory}/second`), `${directory}/folder/file`);
    assert.equal(reader.realPath(`${directory}/out`), "/");
    assert.equal(reader.realPath(`${directory}/dangling`), undefined);
    assert.equal(reader.realPath(`${directory}/circle`), undefined);
  });

  test(`${name}: readLink() gives what a link says, wherever it leads`, () => {
    const directory = mkdtempSync(`${top}/${name}-`);
    for (const [place, target] of ["nothing/ä", "../x", "/", "2"].entries()) {
      symlinkSync(target, `${directory}/${place}`);
      assert.equal(reader.readLink(`${directory}/${place}`), target);
    }
  });

  test(`${name}: stat() rounds time stamps down to whole milliseconds, as the other runtime does`, () => {
    const directory = mkdtempSync(`${top}/${name}-`);
    writeFileSync(`${directory}/file`, "");
    // Seconds in a double cannot say nanoseconds, so what the kernel kept is read back as text.
    for (const seconds of [1700000000, 1700000000.9999998, 1700000000.123, 1600000001.0009999]) {
      utimesSync(`${directory}/file`, seconds, seconds);
      const exact = statNanoseconds(`${directory}/file`);
      assert.equal(reader.stat(`${directory}/file`)?.mtimeMs, Number(exact / 1_000_000n));
    }
  });
}

test("node: createFile() does not write through a link that leads nowhere", () => {
  const directory = mkdtempSync(`${top}/link-`);
  symlinkSync("target", `${directory}/link`);
  const writer = createNodeWriter();
  assert.throws(() => writer.createFile(`${directory}/link`, ["text"]), { reason: "exists" });
  assert.equal(createNodeReader().stat(`${directory}/target`), undefined);
});

function statNanoseconds(path: string): bigint {
  const [seconds = "", fraction = ""] = execFileSync("stat", ["-c", "%.9Y", path], {
    encoding: "utf8",
  }).trim().split(/[.,]/);
  return BigInt(seconds) * 1_000_000_000n + BigInt(fraction);
}
