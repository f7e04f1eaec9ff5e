import { type Finding, warning } from "./format/finding.ts";
import type { NamedPaths } from "./format/named_paths.ts";
import { linkTrail } from "./link_trail.ts";
import type { Clock, TreeReader } from "./ports.ts";
import { folderOf } from "./replace_files.ts";

const FILES_A_TURN = 1000;

/**
 * Returns findings about what is due to be removed and has to stay, by path: what really lies outside
 * of the root, behind a symbolic link, and what a link leads to that a document names.
 */
export async function findKept(
  ports: { readonly reader: TreeReader; readonly clock: Clock },
  root: string,
  options: { readonly paths: readonly string[]; readonly named: NamedPaths },
): Promise<ReadonlyMap<string, Finding>> {
  const { reader, clock } = ports;
  const kept = new Map<string, Finding>();
  if (options.paths.length === 0) return kept;
  const top = `${reader.realPath(root) ?? root}/`.replace(/\/+$/, "/");
  const real = new Map<string, string>();
  for (const path of options.paths) {
    const folder = reader.realPath(`${root}/${folderOf(path)}`) ?? root;
    if (`${folder}/`.startsWith(top)) real.set(`${folder}/${nameOf(path)}`, path);
    else {
      const message = `is not removed: a symbolic link leads to "${folder}", out of the root, ` +
        "expected files of its own; no document names it any more, so remove it there";
      kept.set(path, warning("WITHDRAWN_KEPT", path, message));
    }
  }
  let turn = 0;
  for (const file of options.named.files) {
    if (++turn % FILES_A_TURN === 0) await clock.turn();
    const target = reader.realPath(`${root}/${file}`);
    // The plan keeps what a document names by its own path
    if (target === undefined || target === top + file) continue;
    for (const entry of linkTrail(reader, top + file)) {
      const path = real.get(entry);
      if (path === undefined) continue;
      const message = `is not removed: "${file}", which a document names, is a link to it`;
      kept.set(path, warning("WITHDRAWN_KEPT", path, message));
    }
  }
  return kept;
}

function nameOf(path: string): string {
  return path.slice(folderOf(path).length + 1);
}
