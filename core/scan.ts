import { CHECKSUMS_NAME } from "./format/checksums.ts";
import { type Finding, warning } from "./format/finding.ts";
import { isPassedOver } from "./format/passed_over.ts";
import { mayBeImageFile } from "./format/image_files.ts";
import { IMAGE_SETTINGS_NAME } from "./format/image_settings.ts";
import { ITEMS_CACHE_NAME } from "./format/items_cache.ts";
import type { ProductPlace } from "./format/model.ts";
import { REQUIREMENTS_FILES } from "./format/requirements.ts";
import { SETTINGS_FILES } from "./format/settings_files.ts";
import { whyPathUnusable } from "./format/text.ts";
import { isStorageError } from "./errors.ts";
import type { Clock, TreeReader } from "./ports.ts";
import type { ScanHints } from "./scan_hints.ts";
import type { SettingsFile } from "./settings.ts";
import { leadsToSelected, type Selection } from "./selection.ts";

/** A file that is part of an image or says something of it, as it lies in the tree. */
export interface ScannedFile {
  readonly name: string;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
  readonly inode: number;
}

/** A version's folder; nothing is said yet about whether it can be published. */
export interface ScannedVersion {
  readonly name: string;
  readonly files: readonly ScannedFile[];
  /** Whether there is a fingerprint cache in it. */
  readonly hasCache: boolean;
  /** When a name last came to its folder or went. */
  readonly folderMtimeMs: number;
  /** What cannot be read in it. */
  readonly findings: readonly Finding[];
}

/** A product's folder with its versions, sorted by name. */
export interface ScannedProduct extends ProductPlace {
  readonly versions: readonly ScannedVersion[];
}

/** The folder of a stream as it was found. */
export interface ScannedTree {
  readonly stream: string;
  /** Whether there is such a folder. */
  readonly isThere: boolean;
  /** In the order of their folders. */
  readonly products: readonly ScannedProduct[];
  readonly settings: readonly SettingsFile[];
  /** What is wrong above the versions. */
  readonly findings: readonly Finding[];
}

/** What is looked at, and what need not be. */
export interface ScanOptions {
  readonly stream: string;
  readonly hints?: ScanHints;
  /** The products that are looked for; all when it is not there. */
  readonly selection?: Selection;
  /** Whether a version's folder, or a file in one, has left the documents; it is passed over then. */
  readonly isWithdrawn?: PathTest;
}

/** Says yes or no to a path relative to the root. */
export type PathTest = (path: string) => boolean;

/** How many products are read before other work of the process gets its turn. */
const PRODUCTS_A_TURN = 250;
const LEVELS = ["os", "release", "arch", "variant"] as const;
const REQUIREMENTS_NAMES = Object.values(REQUIREMENTS_FILES);
const NO_HINTS: ScanHints = new Map();
/** Files of a version that are no part of an image, and say something of it. */
const VERSION_FILES: readonly string[] = [IMAGE_SETTINGS_NAME, CHECKSUMS_NAME];

/**
 * Returns what lies in a stream's folder, four folders deep and then the versions; digests nothing.
 * Some names are passed over (`isPassedOver`).
 * A folder that the hints know and that has its old time stamp is not listed; its files are looked
 * at all the same. With a selection only folders in it, and those above, are entered.
 *
 * @throws {StorageError} when a folder above the versions cannot be read: publishing without it
 * would take images away from clients
 */
export async function scanTree(
  ports: { readonly reader: TreeReader; readonly clock: Clock },
  root: string,
  options: ScanOptions,
): Promise<ScannedTree> {
  const { reader, clock } = ports;
  const { stream, hints = NO_HINTS, selection, isWithdrawn = () => false } = options;
  const products: ScannedProduct[] = [];
  const settings: SettingsFile[] = [];
  const findings: Finding[] = [];
  let turn = 0;

  async function descend(folder: string, names: readonly string[]): Promise<void> {
    const entries = reader.list(`${root}/${folder}`);
    if (entries === undefined) return;
    if (names.length > 0) readSettings(folder, entries);
    const [os, release, arch, variant] = names;
    if (
      os !== undefined && release !== undefined && arch !== undefined && variant !== undefined
    ) {
      products.push({
        stream,
        os,
        release,
        arch,
        variant,
        versions: scanVersions(folder, entries),
      });
      if (++turn % PRODUCTS_A_TURN === 0) await clock.turn();
      return;
    }
    if (names.length === 0) reportMisplaced(folder, entries, SETTINGS_FILES, findings);
    for (const name of visible(entries)) {
      const path = `${folder}/${name}`;
      if (selection !== undefined && !leadsToSelected(selection, path)) continue;
      const reason = whyProductNameUnusable(name);
      if (reason === undefined) await descend(path, [...names, name]);
      else if (reader.stat(`${root}/${path}`)?.kind === "directory") {
        const level = LEVELS[names.length] ?? "name";
        findings.push(warning("NAME_UNUSABLE", path, `this ${level} is left out: ${reason}`));
      }
    }
  }

  function readSettings(folder: string, entries: readonly string[]): void {
    for (const name of SETTINGS_FILES) {
      if (!entries.includes(name)) continue;
      settings.push({ folder, name, text: reader.readText(`${root}/${folder}/${name}`) });
    }
  }

  function scanVersions(folder: string, entries: readonly string[]): readonly ScannedVersion[] {
    const versions: ScannedVersion[] = [];
    for (const name of visible(entries)) {
      const path = `${folder}/${name}`;
      if (isWithdrawn(path)) continue;
      const version = scanKnown(reader, root, path, { hints, isWithdrawn }) ??
        scanVersion(reader, root, path, isWithdrawn);
      if (version !== undefined) versions.push({ name, ...version });
    }
    return versions;
  }

  await descend(stream, []);
  return {
    stream,
    isThere: reader.stat(`${root}/${stream}`)?.kind === "directory",
    products,
    settings,
    findings,
  };
}

/** A version whose folder has the names that it had; undefined when it must be listed. */
function scanKnown(
  reader: TreeReader,
  root: string,
  folder: string,
  { hints, isWithdrawn }: { readonly hints: ScanHints; readonly isWithdrawn: PathTest },
): Omit<ScannedVersion, "name"> | undefined {
  const known = hints.get(folder);
  if (known === undefined) return undefined;
  if (reader.stat(`${root}/${folder}`)?.mtimeMs !== known.mtimeMs) return undefined;
  const files: ScannedFile[] = [];
  for (const name of known.names) {
    if (isWithdrawn(`${folder}/${name}`)) return undefined;
    const info = reader.stat(`${root}/${folder}/${name}`);
    if (info?.kind !== "file") return undefined;
    files.push({ name, sizeBytes: info.sizeBytes, mtimeMs: info.mtimeMs, inode: info.inode });
  }
  return { files, hasCache: known.hasCache, folderMtimeMs: known.mtimeMs, findings: [] };
}

/** Returns what is in a version's folder; undefined when it is none. */
export function scanVersion(
  reader: TreeReader,
  root: string,
  folder: string,
  isWithdrawn: PathTest,
): Omit<ScannedVersion, "name"> | undefined {
  const findings: Finding[] = [];
  const files: ScannedFile[] = [];
  // Looked at before the names are: one that comes in between makes the folder younger than this.
  const info = reader.stat(`${root}/${folder}`);
  if (info?.kind !== "directory") return undefined;
  let folderMtimeMs = info.mtimeMs;
  let entries: readonly string[] | undefined;
  try {
    entries = reader.list(`${root}/${folder}`);
  } catch (error) {
    if (!isStorageError(error, "denied")) throw error;
    findings.push(warning("FILE_UNREADABLE", folder, `left out: ${error.message}`));
    return { files, hasCache: false, folderMtimeMs, findings };
  }
  if (entries === undefined) return undefined;
  let hasCache = false;
  for (const name of entries) {
    if (name === ITEMS_CACHE_NAME) hasCache = true;
    if (name.startsWith(".")) reportMisplaced(folder, [name], REQUIREMENTS_NAMES, findings);
    if (!mayBeImageFile(name) && !VERSION_FILES.includes(name)) continue;
    if (isWithdrawn(`${folder}/${name}`)) {
      // Not to be known the next time: the file may count again while its folder stays as it is.
      folderMtimeMs = 0;
      continue;
    }
    const info = reader.stat(`${root}/${folder}/${name}`);
    if (info?.kind === "file") {
      files.push({ name, sizeBytes: info.sizeBytes, mtimeMs: info.mtimeMs, inode: info.inode });
    } else {
      const found = info === undefined ? "a link that leads nowhere" : `a ${info.kind}`;
      const path = `${folder}/${name}`;
      findings.push(warning("FILE_UNREADABLE", path, `passed over: ${found}, expected a file`));
    }
  }
  files.sort((a, b) => a.name < b.name ? -1 : 1);
  return { files, hasCache, folderMtimeMs, findings };
}

function reportMisplaced(
  folder: string,
  entries: readonly string[],
  names: readonly string[],
  findings: Finding[],
): void {
  for (const name of names) {
    if (!entries.includes(name)) continue;
    findings.push(warning(
      "SETTINGS_MISPLACED",
      `${folder}/${name}`,
      "is not read here; expected in an os, release, arch or variant folder",
    ));
  }
}

function visible(entries: readonly string[]): readonly string[] {
  return entries.filter((name) => !isPassedOver(name)).sort();
}

function whyProductNameUnusable(name: string): string | undefined {
  // A colon would make two folders one id: a:b/c/d/e and a/b:c/d/e.
  if (name.includes(":")) return `a ":" would make the product's id ambiguous`;
  return whyPathUnusable(name);
}
