import { SimplestreamsError } from "./errors.ts";
import { findKept } from "./find_kept.ts";
import { namedPaths } from "./format/named_paths.ts";
import { printable } from "./format/text.ts";
import type { Clock, TreeReader, TreeWriter } from "./ports.ts";
import { listDocuments } from "./published_documents.ts";
import { folderOf } from "./replace_files.ts";
import { createWithdrawnTest } from "./withdrawn_state.ts";

/** What looking for that takes. */
export interface UnpublishedPorts {
  readonly reader: TreeReader;
  readonly writer: Pick<TreeWriter, "identify">;
  readonly clock: Clock;
}

/**
 * Refuses to move files away that a document of the root names, or that clients may still fetch since
 * they left it.
 *
 * @param files as they were given
 * @param options `advice`: what the message ends with
 * @throws {SimplestreamsError} `REFUSED`
 * @throws {FormatError} when what is remembered of withdrawn versions is broken
 */
export async function requireUnpublished(
  ports: UnpublishedPorts,
  root: string,
  files: readonly string[],
  options: { readonly advice: string },
): Promise<void> {
  const { reader } = ports;
  const top = reader.realPath(root) ?? root;
  const inside = new Map(files.flatMap((file): readonly [string, string][] => {
    const folder = reader.realPath(file.includes("/") ? folderOf(file) || "/" : ".") ?? "";
    const entry = `${folder}/${file.slice(file.lastIndexOf("/") + 1)}`;
    return entry.startsWith(`${top}/`) ? [[entry.slice(top.length + 1), file]] : [];
  }));
  if (inside.size === 0) return;
  const paths = [...inside.keys()];
  const documents = listDocuments(reader, root).filter((path) =>
    reader.stat(`${root}/${path}`) !== undefined
  );
  const named = namedPaths(documents.map((path) => reader.readText(`${root}/${path}`)));
  const kept = await findKept(ports, root, { paths, named });
  const isWithdrawn = createWithdrawnTest(ports, root);
  for (const [path, file] of inside) {
    const found = named.reaches(path) || kept.has(path)
      ? "a document names it"
      : isWithdrawn(path) || isWithdrawn(folderOf(path))
      ? "it has just left the documents, and clients may still fetch it"
      : undefined;
    if (found === undefined) continue;
    throw new SimplestreamsError(
      "REFUSED",
      `Cannot move "${printable(file)}": ${found}, expected files that nobody downloads; ` +
        options.advice,
    );
  }
}
