import assert from "node:assert/strict";
import type { IndexedTree, IndexOptions } from "../../core/index_tree.ts";
import { parseSelection } from "../../core/selection.ts";
import { type MemoryPorts, publishRoot } from "./memory_ports.ts";

export const IMAGES_JSON = "/root/streams/v1/images.json";
export const SNAPSHOT = "/root/.simplestreams/snapshot";

/** Indexes some products of `/root` alone and publishes. */
export function publishPart(
  ports: MemoryPorts,
  selectors: readonly string[],
  options: Partial<IndexOptions> = {},
): Promise<IndexedTree> {
  return publishRoot(ports, { products: parseSelection(selectors), ...options });
}

/** Removes a folder of `/root` with all in it, if it is there. */
export function removeFolder(ports: MemoryPorts, folder: string): void {
  const path = `/root/${folder}`;
  for (const name of ports.tree.list(path) ?? []) {
    if (ports.tree.stat(`${path}/${name}`)?.kind === "file") {
      ports.tree.removeFile(`${path}/${name}`);
    } else removeFolder(ports, `${folder}/${name}`);
  }
  if (ports.tree.stat(path) !== undefined) ports.tree.removeDirectory(path);
}

/** Fails unless what is published is what a run that believes nothing makes of all that is there. */
export async function assertPublishedAsFromScratch(ports: MemoryPorts): Promise<void> {
  const { document } = await publishRoot(ports, { write: false, useCache: false });
  assert.equal(ports.tree.readText(IMAGES_JSON), [...document()].join(""));
}

/** Fails unless a whole run publishes, tells and counts what one that believes nothing does. */
export async function assertWholeRunFindsAll(ports: MemoryPorts): Promise<void> {
  const scratch = await publishRoot(ports, { write: false, useCache: false });
  const { result } = await publishRoot(ports, { allowEmpty: true });
  assert.equal(ports.tree.readText(IMAGES_JSON), [...scratch.document()].join(""));
  assert.deepEqual(result.findings, scratch.result.findings);
  const nothing = { hashedFiles: 0, hashedBytes: 0 };
  assert.deepEqual({ ...result.counts, ...nothing }, { ...scratch.result.counts, ...nothing });
}
