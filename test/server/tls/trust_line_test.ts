import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { trustLine } from "../../../server/tls/trust_line.ts";
import { makeTempDirectory } from "../../support/temp_directory.ts";

test("trustLine() is a line of shell that puts the CA where update-ca-certificates finds it", (context) => {
  const base = makeTempDirectory(context);
  const directory = join(base, 'it\'s a "$PATH"');
  const target = join(base, "certificates");
  mkdirSync(directory);
  mkdirSync(target);
  writeFileSync(join(directory, "ca.crt"), "the CA");
  const line = trustLine(directory);
  assert.doesNotMatch(line, /\n/);
  const script = line.replace("/usr/local/share/ca-certificates/", `${target}/`);
  assert.notEqual(script, line);
  const program = join(base, "update-ca-certificates");
  writeFileSync(program, "#!/bin/sh\necho updated\n", { mode: 0o755 });
  const env = { PATH: `${base}:${process.env["PATH"]}` };
  const { status, stdout } = spawnSync("sh", ["-euc", script], { env });
  assert.deepEqual([status, String(stdout)], [0, "updated\n"]);
  const [name = "", ...others] = readdirSync(target);
  assert.deepEqual(others, []);
  assert.match(name, /^simplestreams-[a-z0-9.-]+\.crt$/);
  assert.equal(readFileSync(join(target, name), "utf8"), "the CA");
});
