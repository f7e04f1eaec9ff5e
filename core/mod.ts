/** The public surface of the core: use cases, their results, and the ports that they ask for. */
export * from "./errors.ts";
export type * from "./ports.ts";
export type * from "./format/model.ts";
export { type Finding, type FindingCode, formatFinding } from "./format/finding.ts";
export { IMAGES_PATH, INDEX_PATH } from "./format/documents.ts";
export type { Changes } from "./changes.ts";
export type { Counts } from "./count.ts";
export type { DigestOptions, DigestPorts } from "./digest_tree.ts";
export {
  type IndexedTree,
  type IndexOptions,
  type IndexResult,
  indexTree,
  requireRoot,
} from "./index_tree.ts";
export { applyImport, type ImportPlan, type ImportPorts, planImport } from "./import_image.ts";
export { resolveImportRoot } from "./import_root.ts";
export { withLock } from "./lock.ts";
export { VERSION } from "./version.ts";
