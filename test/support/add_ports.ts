import { createAliasEditor } from "../../core/adapters/alias_editor.ts";
import { FormatError } from "../../core/errors.ts";
import type { ArchiveContents } from "../../core/archive_ports.ts";
import { createMemoryPorts } from "./memory_ports.ts";

const ARCHIVE = "archive ";

/** The text that stands for an archive in memory. */
export function archiveText(
  contents: {
    readonly metadata?: unknown;
    readonly root?: ArchiveContents["root"];
    readonly isCutShort?: boolean;
  },
): string {
  return `${ARCHIVE}${JSON.stringify(contents)}`;
}

/** The text that stands for a metadata tarball of an image of 2024-01-02 03:04. */
export function metadataText(properties: Readonly<Record<string, string>> = {}): string {
  return archiveText({ metadata: metadataDocument(properties) });
}

/** What a metadata.yaml says of an image of 2024-01-02 03:04. */
export function metadataDocument(properties: Readonly<Record<string, string>> = {}) {
  const own = { os: "debian", release: "12", description: "a test" };
  return {
    architecture: "x86_64",
    creation_date: "1704164640",
    properties: { ...own, ...properties },
  };
}

/** Every port for adding images, in memory; archives are texts that `archiveText` makes. */
export function createAddPorts() {
  const ports = createMemoryPorts();
  const { tree } = ports;
  const parse = (path: string) => JSON.parse(tree.readText(path).slice(ARCHIVE.length));
  return {
    ...ports,
    bytes: {
      readAt(path: string, place: number, sizeBytes: number): Uint8Array {
        const isArchive = tree.readText(path).startsWith(ARCHIVE);
        const bytes = isArchive ? Uint8Array.of(0x1f, 0x8b, 8) : tree.readBytes(path);
        return bytes.slice(place, place + sizeBytes);
      },
    },
    archives: {
      inspect(path: string): Promise<ArchiveContents> {
        const { metadata, root } = parse(path);
        return Promise.resolve({ hasMetadata: metadata !== undefined, isWhole: true, root });
      },
      requireWhole(path: string): Promise<void> {
        if (!parse(path).isCutShort) return Promise.resolve();
        return Promise.reject(new FormatError(`Cannot use archive "${path}": cut short`, { path }));
      },
    },
    metadata: {
      read: (path: string) => Promise.resolve({ document: parse(path).metadata, trailingBytes: 0 }),
    },
    aliases: createAliasEditor(),
  };
}

export type AddTestPorts = ReturnType<typeof createAddPorts>;
