import { createFixedClock } from "../../core/adapters/fixed_clock.ts";
import { MemoryTree } from "../../core/adapters/memory.ts";
import { createMemoryCoder } from "../../core/adapters/memory_coder.ts";
import { createMemoryHasher } from "../../core/adapters/memory_hasher.ts";
import { createYamlReader } from "../../core/adapters/yaml_reader.ts";
import { FormatError } from "../../core/errors.ts";
import { type IndexedTree, type IndexOptions, indexTree } from "../../core/index_tree.ts";
import type { ArchiveInspector, MetadataReader } from "../../core/archive_ports.ts";

/** The time at which tests with memory adapters happen, unless they say otherwise. */
export const NOW = new Date("2024-06-01T12:00:00Z");

/** Every port in memory. */
export function createMemoryPorts() {
  const clock = createFixedClock(NOW);
  const tree = new MemoryTree(clock);
  return {
    clock,
    tree,
    reader: tree,
    writer: tree,
    hasher: createMemoryHasher(tree),
    metadata: createTextMetadataReader(tree),
    archives: createTextInspector(tree),
    yaml: createYamlReader(),
    coder: createMemoryCoder(tree),
  };
}

export type MemoryPorts = ReturnType<typeof createMemoryPorts>;

/** Metadata "archives" that are JSON text; the real ones are tested with their adapter. */
function createTextMetadataReader(tree: MemoryTree): MetadataReader {
  return {
    read(path) {
      const text = tree.readText(path);
      if (text.startsWith("broken")) {
        return Promise.reject(new FormatError(`Cannot read "${path}": broken`, { path }));
      }
      const document: unknown = JSON.parse(text.trimEnd());
      return Promise.resolve({ document, trailingBytes: text.length - text.trimEnd().length });
    },
  };
}

/** Unified images are texts that begin with the name of their root, and end as they say. */
function createTextInspector(tree: MemoryTree): ArchiveInspector {
  return {
    inspect(path) {
      const text = tree.readText(path);
      if (text.startsWith("broken")) {
        return Promise.reject(new FormatError(`Cannot read "${path}": broken`, { path }));
      }
      const isDisk = text.startsWith("rootfs.img");
      const root = isDisk ? "disk" : text.startsWith("rootfs/") ? "directory" : undefined;
      const hasMetadata = !text.endsWith("without metadata.yaml");
      return Promise.resolve({ hasMetadata, isWhole: !hasMetadata, root });
    },
    requireWhole: () => Promise.resolve(),
  };
}

/** Indexes `/root` and publishes. */
export function publishRoot(
  ports: MemoryPorts,
  options: Partial<IndexOptions> = {},
): Promise<IndexedTree> {
  return indexTree(ports, "/root", { concurrency: 1, write: true, useCache: true, ...options });
}

/** Puts a container image with its bytes derived from `seed` into a version's folder. */
export function putImage(ports: MemoryPorts, folder: string, seed: string, mtimeMs = 0): void {
  ports.tree.put(`/root/${folder}/incus.tar.xz`, `metadata ${seed}`, { mtimeMs });
  ports.tree.put(`/root/${folder}/root.squashfs`, `root ${seed}`, { mtimeMs });
}

/**
 * Returns ports with a published `/root`.
 *
 * @param images products' folders to what the bytes of their version 20240101 are derived from
 * @param files further files, path to content
 */
export async function publishImages(
  images: Readonly<Record<string, string>>,
  files: Readonly<Record<string, string>> = {},
): Promise<MemoryPorts> {
  const ports = createMemoryPorts();
  for (const [folder, seed] of Object.entries(images)) putImage(ports, `${folder}/20240101`, seed);
  for (const [path, content] of Object.entries(files)) ports.tree.put(path, content);
  await publishRoot(ports);
  return ports;
}

/** The published products document, as data. */
export function publishedImages(ports: MemoryPorts) {
  return JSON.parse(ports.tree.readText("/root/streams/v1/images.json"));
}
