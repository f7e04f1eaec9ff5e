import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createNodeReader, createNodeWriter, createSystemClock } from "../../core/adapters/node.ts";
import { findOutside } from "../../core/find_outside.ts";
import { makeTempDirectory } from "../support/temp_directory.ts";

test("findOutside() names each link that leaves the root once, and no other", async (context) => {
  const directory = makeTempDirectory(context);
  const at = (...names: readonly string[]) => join(directory, ...names);
  for (const name of ["root/images/own", "root-too", "elsewhere/deep"]) {
    mkdirSync(at(name), { recursive: true });
  }
  for (const name of ["root/images/own/a", "root-too/b", "elsewhere/c", "elsewhere/deep/d"]) {
    writeFileSync(at(name), "");
  }
  // The root itself may be one.
  symlinkSync("root", at("served"));
  symlinkSync("own", at("root/images/inside"));
  symlinkSync("own/a", at("root/images/same"));
  symlinkSync(at("elsewhere"), at("root/images/outside"));
  symlinkSync("../../../root-too/b", at("root/images/own/b"));
  symlinkSync(at("elsewhere/c"), at("root/top"));
  const ports = {
    reader: createNodeReader(),
    writer: createNodeWriter(),
    clock: createSystemClock(),
  };
  const findings = await findOutside(ports, at("served"), [
    ...["images/own/a", "images/inside/a", "images/same", "images/gone"],
    ...["images/own/b", "images/outside/c", "images/outside/deep/d", "top"],
  ]);
  assert.deepEqual(findings.map(({ code, severity, path }) => `${severity} ${code} ${path}`), [
    "warning LINK_OUTSIDE images/own/b",
    "warning LINK_OUTSIDE images/outside",
    "warning LINK_OUTSIDE top",
  ]);
});
