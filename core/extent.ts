import type { TreeReader, TreeWriter } from "./ports.ts";

/** How much something takes, and when anything in it last changed. */
export interface Extent {
  readonly sizeBytes: number;
  readonly newestMs: number;
}

/**
 * Returns the extent of a file, a link or a folder with all that is in it.
 *
 * @throws {StorageError} when something in it cannot be looked at
 */
export function extentOf(
  ports: { readonly reader: TreeReader; readonly writer: Pick<TreeWriter, "identify"> },
  path: string,
): Extent {
  const { reader, writer } = ports;
  const entry = writer.identify(path);
  if (entry === undefined) return { sizeBytes: 0, newestMs: 0 };
  const { kind, mtimeMs } = entry;
  if (kind !== "directory") {
    const sizeBytes = kind === "file" ? reader.stat(path)?.sizeBytes ?? 0 : 0;
    return { sizeBytes, newestMs: mtimeMs };
  }
  const inside = (reader.list(path) ?? []).map((name) => extentOf(ports, `${path}/${name}`));
  return {
    sizeBytes: inside.reduce((sum, one) => sum + one.sizeBytes, 0),
    newestMs: inside.reduce((newest, one) => Math.max(newest, one.newestMs), mtimeMs),
  };
}
