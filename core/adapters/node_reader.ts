import * as fs from "node:fs";
import type { FileInfo, TreeReader } from "../ports.ts";
import { isAbsent, isNoLink, toStorageError, withStorageErrors } from "./storage_errors.ts";

/** Returns the reader of real trees for Node. */
export function createNodeReader(): TreeReader {
  return {
    list(path) {
      try {
        return fs.readdirSync(path);
      } catch (error) {
        if (isAbsent(error)) return undefined;
        throw toStorageError(error, "read the directory", path);
      }
    },
    stat(path) {
      try {
        const stats = fs.statSync(path, { bigint: true, throwIfNoEntry: false });
        return stats === undefined ? undefined : infoOf(stats);
      } catch (error) {
        if (isAbsent(error)) return undefined;
        throw toStorageError(error, "look at", path);
      }
    },
    realPath(path) {
      try {
        return fs.realpathSync.native(path);
      } catch (error) {
        if (isAbsent(error)) return undefined;
        throw toStorageError(error, "resolve the links of", path);
      }
    },
    readLink(path) {
      try {
        return fs.readlinkSync(path);
      } catch (error) {
        if (isAbsent(error) || isNoLink(error)) return undefined;
        throw toStorageError(error, "read the link", path);
      }
    },
    readText: (path) => withStorageErrors("read", path, () => fs.readFileSync(path, "utf8")),
    readBytes: (path) => withStorageErrors("read", path, () => fs.readFileSync(path)),
  };
}

// BigInt, because milliseconds as a double are rounded up at the end of some, and Deno rounds down.
function infoOf(stats: fs.BigIntStats): FileInfo {
  const kind = stats.isFile() ? "file" : stats.isDirectory() ? "directory" : "other";
  return {
    kind,
    sizeBytes: Number(stats.size),
    mtimeMs: Number(stats.mtimeNs / 1_000_000n),
    inode: Number(stats.ino),
  };
}
