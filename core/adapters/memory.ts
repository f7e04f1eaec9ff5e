import { StorageError, type StorageReason } from "../errors.ts";
import type { Clock, EntryIdentity, TreeReader, TreeWriter } from "../ports.ts";

interface MemoryEntry {
  readonly kind: "file" | "directory";
  readonly inode: number;
  bytes: Uint8Array;
  /** What a power cut leaves of the bytes. */
  durable: Uint8Array;
  mtimeMs: number;
  owner: { mode: number; uid: number; gid: number };
}

const NO_BYTES = new Uint8Array();

/** A file system in memory, for tests: it has hard links, time stamps, and can lose its power. */
export class MemoryTree implements TreeReader, TreeWriter {
  readonly #entries = new Map<string, MemoryEntry>();
  #inodes = 0;

  /**
   * @param clock gives new entries their time stamps
   * @param onChange called before each change; what it throws happens instead of the change
   */
  constructor(
    readonly clock: Clock,
    public onChange: (change: string) => void = () => {},
  ) {
    this.#add("/", "directory", NO_BYTES);
  }

  /** Makes a file, and the folders above it, that have been there for long. */
  put(path: string, content: string, options: { readonly mtimeMs?: number } = {}): void {
    const parts = path.split("/").slice(1, -1);
    parts.forEach((_, index) => {
      const folder = `/${parts.slice(0, index + 1).join("/")}`;
      if (!this.#entries.has(folder)) this.#add(folder, "directory", NO_BYTES);
    });
    const entry = this.#add(path, "file", new TextEncoder().encode(content));
    entry.durable = entry.bytes;
    entry.mtimeMs = options.mtimeMs ?? 0;
  }

  /** All files with their content, sorted by path. */
  files(): ReadonlyMap<string, string> {
    const files = [...this.#entries].filter(([, entry]) => entry.kind === "file");
    return new Map(
      files.sort(([a], [b]) => a < b ? -1 : 1).map(([path, entry]) => [
        path,
        new TextDecoder().decode(entry.bytes),
      ]),
    );
  }

  /** Loses all bytes that were not synced, as a power cut may. */
  cutPower(): void {
    for (const entry of this.#entries.values()) entry.bytes = entry.durable;
  }

  list(path: string): readonly string[] | undefined {
    if (this.#entries.get(clean(path))?.kind !== "directory") return undefined;
    const prefix = clean(path) === "/" ? "/" : `${clean(path)}/`;
    return [...this.#entries.keys()].filter((name) =>
      name !== "/" && name.startsWith(prefix) && !name.slice(prefix.length).includes("/")
    ).map((name) => name.slice(prefix.length));
  }

  stat(path: string) {
    const entry = this.#entries.get(clean(path));
    if (entry === undefined) return undefined;
    return {
      kind: entry.kind,
      sizeBytes: entry.bytes.length,
      mtimeMs: entry.mtimeMs,
      inode: entry.inode,
    };
  }

  realPath(path: string): string | undefined {
    return this.#entries.has(clean(path)) ? clean(path) : undefined;
  }

  /** There are no symbolic links. */
  readLink(_path: string): undefined {}

  readBytes(path: string): Uint8Array {
    const entry = this.#entries.get(clean(path));
    if (entry?.kind !== "file") throw storageError("missing", "read", path);
    return entry.bytes;
  }

  readText(path: string): string {
    return new TextDecoder().decode(this.readBytes(path));
  }

  identify(path: string): EntryIdentity | undefined {
    const entry = this.#entries.get(clean(path));
    if (entry === undefined) return undefined;
    const { kind, inode, mtimeMs, owner } = entry;
    return { kind, device: 1, inode, mtimeMs, owner };
  }

  makeDirectory(path: string): void {
    this.#requireFree("make the directory", path);
    this.#change("makeDirectory", path);
    this.#add(path, "directory", NO_BYTES);
  }

  createFile(
    path: string,
    pieces: Iterable<string | Uint8Array>,
    options: Parameters<TreeWriter["createFile"]>[2] = {},
  ): void {
    this.#requireFree("write", path);
    this.#change("createFile", path);
    const entry = this.#add(path, "file", NO_BYTES);
    entry.owner = { ...entry.owner, ...options.owner };
    try {
      for (const bytes of encodePieces(pieces)) {
        this.#change("write", path);
        entry.bytes = Buffer.concat([entry.bytes, bytes]);
      }
      if (!options.sync) return;
      this.#change("sync", path);
      entry.durable = entry.bytes;
    } catch (error) {
      // What stops the process stops the tidying up too.
      if (error instanceof StorageError || error instanceof PiecesError) {
        this.#entries.delete(clean(path));
      }
      throw error;
    }
  }

  rename(from: string, to: string): void {
    const source = this.#entries.get(clean(from));
    const target = this.#entries.get(clean(to));
    if (source === undefined) throw storageError("missing", "rename", from);
    if (target?.kind === "directory" && this.list(to)?.length !== 0) {
      throw storageError("not-empty", "rename to", to);
    }
    this.#change("rename", to);
    for (const [path, entry] of [...this.#entries]) {
      if (path !== clean(from) && !path.startsWith(`${clean(from)}/`)) continue;
      this.#entries.delete(path);
      this.#entries.set(clean(to) + path.slice(clean(from).length), entry);
    }
    this.#touchParent(from);
    this.#touchParent(to);
  }

  link(from: string, to: string): void {
    this.#requireFree("link to", to);
    const entry = this.#entries.get(clean(from));
    if (entry === undefined) throw storageError("missing", "link", from);
    this.#change("link", to);
    this.#entries.set(clean(to), entry);
    this.#touchParent(to);
  }

  copyFile(from: string, to: string): Promise<void> {
    this.createFile(to, [this.readBytes(from)], { sync: true });
    return Promise.resolve();
  }

  removeFile(path: string): void {
    if (this.#entries.get(clean(path))?.kind !== "file") {
      throw storageError("missing", "remove", path);
    }
    this.#change("removeFile", path);
    this.#entries.delete(clean(path));
    this.#touchParent(path);
  }

  removeDirectory(path: string): void {
    const names = this.list(path);
    if (names === undefined) throw storageError("missing", "remove", path);
    if (names.length > 0) throw storageError("not-empty", "remove", path);
    this.#change("removeDirectory", path);
    this.#entries.delete(clean(path));
    this.#touchParent(path);
  }

  isWritableDirectory(path: string): boolean {
    return this.list(path) !== undefined;
  }

  syncDirectory(path: string): void {
    if (this.list(path) === undefined) throw storageError("missing", "sync", path);
    this.#change("syncDirectory", path);
  }

  #change(step: string, path: string): void {
    this.onChange(`${step} ${path}`);
  }

  #requireFree(action: string, path: string): void {
    if (this.#entries.has(clean(path))) throw storageError("exists", action, path);
    const parent = clean(path).replace(/\/[^/]*$/, "") || "/";
    if (this.list(parent) === undefined) throw storageError("missing", action, path);
  }

  #add(path: string, kind: MemoryEntry["kind"], bytes: Uint8Array): MemoryEntry {
    const entry: MemoryEntry = {
      kind,
      bytes,
      inode: ++this.#inodes,
      durable: NO_BYTES,
      mtimeMs: this.clock.now().getTime(),
      owner: { mode: kind === "file" ? 0o644 : 0o755, uid: 0, gid: 0 },
    };
    this.#entries.set(clean(path), entry);
    this.#touchParent(path);
    return entry;
  }

  #touchParent(path: string): void {
    const parent = this.#entries.get(clean(path).replace(/\/[^/]*$/, "") || "/");
    if (parent !== undefined) parent.mtimeMs = this.clock.now().getTime();
  }
}

/** The caller's pieces ended in an error; the file system is well. */
class PiecesError extends Error {}

function* encodePieces(pieces: Iterable<string | Uint8Array>): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  try {
    for (const piece of pieces) yield typeof piece === "string" ? encoder.encode(piece) : piece;
  } catch (error) {
    throw new PiecesError("The pieces of a file ended in an error", { cause: error });
  }
}

/** Returns the error that a file system would give. */
export function storageError(reason: StorageReason, action: string, path: string): StorageError {
  return new StorageError(reason, path, `Cannot ${action} "${path}": ${reason}`);
}

function clean(path: string): string {
  return path.length > 1 ? path.replace(/\/+$/, "") : path;
}
