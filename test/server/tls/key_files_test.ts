import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { isStorageError } from "../../../core/errors.ts";
import {
  createOnce,
  PUBLIC_MODE,
  readIfThere,
  replaceFile,
  SECRET_MODE,
} from "../../../server/tls/key_files.ts";
import { makeTempDirectory } from "../../support/temp_directory.ts";

function modeOf(path: string): string {
  return (statSync(path).mode & 0o777).toString(8);
}

test("createOnce() makes a file once and returns what it holds from then on", (context) => {
  const directory = makeTempDirectory(context);
  const path = join(directory, "ca.key");
  assert.equal(createOnce(path, "first", SECRET_MODE), "first");
  const { ino } = statSync(path);
  assert.equal(createOnce(path, "second", PUBLIC_MODE), "first");
  assert.equal(readFileSync(path, "utf8"), "first");
  assert.deepEqual([statSync(path).ino, modeOf(path)], [ino, "600"]);
  assert.deepEqual(readdirSync(directory), ["ca.key"]);
});

test("replaceFile() gives a file another text by another file", (context) => {
  const directory = makeTempDirectory(context);
  const path = join(directory, "server.crt");
  replaceFile(path, "first", SECRET_MODE);
  const { ino } = statSync(path);
  replaceFile(path, "second", PUBLIC_MODE);
  assert.equal(readIfThere(path), "second");
  assert.equal(modeOf(path), "644");
  assert.notEqual(statSync(path).ino, ino);
  assert.deepEqual(readdirSync(directory), ["server.crt"]);
});

test("createOnce() and replaceFile() name what they cannot write", (context) => {
  const path = join(makeTempDirectory(context), "missing", "ca.key");
  assert.equal(readIfThere(path), undefined);
  const isNamed = (error: unknown) => isStorageError(error, "missing") && error.path === path;
  assert.throws(() => createOnce(path, "", SECRET_MODE), isNamed);
  assert.throws(() => replaceFile(path, "", SECRET_MODE), isNamed);
});
