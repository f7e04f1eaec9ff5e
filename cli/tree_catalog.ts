import type { SystemPorts } from "../core/adapters/system.ts";
import { type IndexedTree, indexTree } from "../core/index_tree.ts";
import { openPublishedCatalog, type PublishedCatalog } from "../core/published_catalog.ts";
import { tellFindings } from "./output.ts";
import { startProgressBar } from "./progress_bar.ts";

/** Returns the catalog that an index run would publish; what it finds is shown on stderr. */
export async function readTreeCatalog(
  ports: SystemPorts,
  root: string,
  options: { readonly quiet?: boolean },
): Promise<PublishedCatalog | undefined> {
  const { result, document } = await dryRun(ports, root, options);
  tellFindings(result.findings, {});
  const encoder = new TextEncoder();
  const pieces = [...document()].map((piece) =>
    typeof piece === "string" ? encoder.encode(piece) : piece
  );
  return openPublishedCatalog(Buffer.concat(pieces));
}

async function dryRun(
  ports: SystemPorts,
  root: string,
  options: { readonly quiet?: boolean },
): Promise<IndexedTree> {
  const bar = startProgressBar(ports.clock, { quiet: options.quiet });
  try {
    return await indexTree(ports, root, {
      concurrency: ports.cores,
      write: false,
      useCache: true,
      onProgress: bar.show,
    });
  } finally {
    bar.clear();
  }
}
