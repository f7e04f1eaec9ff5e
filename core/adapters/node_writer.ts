import * as fs from "node:fs";
import { open } from "node:fs/promises";
import type { EntryIdentity, FileOwner, TreeWriter } from "../ports.ts";
import { isAbsent, platformCode, toStorageError, withStorageErrors } from "./storage_errors.ts";

const COPY_BYTES = 4 * 1024 * 1024;

/** Returns the writer of real trees, for Node and Deno alike. */
export function createNodeWriter(): TreeWriter {
  return {
    identify(path) {
      try {
        const stats = fs.lstatSync(path, { throwIfNoEntry: false });
        return stats === undefined ? undefined : identityOf(stats);
      } catch (error) {
        if (isAbsent(error)) return undefined;
        throw toStorageError(error, "look at", path);
      }
    },
    makeDirectory(path) {
      withStorageErrors("make the directory", path, () => {
        fs.mkdirSync(path);
        fs.chmodSync(path, 0o755);
      });
    },
    createFile(path, pieces, options = {}) {
      withStorageErrors("write", path, () => createFile(path, pieces, options));
    },
    rename: (from, to) => withStorageErrors("rename to", to, () => fs.renameSync(from, to)),
    link(from, to) {
      try {
        fs.linkSync(from, to);
      } catch (error) {
        // Linux answers EPERM for a file system that has no hard links and for a file that is not ours.
        const asUnsupported = platformCode(error) === "EPERM"
          ? Object.assign(new Error("hard links are not permitted"), { code: "ENOTSUP" })
          : error;
        throw toStorageError(asUnsupported, "link to", to);
      }
    },
    async copyFile(from, to) {
      try {
        await copyInSteps(from, to);
      } catch (error) {
        throw toStorageError(error, "copy to", to);
      }
    },
    removeFile: (path) => withStorageErrors("remove", path, () => fs.unlinkSync(path)),
    removeDirectory: (path) =>
      withStorageErrors("remove the directory", path, () => fs.rmdirSync(path)),
    isWritableDirectory(path) {
      try {
        fs.accessSync(path, fs.constants.W_OK | fs.constants.X_OK);
        return !isReadOnly(path);
      } catch (error) {
        // Anything else, as a permission that Deno has not, says nothing about the directory.
        const code = platformCode(error);
        return !["EACCES", "EROFS", "EPERM", "ENOENT", "ENOTDIR", "NotFound"].includes(code);
      }
    },
    syncDirectory(path) {
      withStorageErrors("sync the directory", path, () => withDescriptor(path, fs.fsyncSync));
    },
  };
}

/** In steps, because a process ends no earlier than the one call that fs.copyFile is: minutes for a disk. */
async function copyInSteps(from: string, to: string): Promise<void> {
  const source = await open(from, "r");
  try {
    const { mode, atime, mtime } = await source.stat();
    const target = await open(to, "wx", mode & 0o777);
    try {
      const buffer = Buffer.allocUnsafe(COPY_BYTES);
      for (;;) {
        const { bytesRead } = await source.read(buffer, 0, buffer.length, null);
        if (bytesRead === 0) break;
        for (let at = 0; at < bytesRead;) {
          at += (await target.write(buffer, at, bytesRead - at)).bytesWritten;
        }
      }
      await target.utimes(atime, mtime);
      await target.sync();
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

/** Deno's access looks at the mode alone. Linux says EROFS for the removal even of what is not there. */
function isReadOnly(directory: string): boolean {
  try {
    fs.rmdirSync(`${directory}/.simplestreams-no-such-name`);
  } catch (error) {
    return platformCode(error) === "EROFS";
  }
  return false;
}

function createFile(
  path: string,
  pieces: Iterable<string | Uint8Array>,
  options: { readonly owner?: Partial<FileOwner>; readonly sync?: boolean },
): void {
  // "wx" is O_EXCL: a name that is there, be it a link to anywhere, is never written through.
  const descriptor = fs.openSync(path, "wx", 0o644);
  try {
    for (const piece of inBlocks(pieces)) writeAll(descriptor, piece);
    const { mode, uid, gid } = options.owner ?? {};
    if (uid !== undefined && gid !== undefined) keepOwner(descriptor, { uid, gid });
    if (mode !== undefined) fs.fchmodSync(descriptor, mode);
    if (options.sync) fs.fsyncSync(descriptor);
  } catch (error) {
    fs.closeSync(descriptor);
    fs.unlinkSync(path);
    throw error;
  }
  fs.closeSync(descriptor);
}

/** Joins small pieces, so that a document of many products is few system calls. */
function* inBlocks(pieces: Iterable<string | Uint8Array>): Generator<Uint8Array> {
  let text = "";
  for (const piece of pieces) {
    if (typeof piece === "string") text += piece;
    else {
      if (text !== "") yield Buffer.from(text);
      text = "";
      yield piece;
    }
    if (text.length < 1 << 20) continue;
    yield Buffer.from(text);
    text = "";
  }
  if (text !== "") yield Buffer.from(text);
}

function writeAll(descriptor: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) {
    at += fs.writeSync(descriptor, bytes, at, bytes.length - at);
  }
}

/** Only root may give files away; anybody else goes on with its own. */
function keepOwner(descriptor: number, owner: Pick<FileOwner, "uid" | "gid">): void {
  const now = fs.fstatSync(descriptor);
  if (now.uid === owner.uid && now.gid === owner.gid) return;
  try {
    fs.fchownSync(descriptor, owner.uid, owner.gid);
  } catch (error) {
    if (platformCode(error) !== "EPERM") throw error;
  }
}

function withDescriptor(path: string, action: (descriptor: number) => void): void {
  const descriptor = fs.openSync(path, "r");
  try {
    action(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

function identityOf(stats: fs.Stats): EntryIdentity {
  const kind = stats.isFile()
    ? "file"
    : stats.isDirectory()
    ? "directory"
    : stats.isSymbolicLink()
    ? "link"
    : "other";
  return {
    kind,
    device: stats.dev,
    inode: stats.ino,
    mtimeMs: Math.floor(stats.mtimeMs),
    owner: { mode: stats.mode & 0o7777, uid: stats.uid, gid: stats.gid },
  };
}
