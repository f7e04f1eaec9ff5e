import assert from "node:assert/strict";
import { renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { FormatError, isStorageError } from "../../core/errors.ts";
import { openReloadingFile } from "../../server/reloading_file.ts";
import { makeTempDirectory } from "../support/temp_directory.ts";

/** A file that holds a number, and all that was told of it. */
function open(context: TestContext, text = "1") {
  const path = join(makeTempDirectory(context), "number");
  writeFileSync(path, text);
  const told: string[] = [];
  let parsed = 0;
  const file = openReloadingFile(path, {
    parse(text, path) {
      parsed++;
      if (!/^\d+$/.test(text)) throw new FormatError(`Cannot read "${path}": no number`);
      return Number(text);
    },
    onTrouble: (message) => told.push(message),
    onReload: () => told.push("reload"),
  });
  return { path, file, told, parsed: () => parsed };
}

test("current() parses once as long as the file stays as it is", (context) => {
  const { file, parsed, told } = open(context);
  for (let time = 0; time < 5; time++) assert.equal(file.current(), 1);
  assert.equal(parsed(), 1);
  assert.deepEqual(told, []);
});

test("current() takes up a file that was written, renamed over or has another time", (context) => {
  const { file, path, told, parsed } = open(context);
  writeFileSync(path, "22");
  for (let time = 0; time < 5; time++) assert.equal(file.current(), 22);
  assert.equal(parsed(), 2);
  writeFileSync(`${path}.new`, "33");
  renameSync(`${path}.new`, path);
  assert.equal(file.current(), 33);
  writeFileSync(path, "44");
  utimesSync(path, 1e9, 1e9);
  assert.equal(file.current(), 44);
  assert.deepEqual(told, ["reload", "reload", "reload"]);
});

test("current() keeps what it had while the file is broken, and tells so once", (context) => {
  const { file, path, told } = open(context);
  writeFileSync(path, "two");
  for (let time = 0; time < 3; time++) assert.equal(file.current(), 1);
  assert.deepEqual(told, [
    `Cannot read "${path}": no number; what was read before goes on holding`,
  ]);
  writeFileSync(path, "22");
  assert.equal(file.current(), 22);
  writeFileSync(path, "two");
  assert.equal(file.current(), 22);
  assert.equal(told.length, 3);
});

test("current() keeps what it had while the file is gone, and takes up the next", (context) => {
  const { file, path, told } = open(context);
  rmSync(path);
  for (let time = 0; time < 3; time++) assert.equal(file.current(), 1);
  assert.equal(told.length, 1);
  assert.match(told[0] ?? "", /no such file.*goes on holding/);
  writeFileSync(path, "22");
  assert.equal(file.current(), 22);
});

test("current() has nothing to tell when the file comes back as it was", (context) => {
  const { file, path, told } = open(context);
  renameSync(path, `${path}.away`);
  assert.equal(file.current(), 1);
  renameSync(`${path}.away`, path);
  assert.equal(file.current(), 1);
  rmSync(path);
  assert.equal(file.current(), 1);
  assert.equal(told.length, 2);
});

test("openReloadingFile() throws when the file is broken or missing from the start", (context) => {
  assert.throws(() => open(context, "none"), FormatError);
  const path = join(makeTempDirectory(context), "missing");
  const options = { parse: (text: string) => text, onTrouble: () => {} };
  assert.throws(
    () => openReloadingFile(path, options),
    (error) => isStorageError(error, "missing"),
  );
});
