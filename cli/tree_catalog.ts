import type { SystemPorts } from "../core/adapters/system.ts";
import { type IndexedTree, indexTree } from "../core/index_tree.ts";
import { createPublishedCatalog, type PublishedCatalog } from "../core/published_catalog.ts";
import { tellFindings } from "./output.ts";
import { startProgressBar } from "./progress_bar.ts";

/** Returns the catalog that an index run would publish; what it finds is shown on stderr. */
export async function readTreeCatalog(
  ports: SystemPorts,
  root: string,
  options: { readonly quiet?: boolean },
): Promise<PublishedCatalog> {
  const { result, products } = await dryRun(ports, root, options);
  tellFindings(result.findings, {});
  return createPublishedCatalog(products());
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
