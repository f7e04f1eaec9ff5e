import assert from "node:assert/strict";
import { test } from "node:test";
import { StorageError, type StorageReason } from "../../core/errors.ts";
import type { TreeReader, TreeWriter } from "../../core/ports.ts";

/** A file system to try: its two ports, and a directory in it that is empty and writable. */
export interface TriedTree {
  readonly reader: TreeReader;
  readonly writer: TreeWriter;
  readonly directory: string;
}

/** Tests that every reader and writer of trees must pass. */
export function describeTree(name: string, open: () => TriedTree): void {
  test(`${name}: list() knows no directory where there is none, and where there is a file`, () => {
    const { reader, writer, directory } = open();
    writer.createFile(`${directory}/file`, ["text"]);
    assert.equal(reader.list(`${directory}/nothing`), undefined);
    assert.equal(reader.list(`${directory}/file`), undefined);
    assert.equal(reader.list(`${directory}/file/below`), undefined);
    assert.deepEqual(reader.list(directory), ["file"]);
  });

  test(`${name}: stat() tells kind, size and whole milliseconds, and undefined for nothing`, () => {
    const { reader, writer, directory } = open();
    writer.createFile(`${directory}/file`, ["ab", "c"]);
    writer.makeDirectory(`${directory}/folder`);
    const info = reader.stat(`${directory}/file`);
    assert.equal(info?.kind, "file");
    assert.equal(info?.sizeBytes, 3);
    assert.ok(Number.isInteger(info?.mtimeMs));
    assert.equal(reader.stat(`${directory}/folder`)?.kind, "directory");
    assert.equal(reader.stat(`${directory}/nothing`), undefined);
    assert.equal(reader.stat(`${directory}/file/below`), undefined);
  });

  test(`${name}: realPath() gives a path without links as it is, and undefined for nothing`, () => {
    const { reader, writer, directory } = open();
    writer.makeDirectory(`${directory}/folder`);
    writer.createFile(`${directory}/folder/file`, []);
    const real = reader.realPath(directory);
    assert.equal(reader.realPath(`${directory}/folder`), `${real}/folder`);
    assert.equal(reader.realPath(`${directory}/folder/`), `${real}/folder`);
    assert.equal(reader.realPath(`${directory}/folder/file`), `${real}/folder/file`);
    assert.equal(reader.realPath(`${directory}/nothing`), undefined);
    assert.equal(reader.realPath(`${directory}/nothing/below`), undefined);
    assert.equal(reader.realPath(`${directory}/folder/file/below`), undefined);
  });

  test(`${name}: readLink() gives undefined for what is no link, and for nothing`, () => {
    const { reader, writer, directory } = open();
    writer.createFile(`${directory}/file`, []);
    assert.equal(reader.readLink(`${directory}/file`), undefined);
    assert.equal(reader.readLink(directory), undefined);
    assert.equal(reader.readLink(`${directory}/nothing`), undefined);
    assert.equal(reader.readLink(`${directory}/file/below`), undefined);
  });

  test(`${name}: readText() and readBytes() give what createFile() was given`, () => {
    const { reader, writer, directory } = open();
    const long = "ä€𝄞\n".repeat(200_000);
    writer.createFile(`${directory}/file`, ["start ", new Uint8Array([0x2d]), long], {
      sync: true,
    });
    assert.equal(reader.readText(`${directory}/file`), `start -${long}`);
    assert.equal(reader.readBytes(`${directory}/file`).length, 7 + 200_000 * 10);
  });

  test(`${name}: reading what is not there is a storage error that names it`, () => {
    const { reader, directory } = open();
    assertStorageError(() => reader.readText(`${directory}/nothing`), "missing", "nothing");
    assertStorageError(() => reader.readBytes(`${directory}/nothing`), "missing", "nothing");
  });

  test(`${name}: createFile() and makeDirectory() take no name that is taken`, () => {
    const { reader, writer, directory } = open();
    writer.createFile(`${directory}/file`, ["old"]);
    assertStorageError(() => writer.createFile(`${directory}/file`, ["new"]), "exists", "file");
    assertStorageError(() => writer.makeDirectory(`${directory}/file`), "exists", "file");
    assert.equal(reader.readText(`${directory}/file`), "old");
    assertStorageError(() => writer.createFile(`${directory}/no/file`, []), "missing", "no/file");
  });

  test(`${name}: createFile() gives the mode that is asked for, and 0644 and 0755 else`, () => {
    const { writer, directory } = open();
    writer.createFile(`${directory}/private`, [], { owner: { mode: 0o640 } });
    writer.createFile(`${directory}/plain`, []);
    writer.makeDirectory(`${directory}/folder`);
    assert.equal(writer.identify(`${directory}/private`)?.owner.mode, 0o640);
    assert.equal(writer.identify(`${directory}/plain`)?.owner.mode, 0o644);
    assert.equal(writer.identify(`${directory}/folder`)?.owner.mode, 0o755);
  });

  test(`${name}: createFile() leaves no file behind when its pieces end in an error`, () => {
    const { reader, writer, directory } = open();
    function* pieces() {
      yield "one";
      throw new Error("no more pieces");
    }
    assert.throws(() => writer.createFile(`${directory}/file`, pieces()));
    assert.equal(reader.stat(`${directory}/file`), undefined);
  });

  test(`${name}: rename() replaces a file and moves a folder with all that is in it`, () => {
    const { reader, writer, directory } = open();
    writer.createFile(`${directory}/new`, ["new"]);
    writer.createFile(`${directory}/file`, ["old"]);
    writer.rename(`${directory}/new`, `${directory}/file`);
    assert.equal(reader.readText(`${directory}/file`), "new");
    writer.makeDirectory(`${directory}/from`);
    writer.createFile(`${directory}/from/file`, ["inside"]);
    writer.rename(`${directory}/from`, `${directory}/to`);
    assert.equal(reader.readText(`${directory}/to/file`), "inside");
    assert.equal(reader.list(`${directory}/from`), undefined);
    assertStorageError(() => writer.rename(`${directory}/no`, `${directory}/x`), "missing", "");
  });

  test(`${name}: rename() does not replace a folder that has something in it`, () => {
    const { reader, writer, directory } = open();
    for (const folder of ["one", "two"]) {
      writer.makeDirectory(`${directory}/${folder}`);
      writer.createFile(`${directory}/${folder}/file`, [folder]);
    }
    assertStorageError(
      () => writer.rename(`${directory}/one`, `${directory}/two`),
      "not-empty",
      "two",
    );
    assert.equal(reader.readText(`${directory}/two/file`), "two");
  });

  test(`${name}: link() gives one file two names, and identify() tells`, () => {
    const { reader, writer, directory } = open();
    writer.createFile(`${directory}/one`, ["text"]);
    writer.link(`${directory}/one`, `${directory}/two`);
    const [one, two] = ["one", "two"].map((file) => writer.identify(`${directory}/${file}`));
    assert.deepEqual([one?.device, one?.inode], [two?.device, two?.inode]);
    writer.removeFile(`${directory}/one`);
    assert.equal(reader.readText(`${directory}/two`), "text");
    writer.createFile(`${directory}/three`, []);
    assertStorageError(
      () => writer.link(`${directory}/two`, `${directory}/three`),
      "exists",
      "three",
    );
  });

  test(`${name}: copyFile() copies bytes to a name that is free`, async () => {
    const { reader, writer, directory } = open();
    writer.createFile(`${directory}/one`, ["text"]);
    await writer.copyFile(`${directory}/one`, `${directory}/two`);
    assert.equal(reader.readText(`${directory}/two`), "text");
    const again = async () => await writer.copyFile(`${directory}/one`, `${directory}/two`);
    await assert.rejects(again, { name: "StorageError", reason: "exists" });
  });

  test(`${name}: removeFile() and removeDirectory() remove what they say and nothing else`, () => {
    const { reader, writer, directory } = open();
    writer.makeDirectory(`${directory}/folder`);
    writer.createFile(`${directory}/folder/file`, []);
    assertStorageError(() => writer.removeDirectory(`${directory}/folder`), "not-empty", "folder");
    writer.removeFile(`${directory}/folder/file`);
    writer.removeDirectory(`${directory}/folder`);
    assert.deepEqual(reader.list(directory), []);
    assertStorageError(() => writer.removeFile(`${directory}/folder`), "missing", "folder");
  });

  test(`${name}: syncDirectory() and isWritableDirectory() know a directory`, () => {
    const { writer, directory } = open();
    writer.syncDirectory(directory);
    assertStorageError(() => writer.syncDirectory(`${directory}/no`), "missing", "no");
    assert.equal(writer.isWritableDirectory(directory), true);
    assert.equal(writer.isWritableDirectory(`${directory}/no`), false);
  });
}

function assertStorageError(action: () => unknown, reason: StorageReason, path: string): void {
  assert.throws(action, (error) => {
    assert.ok(error instanceof StorageError, String(error));
    assert.equal(error.reason, reason);
    assert.ok(error.message.includes(path), error.message);
    return true;
  });
}
