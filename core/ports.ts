import type { YamlNode } from "./format/yaml_node.ts";

/** What the core needs from outside. Types only; `adapters/` has them for Node, Deno and memory. */

/** One directory entry, symbolic links followed. */
export interface FileInfo {
  readonly kind: "file" | "directory" | "other";
  readonly sizeBytes: number;
  /** Whole milliseconds since the epoch, rounded down: the finest unit that Node and Deno share. */
  readonly mtimeMs: number;
  /** Tells files of one size and time apart; 0 where it is not known. */
  readonly inode: number;
}

/**
 * Reading a tree. Synchronous: for many small calls that is two to four times faster than promises.
 * All paths are as the caller gave them, `/` between names.
 */
export interface TreeReader {
  /**
   * The names in a directory, in no particular order; undefined if there is no such directory.
   * @throws {StorageError} when the directory is there and cannot be read
   */
  list(path: string): readonly string[] | undefined;
  /**
   * The entry behind a path; undefined when there is none, or a link that leads nowhere.
   * @throws {StorageError} when it cannot be found out
   */
  stat(path: string): FileInfo | undefined;
  /**
   * The path without any symbolic link in it; undefined when it leads nowhere.
   * @throws {StorageError} when it cannot be found out
   */
  realPath(path: string): string | undefined;
  /**
   * What a symbolic link says, as it is written there; undefined when the entry is none.
   * @throws {StorageError} when it cannot be found out
   */
  readLink(path: string): string | undefined;
  /**
   * A file's text, decoded as UTF-8.
   * @throws {StorageError} `missing` and others
   */
  readText(path: string): string;
  /**
   * A file's bytes.
   * @throws {StorageError} `missing` and others
   */
  readBytes(path: string): Uint8Array;
}

/** Permission bits and owner of a file that is written in place of another. */
export interface FileOwner {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** What an entry is made of, symbolic links not followed: enough to tell hard links of one file. */
export interface EntryIdentity {
  readonly kind: "file" | "directory" | "link" | "other";
  readonly device: number;
  readonly inode: number;
  readonly mtimeMs: number;
  readonly owner: FileOwner;
}

/**
 * Changing a tree, one plain step a call, so that a test can stop at each.
 * Every method throws `StorageError`.
 */
export interface TreeWriter {
  /** The entry itself, symbolic links not followed; undefined when there is none. */
  identify(path: string): EntryIdentity | undefined;
  /** Makes one directory, mode 0755 whatever the umask; `exists` when anything has the name. */
  makeDirectory(path: string): void;
  /** Makes a new file of these pieces; `exists` when anything has the name, a dangling link too. */
  createFile(path: string, pieces: Iterable<string | Uint8Array>, options?: {
    readonly owner?: Partial<FileOwner>;
    /** Whether the bytes are on the disk when the call returns. */
    readonly sync?: boolean;
  }): void;
  /** Gives `to` the entry `from`, in one step, in place of what file was there. */
  rename(from: string, to: string): void;
  /** Gives the file `from` a second name; `no-links` or `cross-device` where that cannot be. */
  link(from: string, to: string): void;
  /** Copies a file's bytes and times to a new file and syncs it. */
  copyFile(from: string, to: string): Promise<void>;
  /** Removes a file or a symbolic link. */
  removeFile(path: string): void;
  /** Removes an empty directory. */
  removeDirectory(path: string): void;
  /** Whether the caller may add and remove names in a directory. */
  isWritableDirectory(path: string): boolean;
  /** Makes earlier creates, renames and removals in a directory survive a power cut. */
  syncDirectory(path: string): void;
}

/** A version's files to digest in one pass: `own` digests, and root files after each metadata file. */
export interface HashJob {
  readonly metadata: readonly string[];
  readonly roots: readonly string[];
  readonly sizeBytes: number;
}

/** A file's digest, 64 lower-case hex digits, how many bytes were read, and its time stamp after that. */
export interface FileDigest {
  readonly sha256: string;
  readonly sizeBytes: number;
  /** Whole milliseconds, as `FileInfo` has them; -1 when the name leads to another size by now. */
  readonly mtimeMs: number;
}

/** A root file's digests; `combined[i]` is sha256(metadata file i, then this file). */
export interface RootDigest extends FileDigest {
  readonly combined: readonly string[];
}

/**
 * What came of a job: digests in the order of its files, or the file that could not be read or, as a
 * root, ends before the image that is in it.
 */
export type HashOutcome =
  | { readonly metadata: readonly FileDigest[]; readonly roots: readonly RootDigest[] }
  | { readonly unreadable: string; readonly reason: string };

/** Digests files. Each file is read once, whatever number of digests it is part of. */
export interface Hasher {
  /** Calls `onOutcome` once for each job, in any order, with its place in `jobs`. */
  hash(jobs: readonly HashJob[], options: {
    /** Upper limit of jobs at one time; a whole number from 1. */
    readonly concurrency: number;
    readonly onOutcome: (job: number, outcome: HashOutcome) => void;
    /** Called now and then with bytes read since the last call. */
    readonly onBytes?: (sizeBytes: number) => void;
  }): Promise<void>;
}

/** The time of day. */
export interface Clock {
  now(): Date;
  /** Lets other work of the process have its turn: timers, signals, requests. */
  turn(): Promise<void>;
}

/** A lock that is held. */
export interface HeldLock {
  /** Gives it back; safe to call twice. */
  release(): void;
}

/**
 * What a lock is for, each independent of the other: `index` for all that makes and publishes
 * documents, which may take minutes, and `settings` for the files that people edit.
 */
export type LockName = "index" | "settings";

/** Which lock to take, and how long to wait for it. */
export interface LockOptions {
  readonly waitMs: number;
  /** `index` when it is not given. */
  readonly name?: LockName;
}

/** Mutual exclusion between processes on one host. */
export interface Locker {
  /**
   * Takes a lock of a directory, which must exist.
   * @throws {SimplestreamsError} `LOCKED` when another live run still holds it after `waitMs`
   */
  acquire(directory: string, options: LockOptions): Promise<HeldLock>;
}

/** Reads settings files in YAML. */
export interface YamlReader {
  /**
   * Returns the document in a text, with every scalar as the text that is written there.
   *
   * @param path the file's name, for errors
   * @throws {FormatError} with line and column, when it is not YAML
   */
  read(text: string, path: string): Promise<YamlNode>;
}

/** Reads some bytes of files, by which they are told apart. */
export interface ByteReader {
  /**
   * A file's bytes from a place on, fewer at its end and none behind it.
   * @throws {StorageError} when there is no file that can be read
   */
  readAt(path: string, place: number, sizeBytes: number): Uint8Array;
}

/** Changes image.yaml, the file of a product's settings. */
export interface AliasEditor {
  /**
   * The text with aliases added to its list `aliases`, or to `add` in it, each once; all else stays
   * as it is. A file that is not there is made of `undefined`.
   * @throws {FormatError} when the text has no place for a list of aliases
   */
  addAliases(text: string | undefined, aliases: readonly string[], path: string): Promise<string>;
}

/** How far long work is; totals are known from the first call on. */
export interface Progress {
  readonly files: number;
  readonly totalFiles: number;
  readonly bytes: number;
  readonly totalBytes: number;
}
