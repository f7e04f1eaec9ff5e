import { publishedVersions } from "./format/documents.ts";

/** What a new document says that an old one does not; each list sorted. */
export interface Changes {
  /** Versions, `os:release:arch:variant@version`. */
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Versions with other items, and ids of products whose aliases or requirements are others. */
  readonly changed: readonly string[];
}

/** No change at all. */
export const NO_CHANGES: Changes = { added: [], removed: [], changed: [] };

/** Returns the changes between two documents, each given as product id to JSON text. */
export function compareDocuments(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): Changes {
  const added: string[] = [];
  const removed: string[] = [];
  const changed: string[] = [];
  for (const id of new Set([...before.keys(), ...after.keys()])) {
    const [old, now] = [before.get(id), after.get(id)];
    if (old === now) continue;
    const oldVersions = publishedVersions(old ?? "{}");
    const newVersions = publishedVersions(now ?? "{}");
    let versionsDiffer = false;
    for (const name of new Set([...oldVersions.keys(), ...newVersions.keys()])) {
      const [was, is] = [oldVersions.get(name), newVersions.get(name)];
      if (was && is && itemsText(was) === itemsText(is)) continue;
      versionsDiffer = true;
      const list = was === undefined ? added : is === undefined ? removed : changed;
      list.push(`${id}@${name}`);
    }
    if (!versionsDiffer) changed.push(id);
  }
  return { added: added.sort(), removed: removed.sort(), changed: changed.sort() };
}

function itemsText(items: ReadonlyMap<string, unknown>): string {
  const texts = [...items].map(([key, item]) => `${key} ${sortedText(item)}`);
  return texts.sort().join("\n");
}

function sortedText(item: unknown): string {
  if (typeof item !== "object" || item === null) return JSON.stringify(item);
  return JSON.stringify(Object.entries(item).sort(([a], [b]) => a < b ? -1 : 1));
}
