import { FormatError, isStorageError, SimplestreamsError, StorageError } from "./errors.ts";
import { canonicalArchitecture } from "./format/architecture.ts";
import { type Finding, sortFindings, warning } from "./format/finding.ts";
import { type SelectedFiles, selectFiles } from "./format/image_files.ts";
import { type ImageMetadata, parseImageMetadata } from "./format/image_metadata.ts";
import { IMAGES_STREAM } from "./format/stream.ts";
import { productPath } from "./format/model.ts";
import type { Clock, MetadataReader, TreeReader, TreeWriter } from "./ports.ts";
import { makeFolders } from "./publish.ts";
import { isVisibleAlready, removeNote, writeNote } from "./import_note.ts";
import { resolveImportRoot } from "./import_root.ts";
import { cleanStaging, stagingName } from "./staging.ts";

/** What an import needs from outside. */
export interface ImportPorts {
  readonly reader: TreeReader;
  readonly writer: TreeWriter;
  readonly metadata: MetadataReader;
  readonly clock: Clock;
}

/** One file of an import: where it is, and the name that it gets. */
export interface ImportMove {
  readonly from: string;
  readonly to: string;
}

/** What an import does. */
export interface ImportPlan {
  /** The directory with `images/` in it. */
  readonly root: string;
  /** The version's folder relative to it. */
  readonly folder: string;
  readonly moves: readonly ImportMove[];
  readonly findings: readonly Finding[];
  /** Whether an earlier run was killed between publishing this version and removing the sources. */
  readonly isResumed: boolean;
}

/**
 * Returns what importing the image in a directory would do; changes nothing.
 *
 * @param places `source`: the directory with the image's files; `root`: where to, or its images folder
 * @throws {StorageError} when the source or root is missing, or cannot be read or emptied
 * @throws {FormatError} when an archive is broken or metadata.yaml is not usable
 * @throws {SimplestreamsError} `EXISTS` when the version is there already
 */
export async function planImport(
  ports: ImportPorts,
  places: { readonly source: string; readonly root: string },
): Promise<ImportPlan> {
  const { reader, writer } = ports;
  const { source } = places;
  const root = resolveImportRoot(reader, places.root);
  const files = findFiles(reader, source);
  const [first, ...others] = files.metadata;
  if (first === undefined) throw missingPart(source, "metadata", "incus.tar.xz or lxd.tar.xz");
  const findings: Finding[] = files.passedOver.map(([loser, winner]) =>
    warning("SPELLED_TWICE", `${source}/${loser}`, `is not imported, as ${winner} is there too`)
  );
  const metadata = await readMetadata(ports, `${source}/${first[1].name}`, findings);
  for (const [, file] of others) {
    const other = await readMetadata(ports, `${source}/${file.name}`, findings);
    findings.push(...compareMetadata(metadata, other, `${source}/${file.name}`));
  }
  const place = { ...metadata, stream: IMAGES_STREAM };
  const folder = `${productPath(place)}/${metadata.version}`;
  if (canonicalArchitecture(metadata.arch) === undefined) {
    findings.push(warning(
      "ARCHITECTURE_UNKNOWN",
      productPath(place),
      `no client knows the architecture "${metadata.arch}", so all skip this product`,
    ));
  }
  const moves = [...files.metadata, ...files.roots].map(([row, file]) => ({
    from: `${source}/${file.name}`,
    to: row.storedName,
  }));
  const target = `${root}/${folder}`;
  const isResumed = isVisibleAlready(ports, { root, folder, moves });
  if (!isResumed && files.roots.length === 0) {
    throw missingPart(source, "root", "root.tar.xz, root.squashfs, their rootfs.* or disk.qcow2");
  }
  if (!isResumed && writer.identify(target) !== undefined) {
    throw new SimplestreamsError(
      "EXISTS",
      `Cannot import "${source}": "${target}" is there already, expected a version that is new; ` +
        "remove that folder first to replace it",
    );
  }
  if (!writer.isWritableDirectory(source)) {
    throw new StorageError(
      "denied",
      source,
      `Cannot import "${source}": it cannot be written to, expected a directory that files can be moved out of`,
    );
  }
  return { root, folder, moves, findings: sortFindings(findings), isResumed };
}

/**
 * Imports as planned. The files get their new names in a hidden folder first, and one rename makes the
 * version visible; only then their old names go. Killed anywhere, no file is lost and no half version
 * can be seen. The caller holds the root's lock.
 *
 * @throws {StorageError} with the source as it was, unless the message says that only old names are left
 */
export async function applyImport(ports: ImportPorts, plan: ImportPlan): Promise<void> {
  const { writer } = ports;
  const target = `${plan.root}/${plan.folder}`;
  if (!plan.isResumed) {
    const slash = plan.folder.lastIndexOf("/");
    const parent = `${plan.root}/${plan.folder.slice(0, slash)}`;
    makeFolders(writer, plan.root, plan.folder.slice(0, slash));
    cleanStaging(ports, parent);
    const staging = `${parent}/${stagingName(plan.folder.slice(slash + 1), ports.clock.now())}`;
    await fillStaging(ports, plan, { staging, target });
  }
  // The first metadata file goes last: as long as it is there, a killed run can be finished by another.
  for (const { from } of [...plan.moves].reverse()) removeSource(writer, from, target);
  removeNote(writer, plan.root);
}

async function fillStaging(
  ports: ImportPorts,
  plan: ImportPlan,
  folders: { readonly staging: string; readonly target: string },
): Promise<void> {
  const { writer } = ports;
  const { staging, target } = folders;
  writer.makeDirectory(staging);
  try {
    let copies = 0;
    for (const { from, to } of plan.moves) {
      if (await giveName(writer, from, `${staging}/${to}`) === "copy") copies++;
    }
    writer.syncDirectory(staging);
    if (copies > 0) writeNote(writer, plan);
    writer.rename(staging, target);
  } catch (error) {
    discardStaging(writer, plan, staging);
    throw error;
  }
  writer.syncDirectory(target.slice(0, target.lastIndexOf("/")));
}

/** A second name for the file, so that the first stays good until the end; a copy where that cannot be. */
async function giveName(writer: TreeWriter, from: string, to: string): Promise<"link" | "copy"> {
  // A symbolic link would lead nowhere from its new place, so what it leads to is copied.
  if (writer.identify(from)?.kind === "file") {
    try {
      writer.link(from, to);
      return "link";
    } catch (error) {
      if (!isStorageError(error, "cross-device", "no-links")) throw error;
    }
  }
  await writer.copyFile(from, to);
  return "copy";
}

function discardStaging(writer: TreeWriter, plan: ImportPlan, staging: string): void {
  try {
    for (const { to } of plan.moves) {
      if (writer.identify(`${staging}/${to}`) !== undefined) writer.removeFile(`${staging}/${to}`);
    }
    writer.removeDirectory(staging);
  } catch {
    // The first error is the one to tell; a later import removes what is left here.
  }
}

function removeSource(writer: TreeWriter, from: string, target: string): void {
  try {
    if (writer.identify(from) !== undefined) writer.removeFile(from);
  } catch (error) {
    if (!isStorageError(error)) throw error;
    throw new StorageError(
      error.reason,
      from,
      `Cannot finish the import: "${target}" is complete, but an old name of one of its files is ` +
        `left over. ${error.message}`,
      { cause: error },
    );
  }
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
  for (const [, { name }] of [...files.metadata, ...files.roots]) {
    const kind = reader.stat(`${source}/${name}`)?.kind ?? "link that leads nowhere";
    if (kind === "file") continue;
    throw new FormatError(
      `Cannot import "${source}/${name}": found a ${kind}, expected a file`,
      { path: `${source}/${name}` },
    );
  }
  return files;
}

async function readMetadata(
  ports: ImportPorts,
  path: string,
  findings: Finding[],
): Promise<ImageMetadata> {
  const { document, trailingBytes } = await ports.metadata.read(path);
  if (trailingBytes > 0) {
    findings.push(warning(
      "TRAILING_BYTES",
      path,
      `has ${trailingBytes} bytes after the end of the archive: LXD cannot launch from such a file; pack it again`,
    ));
  }
  return parseImageMetadata(document, path);
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
