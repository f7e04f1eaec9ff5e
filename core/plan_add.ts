import { SimplestreamsError, StorageError } from "./errors.ts";
import { whyAliasUnusable } from "./format/aliases.ts";
import { type Finding, sortFindings } from "./format/finding.ts";
import { IMAGE_SETTINGS_NAME } from "./format/image_settings.ts";
import type { ImageType } from "./format/image_files.ts";
import { productId, type ProductName, productPath } from "./format/model.ts";
import { IMAGES_STREAM } from "./format/stream.ts";
import { printable } from "./format/text.ts";
import { inspectPart, type PartPorts } from "./image_part.ts";
import { joinParts } from "./image_parts.ts";
import { checkArchitecture, readDocument } from "./metadata_document.ts";
import { type PlacedVersion, planPlaced } from "./place_version.ts";
import { placeMetadata } from "./placed_metadata.ts";
import { requireUnpublished } from "./require_unpublished.ts";
import { readLevelFiles } from "./level_files.ts";
import { readSettings } from "./settings.ts";
import type { MetadataReader } from "./archive_ports.ts";
import type { AliasEditor, Clock, TreeWriter, YamlReader } from "./ports.ts";

/** What planning to add an image needs from outside. */
export interface PlanAddPorts extends PartPorts {
  readonly writer: TreeWriter;
  readonly clock: Clock;
  readonly metadata: MetadataReader;
  readonly aliases: AliasEditor;
  readonly yaml: YamlReader;
}

/** What is to be added, and how. */
export interface AddRequest {
  /** The root, without a "/" at its end. */
  readonly root: string;
  /** One or two files. */
  readonly files: readonly string[];
  /** Names in the place of those that metadata.yaml has. */
  readonly names?: Partial<ProductName>;
  /** Aliases for the product besides its own. */
  readonly aliases?: readonly string[];
  /** Whether the files are to be gone when it is done. */
  readonly move?: boolean;
}

/** What adding an image does. */
export interface AddPlan extends PlacedVersion {
  /** The product's id. */
  readonly product: string;
  readonly version: string;
  readonly type: ImageType;
  readonly isMove: boolean;
  /** The file of the product's settings with its new text; undefined when it stays as it is. */
  readonly settings?: { readonly path: string; readonly text: string };
  readonly findings: readonly Finding[];
}

/**
 * Returns what adding an image to a tree would do; changes nothing.
 *
 * @throws {SimplestreamsError} `USAGE` when the files make no image, or a name or alias cannot be
 * one; `EXISTS` when the version is there already; `REFUSED` for a move of published files
 * @throws {FormatError} when a file, metadata.yaml or the product's image.yaml is not usable
 * @throws {StorageError} when something is missing, or cannot be read or, for `move`, removed
 */
export async function planAdd(ports: PlanAddPorts, request: AddRequest): Promise<AddPlan> {
  const { root, files, names = {}, aliases = [], move: isMove = false } = request;
  for (const alias of aliases) checkAlias(alias);
  const parts = joinParts(await Promise.all(files.map((path) => inspectPart(ports, path))));
  const { path, role } = parts.metadata;
  const read = await readDocument(ports, path, { isImage: role === "unified" });
  const { metadata, findings } = placeMetadata(read.document, names, path);
  if (isMove) { for (const file of files) requireRemovable(ports.writer, file); }
  const place = { ...metadata, stream: IMAGES_STREAM };
  const version = {
    root,
    folder: `${productPath(place)}/${metadata.version}`,
    moves: parts.files.map((part) => ({ from: part.path, to: part.storedName })),
  };
  const action = `add ${files.map((file) => `"${printable(file)}"`).join(" and ")}`;
  const placed = planPlaced(ports, version, action);
  if (isMove) {
    await requireUnpublished(ports, root, files, { advice: "without --move it is copied" });
  }
  return {
    ...placed,
    product: productId(metadata),
    version: metadata.version,
    type: parts.type,
    isMove,
    settings: await planSettings(ports, root, { folder: productPath(place), aliases }),
    findings: sortFindings([...read.findings, ...findings, ...checkArchitecture(place)]),
  };
}

async function planSettings(
  ports: Pick<PlanAddPorts, "reader" | "yaml" | "aliases">,
  root: string,
  change: { readonly folder: string; readonly aliases: readonly string[] },
): Promise<AddPlan["settings"]> {
  if (change.aliases.length === 0) return undefined;
  const path = `${change.folder}/${IMAGE_SETTINGS_NAME}`;
  const files = readLevelFiles(ports.reader, root, change.folder);
  const before = files.find(({ folder, name }) => `${folder}/${name}` === path)?.text;
  // A list of its own would take those of the levels above away
  const { aliases: lists } = await readSettings(ports, files);
  const inherited = lists.has(change.folder) ? [] : [...lists.values()].at(-1) ?? [];
  const text = await ports.aliases.addAliases(before, [...inherited, ...change.aliases], path);
  return text === before ? undefined : { path, text };
}

function checkAlias(alias: string): void {
  const reason = alias === "" ? "it is empty" : whyAliasUnusable(alias) ??
    (printable(alias) === alias ? undefined : "it has a control character");
  if (reason === undefined) return;
  throw new SimplestreamsError(
    "USAGE",
    `Cannot use alias "${printable(alias)}": ${reason}, expected a name without ":" and ","`,
  );
}

function requireRemovable(writer: TreeWriter, path: string): void {
  const slash = path.lastIndexOf("/");
  const folder = slash === -1 ? "." : path.slice(0, slash) || "/";
  if (writer.isWritableDirectory(folder)) return;
  throw new StorageError(
    "denied",
    path,
    `Cannot move "${
      printable(path)
    }": its directory cannot be written to, expected one that files ` +
      "can be moved out of; without --move it is copied",
  );
}
