import { FormatError, StorageError } from "./errors.ts";
import { type Finding, sortFindings, warning } from "./format/finding.ts";
import { type SelectedFiles, selectFiles } from "./format/image_files.ts";
import { type ImageMetadata, parseImageMetadata } from "./format/image_metadata.ts";
import { IMAGES_STREAM } from "./format/stream.ts";
import { productPath } from "./format/model.ts";
import { removeNote } from "./import_note.ts";
import { resolveImportRoot } from "./import_root.ts";
import { requireUnpublished } from "./require_unpublished.ts";
import { checkArchitecture, readDocument } from "./metadata_document.ts";
import { type PlacedVersion, placeVersion, planPlaced, removeSources } from "./place_version.ts";
import type { MetadataReader } from "./archive_ports.ts";
import type { Clock, TreeReader, TreeWriter } from "./ports.ts";

/** What an import needs from outside. */
export interface ImportPorts {
  readonly reader: TreeReader;
  readonly writer: TreeWriter;
  readonly metadata: MetadataReader;
  readonly clock: Clock;
}

/** What an import does. */
export interface ImportPlan extends PlacedVersion {
  readonly findings: readonly Finding[];
}

/**
 * Returns what importing the image in a directory would do; changes nothing.
 *
 * @param places `source`: the directory with the image's files; `root`: where to, or its images folder
 * @throws {StorageError} when the source or root is missing, or cannot be read or emptied
 * @throws {FormatError} when an archive is broken or metadata.yaml is not usable
 * @throws {SimplestreamsError} `EXISTS` when the version is there already; `REFUSED` when its files
 * are published in another version
 */
export async function planImport(
  ports: ImportPorts,
  places: { readonly source: string; readonly root: string },
): Promise<ImportPlan> {
  const { reader, writer } = ports;
  const { source } = places;
  const root = resolveImportRoot(reader, places.root);
  const files = findFiles(reader, source);
  // Beside metadata a unified image says nothing new
  const [first, ...others] = files.metadata.length > 0 ? files.metadata : files.unified;
  if (first === undefined) {
    const expected = "incus.tar.xz or lxd.tar.xz, or a unified image such as incus_combined.tar.gz";
    throw missingPart(source, "metadata", expected);
  }
  const findings: Finding[] = files.passedOver.map(([loser, winner]) =>
    warning("SPELLED_TWICE", `${source}/${loser}`, `is not imported, as ${winner} is there too`)
  );
  const read = async ([row, file]: (typeof others)[number]) => {
    const path = `${source}/${file.name}`;
    const { document, findings: found } = await readDocument(ports, path, {
      isImage: row.role === "unified",
    });
    findings.push(...found);
    return parseImageMetadata(document, path);
  };
  const metadata = await read(first);
  for (const one of others) {
    const [, file] = one;
    const other = await read(one);
    findings.push(...compareMetadata(metadata, other, `${source}/${file.name}`));
  }
  const place = { ...metadata, stream: IMAGES_STREAM };
  findings.push(...checkArchitecture(place));
  const folder = `${productPath(place)}/${metadata.version}`;
  const moves = [...files.metadata, ...files.roots, ...files.unified].map(([row, file]) => ({
    from: `${source}/${file.name}`,
    to: row.storedName,
  }));
  const placed = planPlaced(ports, { root, folder, moves }, `import "${source}"`);
  const isUnified = files.unified.length > 0 && files.metadata.length === 0;
  if (!placed.isResumed && files.roots.length === 0 && !isUnified) {
    throw missingPart(source, "root", "root.tar.xz, root.squashfs, their rootfs.* or disk.qcow2");
  }
  if (!writer.isWritableDirectory(source)) {
    throw new StorageError(
      "denied",
      source,
      `Cannot import "${source}": it cannot be written to, expected a directory that files can be moved out of`,
    );
  }
  await requireUnpublished(ports, root, moves.map(({ from }) => from), {
    advice: "simplestreams add copies it",
  });
  return { ...placed, findings: sortFindings(findings) };
}

/**
 * Imports as planned: as `placeVersion` does it, and only then the old names go. Killed anywhere, no
 * file is lost and no half version can be seen. The caller holds the root's lock.
 *
 * @throws {StorageError} with the source as it was, unless the message says that only old names are left
 */
export async function applyImport(ports: ImportPorts, plan: ImportPlan): Promise<void> {
  await placeVersion(ports, plan, { keepSources: false });
  removeSources(ports.writer, plan);
  removeNote(ports.writer, plan.root);
}

function findFiles(reader: TreeReader, source: string): SelectedFiles<{ readonly name: string }> {
  const names = reader.list(source);
  if (names === undefined) {
    throw new StorageError(
      "missing",
      source,
      `Cannot import "${source}": there is no such directory, expected one with an image's files`,
    );
  }
  const files = selectFiles([...names].sort().map((name) => ({ name })));
  for (const [, { name }] of [...files.metadata, ...files.roots, ...files.unified]) {
    const kind = reader.stat(`${source}/${name}`)?.kind ?? "link that leads nowhere";
    if (kind === "file") continue;
    throw new FormatError(
      `Cannot import "${source}/${name}": found a ${kind}, expected a file`,
      { path: `${source}/${name}` },
    );
  }
  return files;
}

function compareMetadata(
  first: ImageMetadata,
  other: ImageMetadata,
  path: string,
): readonly Finding[] {
  const names = ["os", "release", "arch", "variant", "version"] as const;
  return names.filter((name) => first[name] !== other[name]).map((name) =>
    warning(
      "METADATA_DIFFERS",
      path,
      `its ${name} is "${other[name]}", and "${
        first[name]
      }" in the other metadata file, which counts`,
    )
  );
}

function missingPart(source: string, part: string, expected: string): StorageError {
  return new StorageError(
    "missing",
    source,
    `Cannot import "${source}": there is no ${part} file in it, expected ${expected}`,
  );
}
