import { BadFilesError, FormatError, isStorageError } from "./errors.ts";
import { CHECKSUMS_NAME, parseChecksums } from "./format/checksums.ts";
import { type Finding, warning } from "./format/finding.ts";
import { IMAGE_SETTINGS_NAME, parseImageSettings } from "./format/image_settings.ts";
import { requireUtf8 } from "./format/utf8.ts";
import type { YamlNode } from "./format/yaml_node.ts";
import type { TreeReader, YamlReader } from "./ports.ts";
import type { VersionSettings } from "./settings.ts";

/** What files beside a version's image say of it. */
export interface VersionNotes {
  /** Its image.yaml, if there is one. */
  readonly settings?: VersionSettings;
  /** What in there does nothing. */
  readonly settingsFindings: readonly Finding[];
  /** Its SHA256SUMS, if there is one: file name to sha256. */
  readonly sums?: ReadonlyMap<string, string>;
  /** Why the version cannot be published, when one of them cannot be read. */
  readonly unreadable?: Finding;
}

/** A version whose notes are read. */
export interface NotedVersion {
  /** Relative to the root. */
  readonly folder: string;
  /** Names in it. */
  readonly names: readonly string[];
}

const NO_NOTES: VersionNotes = { settingsFindings: [] };

/**
 * Returns what the files beside each version's image say of it, in the versions' order.
 *
 * @throws {BadFilesError} naming every image.yaml that cannot be used
 */
export async function readVersionNotes(
  ports: { readonly reader: TreeReader; readonly yaml: YamlReader },
  root: string,
  versions: readonly NotedVersion[],
): Promise<readonly VersionNotes[]> {
  // The builds of a product have one and the same image.yaml, most of the time
  const documents = new Map<string, YamlNode>();
  const notes: VersionNotes[] = [];
  const errors: FormatError[] = [];
  for (const { folder, names } of versions) {
    try {
      notes.push(await readNotes(folder, names));
    } catch (error) {
      if (error instanceof FormatError) errors.push(error);
      else if (isStorageError(error)) notes.push({ ...NO_NOTES, unreadable: unreadable(error) });
      else throw error;
    }
  }
  if (errors.length > 0) throw new BadFilesError(errors);
  return notes;

  async function readNotes(folder: string, names: readonly string[]): Promise<VersionNotes> {
    let found = NO_NOTES;
    if (names.includes(CHECKSUMS_NAME)) {
      const text = ports.reader.readText(`${root}/${folder}/${CHECKSUMS_NAME}`);
      found = { ...found, sums: parseChecksums(text) };
    }
    if (names.includes(IMAGE_SETTINGS_NAME)) {
      const path = `${folder}/${IMAGE_SETTINGS_NAME}`;
      const text = requireUtf8(ports.reader.readText(`${root}/${path}`), path);
      const document = documents.get(text) ?? await ports.yaml.read(text, path);
      documents.set(text, document);
      const { settings, findings } = parseImageSettings(document, path);
      found = { ...found, settings: { path, settings }, settingsFindings: findings };
    }
    return found;
  }

  function unreadable({ path, message }: { readonly path: string; readonly message: string }) {
    const relative = path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path;
    return warning("FILE_UNREADABLE", relative, `its version is left out: ${message}`);
  }
}
