import { extentOf } from "./extent.ts";
import { SETTINGS } from "./find_unlisted.ts";
import { isStorageError, type StorageError } from "./errors.ts";
import { isPassedOver } from "./format/passed_over.ts";
import { type Finding, warning } from "./format/finding.ts";
import { selectFiles } from "./format/image_files.ts";
import { isAboveVersions, isVersionDeep, type NamedPaths } from "./format/named_paths.ts";
import { checkVersion } from "./format/version_rules.ts";
import type { Stray } from "./plan_removal.ts";
import type { Clock, EntryIdentity, TreeReader, TreeWriter } from "./ports.ts";
import { type PathTest, scanVersion } from "./scan.ts";

const FOLDERS_A_TURN = 250;

/** What no document names. */
export interface Strays {
  /** Files and whole folders that no index run would publish. */
  readonly orphans: readonly Stray[];
  /** Versions' folders without metadata or root, and hidden folders beside them, that have been left. */
  readonly incomplete: readonly Stray[];
  readonly findings: readonly Finding[];
}

/** What to look for. */
export interface StrayOptions {
  readonly named: NamedPaths;
  /** What has left the documents and is removed by its own rules. */
  readonly isWithdrawn: PathTest;
  /** Whether what an index run would publish is told of. */
  readonly orphans: boolean;
  /** For how long nothing may have changed in an incomplete version; undefined for any of them. */
  readonly incompleteMs: number | undefined;
  readonly now: Date;
}

/**
 * Returns what lies under images/, and in every other top folder that the documents name, without
 * being named. Settings are passed over: names that start with ".", image.yaml, SHA256SUMS. What an
 * index run would publish is none of it, but a finding. No symbolic link is followed.
 */
export async function findStrays(
  ports: {
    readonly reader: TreeReader;
    readonly writer: Pick<TreeWriter, "identify">;
    readonly clock: Clock;
  },
  root: string,
  options: StrayOptions,
): Promise<Strays> {
  const { reader, writer, clock } = ports;
  const { named, isWithdrawn, incompleteMs, now } = options;
  const orphans: Stray[] = [];
  const incomplete: Stray[] = [];
  const findings: Finding[] = [];
  let turn = 0;

  async function descend(folder: string): Promise<void> {
    if (++turn % FOLDERS_A_TURN === 0) await clock.turn();
    const publishable = isVersionDeep(folder) ? lookAtVersion(folder).used : undefined;
    const pending: string[] = [];
    for (const name of listFolder(folder)) {
      const path = `${folder}/${name}`;
      try {
        const entry = writer.identify(`${root}/${path}`);
        if (entry === undefined || isWithdrawn(path) || named.files.has(path)) continue;
        if (name.startsWith(".")) visitHidden(path, entry);
        else if (isPassedOver(name)) continue;
        else if (publishable?.has(name)) pending.push(name);
        else await visit(path, entry);
      } catch (error) {
        if (!isStorageError(error)) throw error;
        reportUnreadable(path, error);
      }
    }
    if (pending.length > 0) reportUnlisted(folder, `${pending.join(", ")} in it`);
  }

  function listFolder(folder: string): readonly string[] {
    try {
      return [...reader.list(`${root}/${folder}`) ?? []].sort();
    } catch (error) {
      if (!isStorageError(error)) throw error;
      reportUnreadable(folder, error);
      return [];
    }
  }

  /** It is kept, whatever is in it. */
  function reportUnreadable(path: string, { message }: StorageError): void {
    findings.push(
      warning("FILE_UNREADABLE", path, `is kept, as it cannot be looked into: ${message}`),
    );
  }

  async function visit(path: string, entry: EntryIdentity): Promise<void> {
    const isFolder = entry.kind === "directory";
    if (named.reaches(path)) return isFolder ? await descend(path) : undefined;
    const isShallow = isAboveVersions(path);
    if (isFolder && isShallow) return await descend(path);
    // A link above the versions may give a release a second name, which the next index run publishes.
    if (entry.kind === "link" && isShallow && leadsToFolder(path)) return;
    if (isVersionDeep(path) && leadsToFolder(path)) return visitVersion(path, entry);
    if (!SETTINGS.has(path.slice(path.lastIndexOf("/") + 1))) orphans.push(strayOf(path, entry));
  }

  function visitVersion(path: string, entry: EntryIdentity): void {
    const { isSound, isIncomplete } = lookAtVersion(path);
    const stray = strayOf(path, entry);
    if (isSound) reportUnlisted(path, "this version");
    else if (isIncomplete && isLeft(stray)) incomplete.push(stray);
    else orphans.push(stray);
  }

  /** Uploads and imports under way are hidden folders beside the versions. */
  function visitHidden(path: string, entry: EntryIdentity): void {
    if (!isVersionDeep(path) || entry.kind !== "directory" || named.reaches(path)) return;
    const stray = strayOf(path, entry);
    if (isLeft(stray)) incomplete.push(stray);
  }

  function isLeft({ newestMs }: Stray): boolean {
    return incompleteMs !== undefined && now.getTime() - newestMs >= incompleteMs;
  }

  function lookAtVersion(folder: string) {
    const name = folder.slice(folder.lastIndexOf("/") + 1);
    const scanned = scanVersion(reader, root, folder, isWithdrawn);
    const files = selectFiles(scanned?.files ?? []);
    const verdict = checkVersion(name, folder, files);
    const { metadata, roots, unified, deltas } = files;
    const codes = new Set(verdict.findings.map(({ code }) => code));
    return {
      // Which of several roots is meant, is for people to say
      isSound: verdict.sound || files.ambiguous.length > 0,
      isIncomplete: codes.has("VERSION_WITHOUT_METADATA") || codes.has("VERSION_WITHOUT_ROOT"),
      used: new Set(
        verdict.sound
          ? [...metadata, ...roots, ...unified, ...deltas].map(([, file]) => file.name)
          : files.ambiguous,
      ),
    };
  }

  function reportUnlisted(folder: string, what: string): void {
    if (!options.orphans) return;
    const message =
      `no document lists ${what}, and it is kept, as an index run would publish it; ` +
      "index the tree, or remove it by hand";
    findings.push(warning("VERSION_UNLISTED", folder, message));
  }

  function leadsToFolder(path: string): boolean {
    return reader.stat(`${root}/${path}`)?.kind === "directory";
  }

  function strayOf(path: string, { inode, mtimeMs }: EntryIdentity): Stray {
    return { path, inode, mtimeMs, newestMs: extentOf(ports, `${root}/${path}`).newestMs };
  }

  const tops = new Set(["images"]);
  for (const path of named.files) {
    const top = path.slice(0, path.indexOf("/"));
    if (top !== "" && top !== "streams" && !top.startsWith(".")) tops.add(top);
  }
  for (const top of [...tops].sort()) await descend(top);
  return { orphans, incomplete, findings };
}
