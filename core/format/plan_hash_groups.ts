import type { FingerprintClaim } from "./listed_items.ts";

/** Files to be read together, each once: what is said of each, and of each pair of them. */
export interface HashGroup {
  readonly metadata: readonly string[];
  readonly roots: readonly string[];
  readonly claims: readonly FingerprintClaim[];
}

/**
 * Returns files in groups, so that all that is said of a file can be checked by reading it once, also
 * when several items or versions share it. Files of which nothing is said together are alone.
 *
 * @param paths each once
 * @param claims those of which both files are among the paths
 */
export function planHashGroups(
  paths: readonly string[],
  claims: readonly FingerprintClaim[],
): readonly HashGroup[] {
  const parents = new Map<string, string>(paths.map((path) => [path, path]));
  function find(path: string): string {
    let top = path;
    for (let up = parents.get(top); up !== undefined && up !== top; up = parents.get(top)) top = up;
    parents.set(path, top);
    return top;
  }
  for (const { metadata, root } of claims) parents.set(find(metadata), find(root));

  const groups = new Map<string, {
    readonly metadata: Set<string>;
    readonly roots: Set<string>;
    readonly claims: FingerprintClaim[];
  }>();
  function groupOf(path: string) {
    const top = find(path);
    const group = groups.get(top) ??
      { metadata: new Set<string>(), roots: new Set<string>(), claims: [] };
    groups.set(top, group);
    return group;
  }
  for (const claim of claims) {
    const group = groupOf(claim.root);
    group.metadata.add(claim.metadata);
    group.roots.add(claim.root);
    group.claims.push(claim);
  }
  for (const path of paths) {
    const group = groupOf(path);
    if (!group.metadata.has(path)) group.roots.add(path);
  }
  return [...groups.values()].map((group) => ({
    metadata: [...group.metadata],
    roots: [...group.roots],
    claims: group.claims,
  }));
}
