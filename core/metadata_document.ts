import { canonicalArchitecture } from "./format/architecture.ts";
import { type Finding, warning } from "./format/finding.ts";
import { productPath, type ProductPlace } from "./format/model.ts";
import type { MetadataReader } from "./archive_ports.ts";

/**
 * Returns what is in an archive's metadata.yaml, of unknown shape, and what is odd about the archive.
 *
 * @throws {FormatError} when the archive is broken or has none
 * @throws {StorageError} when it cannot be read
 */
export async function readDocument(
  ports: { readonly metadata: MetadataReader },
  path: string,
  options: { readonly isImage?: boolean } = {},
): Promise<{ readonly document: unknown; readonly findings: readonly Finding[] }> {
  const { document, trailingBytes } = await ports.metadata.read(path, options);
  if (trailingBytes === 0) return { document, findings: [] };
  const message =
    `has ${trailingBytes} bytes after the end of the archive: LXD cannot launch from such a file; pack it again`;
  return { document, findings: [warning("TRAILING_BYTES", path, message)] };
}

/** Returns a finding about a product that is to be made and that no client would look at. */
export function checkArchitecture(name: ProductPlace): readonly Finding[] {
  if (canonicalArchitecture(name.arch) !== undefined) return [];
  return [warning(
    "ARCHITECTURE_UNKNOWN",
    productPath(name),
    `no client knows the architecture "${name.arch}", so all skip this product`,
  )];
}
