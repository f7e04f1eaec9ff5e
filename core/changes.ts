import { publishedVersions, versionNamesIn } from "./format/documents.ts";
import { objectFields, tryParseJson } from "./format/json_text.ts";

/** What a new document says that an old one does not; each list sorted. */
export interface Changes {
  /** Versions, `os:release:arch:variant@version`, after `STREAM/` where that is not `images`. */
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Versions with other items, and ids of products whose aliases or requirements are others. */
  readonly changed: readonly string[];
}

/** No change at all. */
export const NO_CHANGES: Changes = { added: [], removed: [], changed: [] };

/** Returns the changes of several documents as one. */
export function joinChanges(parts: readonly Changes[]): Changes {
  const join = (read: (part: Changes) => readonly string[]) => parts.flatMap(read).sort();
  return {
    added: join(({ added }) => added),
    removed: join(({ removed }) => removed),
    changed: join(({ changed }) => changed),
  };
}

/**
 * Returns the changes of one run and the next as those of one.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { joinRuns, NO_CHANGES } from "./changes.ts";
 * const [first, second] = [{ ...NO_CHANGES, added: ["a@1"] }, { ...NO_CHANGES, changed: ["a@1"] }];
 * assert.deepEqual(joinRuns(first, second), first);
 * ```
 */
export function joinRuns(first: Changes, second: Changes): Changes {
  const { added, removed, changed } = joinChanges([first, second]);
  return { added, removed, changed: [...new Set(changed)].filter((name) => !added.includes(name)) };
}

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
    if (old === undefined && now !== undefined) {
      // A whole catalog of new products is common, at the first run; nothing needs comparing then.
      for (const name of versionNamesIn(now)) added.push(`${id}@${name}`);
      continue;
    }
    const [oldVersions, newVersions] = [readVersions(old), readVersions(now)];
    for (const name of new Set([...oldVersions.keys(), ...newVersions.keys()])) {
      const [was, is] = [oldVersions.get(name), newVersions.get(name)];
      if (was === is) continue;
      const list = was === undefined ? added : is === undefined ? removed : changed;
      list.push(`${id}@${name}`);
    }
    const [oldText, newText] = [ownText(old), ownText(now)];
    if (oldText !== undefined && newText !== undefined && oldText !== newText) changed.push(id);
  }
  return { added: added.sort(), removed: removed.sort(), changed: changed.sort() };
}

/** Version name to the text of its items, the same whatever their order was. */
function readVersions(product: string | undefined): ReadonlyMap<string, string> {
  if (product === undefined) return new Map();
  return new Map(
    [...publishedVersions(product)].map(([name, items]) => [name, sortedText([...items])]),
  );
}

/** What a product says beside its versions; undefined for what is no product. */
function ownText(product: string | undefined): string | undefined {
  const fields = product === undefined ? undefined : objectFields(tryParseJson(product));
  return fields && sortedText([...fields].filter(([name]) => name !== "versions"));
}

function sortedText(entries: readonly (readonly [string, unknown])[]): string {
  const texts = entries.map(([key, value]) => {
    const fields = objectFields(value);
    return `${JSON.stringify(key)}:${
      fields === undefined ? JSON.stringify(value) : sortedText([...fields])
    }`;
  });
  return `{${texts.sort().join()}}`;
}
