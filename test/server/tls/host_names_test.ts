import assert from "node:assert/strict";
import { isIP } from "node:net";
import { test } from "node:test";
import { hostNames } from "../../../server/tls/host_names.ts";
import { ensureSelfSigned } from "../../../server/tls/self_signed.ts";
import { makeTempDirectory } from "../../support/temp_directory.ts";

test("hostNames() has the loopback names and no name twice", () => {
  const names = hostNames();
  for (const name of ["localhost", "127.0.0.1", "::1"]) assert.ok(names.includes(name), name);
  assert.equal(new Set(names).size, names.length);
  for (const name of names) {
    assert.ok(isIP(name) !== 0 || name === name.toLowerCase(), name);
    assert.doesNotMatch(name, /%|^fe80/);
  }
});

test("hostNames() has what a certificate can hold", async (context) => {
  const directory = makeTempDirectory(context);
  const options = { now: new Date() };
  await ensureSelfSigned(directory, hostNames(), options);
  assert.equal((await ensureSelfSigned(directory, hostNames(), options)).isNew, false);
});
