import type { Changes } from "./changes.ts";
import type { DigestOptions, DigestPorts } from "./digest_tree.ts";
import { errorCodeOf } from "./errors.ts";
import type { Finding } from "./format/finding.ts";
import { indexTree } from "./index_tree.ts";
import { isLookedAt, parseSelection } from "./selection.ts";

/** What the next index run would say of some products, and do with them. */
export interface ForeseenIndex {
  /** Sorted by path. */
  readonly findings: readonly Finding[];
  /** `added`, `changed` or `removed` and then an id or `ID@VERSION`, sorted. */
  readonly changes: readonly string[];
  /** Why the tree could not be looked at, when it could not. */
  readonly unchecked?: string;
}

/**
 * Returns what an index run would say of published products and do with them; writes nothing.
 *
 * @param root without a "/" at its end
 * @param options `ids` of the products, one at least
 */
export async function foreseeIndex(
  ports: DigestPorts,
  root: string,
  options: Pick<DigestOptions, "concurrency" | "onProgress"> & { readonly ids: readonly string[] },
): Promise<ForeseenIndex> {
  const { ids, ...rest } = options;
  try {
    const products = parseSelection(ids);
    const { result } = await indexTree(ports, root, {
      ...rest,
      write: false,
      useCache: true,
      products,
    });
    return {
      // The run looks at the whole tree where a part is not enough
      findings: result.findings.filter(({ path }) => isLookedAt(products, path)),
      changes: changedIn(result.changes, ids),
    };
  } catch (error) {
    // What is published is shown all the same: an id that no folder of a tree can have, as other tools
    // publish them, settings that are broken, or something that cannot be read
    if (errorCodeOf(error) === undefined || !(error instanceof Error)) throw error;
    return { findings: [], changes: [], unchecked: error.message };
  }
}

function changedIn(changes: Changes, ids: readonly string[]): readonly string[] {
  return Object.entries(changes).flatMap(([what, names]: [string, readonly string[]]) =>
    names.filter((name) => ids.some((id) => name === id || name.startsWith(`${id}@`)))
      .map((name) => `${what} ${name}`)
  ).sort();
}
