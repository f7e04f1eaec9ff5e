import { type PruneOptions, pruneTree } from "../../core/prune_tree.ts";
import { removeImages, type RemoveOptions } from "../../core/remove_images.ts";
import { createMemoryPorts, type MemoryPorts, publishRoot, putImage } from "./memory_ports.ts";

/** The product that tests prune, and where its versions are. */
export const PRODUCT = "debian:12:amd64:default";
export const FOLDER = "images/debian/12/amd64/default";
/** Where what left the documents is remembered. */
export const STATE = "/root/.simplestreams/withdrawn.json";
const MINUTE_MS = 60_000;

/** Returns a published root with a product in versions of these names. */
export async function versionedRoot(
  names: readonly string[],
  ports = createMemoryPorts(),
): Promise<MemoryPorts> {
  for (const name of names) putImage(ports, `${FOLDER}/${name}`, name);
  await publishRoot(ports);
  return ports;
}

/** Prunes `/root`. */
export function prune(ports: MemoryPorts, options: Partial<PruneOptions> = {}) {
  return pruneTree(ports, "/root", { write: true, ...options });
}

/** Removes something from `/root`. */
export function remove(ports: MemoryPorts, name: string, options: Partial<RemoveOptions> = {}) {
  return removeImages(ports, "/root", { write: true, name, ...options });
}

/** Lets time go by. */
export function wait(ports: MemoryPorts, minutes: number): void {
  ports.clock.time = new Date(ports.clock.time.getTime() + minutes * MINUTE_MS);
}

/** The paths that a products document names, relative to the root. */
export function listedPaths(ports: MemoryPorts, document = "images"): readonly string[] {
  const text = ports.tree.readText(`/root/streams/v1/${document}.json`);
  return [...new Set([...text.matchAll(/"path": ?"([^"]+)"/g)].map(([, path = ""]) => path))];
}

/** The names in a folder of the root, sorted. */
export function namesIn(ports: MemoryPorts, folder = FOLDER): readonly string[] {
  return [...ports.tree.list(`/root/${folder}`) ?? []].sort();
}

/** Both documents. */
export function documentsOf(ports: MemoryPorts): readonly string[] {
  return ["images", "index"].map((name) => ports.tree.readText(`/root/streams/v1/${name}.json`));
}
