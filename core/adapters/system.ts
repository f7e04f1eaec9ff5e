import { availableParallelism } from "node:os";
import type { AddPorts } from "../add_image.ts";
import type { DeltaCoder } from "../delta_coder.ts";
import type { MetadataPorts } from "../plan_metadata.ts";
import type { Locker } from "../ports.ts";
import { createAliasEditor } from "./alias_editor.ts";
import { createArchiveInspector } from "./archive_contents.ts";
import { createDenoReader, type DenoCalls } from "./deno.ts";
import { createByteReader } from "./file_bytes.ts";
import { createHasher } from "./hasher.ts";
import { createLocker } from "./lock.ts";
import { createMetadataReader } from "./metadata_archive.ts";
import { createMetadataPacker } from "./metadata_packer.ts";
import { createNodeReader, createNodeWriter, createSystemClock } from "./node.ts";
import { createDeltaCoder } from "./xdelta.ts";
import { createYamlReader } from "./yaml_reader.ts";

/** Every port, on the real system. */
export interface SystemPorts extends AddPorts, MetadataPorts {
  readonly locker: Locker;
  readonly coder: DeltaCoder;
  /** How many jobs this machine does at one time. */
  readonly cores: number;
}

/**
 * Returns the ports for the runtime that this is; the one place that asks which it is.
 *
 * @param worker the module that is started as a hash worker
 */
export function createSystemPorts(worker: URL): SystemPorts {
  // A cast, as Node has no type for a global of Deno's; what is used of it is spelled out in DenoCalls.
  const { Deno: deno } = globalThis as { readonly Deno?: DenoCalls };
  return {
    reader: deno === undefined ? createNodeReader() : createDenoReader(deno),
    writer: createNodeWriter(),
    hasher: createHasher(worker),
    clock: createSystemClock(),
    locker: createLocker(),
    metadata: createMetadataReader(),
    archives: createArchiveInspector(),
    yaml: createYamlReader(),
    bytes: createByteReader(),
    aliases: createAliasEditor(),
    packer: createMetadataPacker(),
    coder: createDeltaCoder(),
    cores: availableParallelism(),
  };
}
