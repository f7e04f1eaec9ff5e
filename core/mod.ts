/** The public surface of the core: use cases, their results, and the ports that they ask for. */
export * from "./errors.ts";
export type * from "./archive_ports.ts";
export type * from "./ports.ts";
export type * from "./delta_coder.ts";
export type * from "./format/model.ts";
export { type Finding, type FindingCode, formatFinding } from "./format/finding.ts";
export { IMAGES_PATH, INDEX_PATH } from "./format/documents.ts";
export type { Changes } from "./changes.ts";
export type { Counts } from "./count.ts";
export type { DigestOptions, DigestPorts } from "./digest_tree.ts";
export { type IndexOptions, indexTree, requireRoot } from "./index_tree.ts";
export type { HashedCounts, IndexedTree, IndexResult } from "./index_result.ts";
export { applyImport, type ImportPlan, type ImportPorts, planImport } from "./import_image.ts";
export { resolveImportRoot } from "./import_root.ts";
export { type AddPlan, type AddRequest, planAdd } from "./plan_add.ts";
export { type AddedImage, applyAdd } from "./add_image.ts";
export { applyMetadata, planMetadata } from "./plan_metadata.ts";
export { withLock } from "./lock.ts";
export {
  type ChangedRequirements,
  changeLevelRequirements,
  type ChangeOptions,
  type LevelBefore,
  type RequirementsChange,
} from "./change_requirements.ts";
export { type Level, parseLevel } from "./format/level.ts";
export { type LevelRequirements, readLevelRequirements } from "./level_requirements.ts";
export type { LevelChoice } from "./level_files.ts";
export {
  type CatalogPage,
  openPublishedCatalog,
  type ProductPage,
  type PublishedCatalog,
  readPublishedCatalog,
} from "./published_catalog.ts";
export type { ProductFilter } from "./format/product_filter.ts";
export type { PublishedImage, PublishedItem } from "./format/published_images.ts";
export type { PublishedProduct, PublishedVersion } from "./format/published_product.ts";
export type { DeltaDownload, PublishedDelta } from "./format/published_deltas.ts";
export { makeDeltas, requireCoder, type TreeWithDeltas } from "./make_deltas.ts";
export { DELTA_DEFAULTS, type DeltaChoice } from "./plan_deltas.ts";
export { type DeltaReport, reportDeltas } from "./report_deltas.ts";
export { parseSelection, type Selection } from "./selection.ts";
export { type ListedImage, listImages } from "./list_images.ts";
export { showImages } from "./show_images.ts";
export {
  type VerifyOptions,
  type VerifyPorts,
  type VerifyResult,
  verifyTree,
} from "./verify_tree.ts";
export { type PruneOptions, pruneTree } from "./prune_tree.ts";
export { removeImages, type RemoveOptions } from "./remove_images.ts";
export type { Withdrawal } from "./plan_withdrawal.ts";
export {
  DEFAULT_GRACE_MS,
  type PostponedPlace,
  type RemovedPlace,
  type WithdrawOptions,
  type WithdrawPorts,
  type WithdrawResult,
} from "./withdraw.ts";
export { VERSION } from "./version.ts";
