import { CHECKSUMS_NAME } from "./format/checksums.ts";
import { isStorageError } from "./errors.ts";
import { fault, type Finding, warning } from "./format/finding.ts";
import { IMAGE_SETTINGS_NAME } from "./format/image_settings.ts";
import { isPassedOver } from "./format/passed_over.ts";
import { productIdOfPath } from "./format/model.ts";
import type { Clock, TreeReader, TreeWriter } from "./ports.ts";
import type { PathTest } from "./scan.ts";

/** Deeper than any layout; a link on the way to a listed file that leads back up ends here. */
const MAX_DEPTH = 10;
const FOLDERS_A_TURN = 250;
/** Settings and checksums that lie beside images and are never listed. */
export const SETTINGS: ReadonlySet<string> = new Set([IMAGE_SETTINGS_NAME, CHECKSUMS_NAME]);

/**
 * Returns the files that no document names, under images/ and in every other folder of the root in
 * which a document names one. A version's folder of which no file is named is one finding. Names that
 * start with "." are passed over: they are settings, caches and work under way.
 *
 * @param options `listed`: every path that a document names; `isWithdrawn`: what is to be removed soon
 */
export async function findUnlisted(
  ports: {
    readonly reader: TreeReader;
    readonly writer: Pick<TreeWriter, "identify">;
    readonly clock: Clock;
  },
  root: string,
  options: { readonly listed: ReadonlySet<string>; readonly isWithdrawn: PathTest },
): Promise<readonly Finding[]> {
  const { reader, writer, clock } = ports;
  const { listed, isWithdrawn } = options;
  const folders = new Set<string>(["images"]);
  for (const path of listed) {
    for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) {
      const folder = path.slice(0, end);
      if (folders.has(folder)) break;
      folders.add(folder);
    }
  }
  const tops = [...folders].filter((folder) => !folder.includes("/") && folder !== "streams")
    .sort();
  const top = reader.realPath(root) ?? root;
  const findings: Finding[] = [];
  let turn = 0;

  // A folder that cannot be read hides nothing of what is wrong elsewhere.
  function listFolder(folder: string): readonly string[] {
    try {
      return reader.list(`${root}/${folder}`) ?? [];
    } catch (error) {
      if (!isStorageError(error)) throw error;
      findings.push(fault("FILE_UNREADABLE", folder, error.message));
      return [];
    }
  }

  /** What is to be gone through as well, or told of; undefined for neither. */
  function look(path: string): "folder" | "unlisted" | undefined {
    if (folders.has(path)) return "folder";
    try {
      if (reader.stat(`${root}/${path}`)?.kind !== "directory") return "unlisted";
      if (writer.identify(`${root}/${path}`)?.kind !== "link") return "folder";
      // Links may lead in circles, and to all of a disk; what lies in these folders is looked at there
      const real = reader.realPath(`${root}/${path}`) ?? "";
      return tops.some((folder) => `${real}/`.startsWith(`${top}/${folder}/`))
        ? undefined
        : "unlisted";
    } catch (error) {
      if (!isStorageError(error)) throw error;
      findings.push(fault("FILE_UNREADABLE", path, error.message));
      return undefined;
    }
  }

  async function descend(folder: string, depth: number): Promise<void> {
    if (++turn % FOLDERS_A_TURN === 0) await clock.turn();
    const unlisted: string[] = [];
    for (const name of [...listFolder(folder)].sort()) {
      const path = `${folder}/${name}`;
      if (isPassedOver(name) || SETTINGS.has(name) || listed.has(path)) continue;
      if (isWithdrawn(path)) continue;
      const found = look(path);
      if (found === "unlisted") unlisted.push(path);
      else if (found === "folder" && depth < MAX_DEPTH) await descend(path, depth + 1);
    }
    const [first] = unlisted;
    if (first !== undefined && productIdOfPath(first) !== undefined && !folders.has(folder)) {
      const message =
        "no document lists this version, so no client sees it; index the tree, which " +
        "says why when it leaves the version out, or remove the folder";
      findings.push(warning("VERSION_UNLISTED", folder, message));
      return;
    }
    for (const path of unlisted) {
      const message =
        "no document lists this file, so it takes room for nothing; index the tree or " +
        "remove the file";
      findings.push(warning("FILE_UNLISTED", path, message));
    }
  }

  for (const folder of tops) await descend(folder, 1);
  return findings;
}
