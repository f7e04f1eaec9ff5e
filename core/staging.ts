import { isStorageError } from "./errors.ts";
import type { Clock, TreeReader, TreeWriter } from "./ports.ts";

const PREFIX = ".import-";
/** Work that is older than this is nobody's any more. */
const ABANDONED_MS = 60 * 60 * 1000;

/** Returns the name of the hidden folder in which a version is put together. */
export function stagingName(version: string, now: Date): string {
  return `${PREFIX}${version}-${now.getTime()}`;
}

/**
 * Removes what killed imports left in a product's folder over an hour ago. That loses nothing: until
 * a version is visible, its files have their old names too.
 */
export function cleanStaging(
  ports: { readonly reader: TreeReader; readonly writer: TreeWriter; readonly clock: Clock },
  productFolder: string,
): void {
  const { reader, writer, clock } = ports;
  for (const name of reader.list(productFolder) ?? []) {
    if (!name.startsWith(PREFIX)) continue;
    const folder = `${productFolder}/${name}`;
    const entry = writer.identify(folder);
    if (entry?.kind !== "directory") continue;
    if (entry.mtimeMs > clock.now().getTime() - ABANDONED_MS) continue;
    try {
      for (const file of reader.list(folder) ?? []) writer.removeFile(`${folder}/${file}`);
      writer.removeDirectory(folder);
    } catch (error) {
      // Somebody else's leftovers do not stop this import.
      if (!isStorageError(error)) throw error;
    }
  }
}
