import { printable } from "../format/text.ts";
import { StorageError, type StorageReason } from "../errors.ts";

const REASONS: Readonly<Record<string, readonly [StorageReason, string]>> = {
  ENOENT: ["missing", "there is no such file or directory"],
  NotFound: ["missing", "there is no such file or directory"],
  EEXIST: ["exists", "the name is taken, expected it to be free"],
  AlreadyExists: ["exists", "the name is taken, expected it to be free"],
  EACCES: ["denied", "permission denied, expected the right to do so; check owner and mode"],
  PermissionDenied: [
    "denied",
    "permission denied, expected the right to do so; check owner and mode",
  ],
  EPERM: ["denied", "the system does not permit it; check owner, mode and file system"],
  NotCapable: ["denied", "Deno was not given the permission; see --allow-read and --allow-write"],
  EROFS: ["read-only", "the file system is read-only, expected a writable one"],
  ENOSPC: ["full", "the disk is full, expected free space"],
  EDQUOT: ["full", "the disk quota is used up, expected free space"],
  EFBIG: ["full", "the file would be larger than the system lets it be"],
  EXDEV: ["cross-device", "it is on another file system"],
  ENOTDIR: ["not-a-directory", "a part of the path is no directory"],
  NotADirectory: ["not-a-directory", "a part of the path is no directory"],
  EISDIR: ["other", "it is a directory, expected a file"],
  IsADirectory: ["other", "it is a directory, expected a file"],
  ENOTEMPTY: ["not-empty", "the directory is not empty, expected an empty one"],
  EMLINK: ["no-links", "the file cannot have another name"],
  ENOTSUP: ["no-links", "the file system does not support it"],
  EOPNOTSUPP: ["no-links", "the file system does not support it"],
  ENOSYS: ["no-links", "the file system does not support it"],
};

/** Returns a platform's error as a storage error; `action` completes "Cannot ...", as `read`. */
export function toStorageError(error: unknown, action: string, path: string): StorageError {
  if (error instanceof StorageError) return error;
  const [reason, text] = REASONS[platformCode(error)] ?? ["other", errorText(error)];
  return new StorageError(reason, path, `Cannot ${action} "${printable(path)}": ${text}`, {
    cause: error,
  });
}

/** Runs a step whose errors become storage errors. */
export function withStorageErrors<Result>(
  action: string,
  path: string,
  step: () => Result,
): Result {
  try {
    return step();
  } catch (error) {
    throw toStorageError(error, action, path);
  }
}

const ABSENT = ["ENOENT", "ENOTDIR", "ELOOP", "NotFound", "NotADirectory", "FilesystemLoop"];

/** Returns whether an error says that there is nothing of the wanted kind, links that go in circles included. */
export function isAbsent(error: unknown): boolean {
  return ABSENT.includes(platformCode(error));
}

/** Returns whether an error of reading a link says that the entry is none. */
export function isNoLink(error: unknown): boolean {
  return platformCode(error) === "EINVAL";
}

/** Returns Node's error code or Deno's error class; "" for neither. */
export function platformCode(error: unknown): string {
  if (!(error instanceof Error)) return "";
  if ("code" in error && typeof error.code === "string") return error.code;
  return error.name;
}

function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
