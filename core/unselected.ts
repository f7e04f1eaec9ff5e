import { SimplestreamsError } from "./errors.ts";
import { fingerprintsIn, publishedVersions, versionNamesIn } from "./format/documents.ts";
import type { Finding } from "./format/finding.ts";
import { streamDocument } from "./format/stream.ts";
import { isPassedOver } from "./format/passed_over.ts";
import { aliasKeysIn } from "./format/published_aliases.ts";
import type { TreeReader } from "./ports.ts";
import type { PublishedTexts } from "./read_published.ts";
import { hasAliasOf, NO_REUSE, type ReusedProducts } from "./reuse.ts";
import type { ScannedTree } from "./scan.ts";
import type { TreeSettings } from "./settings.ts";
import { isSelected, type Selection, selectsProduct } from "./selection.ts";
import type { Snapshot, StreamPlace } from "./snapshot.ts";

/**
 * Returns the products of a document that a selection leaves as they are published.
 *
 * @param kept is there only for a document that this tool wrote
 * @throws {SimplestreamsError} `REFUSED` when there is something else in the document's place
 */
export function keepUnselected(
  published: PublishedTexts,
  selection: Selection,
  { stream, kept }: { readonly stream: StreamPlace; readonly kept: Snapshot | undefined },
): ReusedProducts {
  if (published === "none") return NO_REUSE;
  if (published === "unreadable") {
    throw new SimplestreamsError(
      "REFUSED",
      `Cannot index ${selection.selectors.join(", ")} alone: "${
        streamDocument(stream.name)
      }" is no products ` +
        "document, expected one that the other products stay in; index the whole tree",
    );
  }
  const texts = new Map<string, string>();
  const aliases = new Set<string>();
  const fingerprints = new Set<string>();
  let versions = 0;
  for (const [id, text] of published) {
    if (selectsProduct(selection, id)) continue;
    texts.set(id, text);
    versions += kept ? versionNamesIn(text).length : publishedVersions(text).size;
    for (const alias of aliasKeysIn(text)) aliases.add(alias);
    for (const fingerprint of fingerprintsIn(text)) fingerprints.add(fingerprint);
  }
  return { texts, versions, findings: [], aliases, fingerprints };
}

/** What a run for a selection knows before it digests anything. */
export interface KnownOfPart {
  readonly selection: Selection;
  readonly tree: ScannedTree;
  readonly others: ReusedProducts;
  readonly settings: TreeSettings;
  /** What was known of all that is published. */
  readonly kept: Snapshot | undefined;
}

/** Returns whether only a run over the whole tree can tell what is to be published. */
export function needsWholeTree(reader: TreeReader, root: string, part: KnownOfPart): boolean {
  const { tree, kept, selection } = part;
  // A missing mount looks like this, and a whole run has a rule for that.
  const hasFolders = reader.list(`${root}/${tree.stream}`)?.some((name) => !isPassedOver(name));
  return !hasFolders || asksForTaken(part) ||
    wasInTheWay(kept?.findings ?? [], selection);
}

/** Whether a selected product asks for an alias of one that is not, by the settings of its levels. */
function asksForTaken({ tree, settings, others }: KnownOfPart): boolean {
  return tree.products.some((product) =>
    hasAliasOf(product.arch, settings.of(product).aliases, others)
  );
}

/**
 * Returns whether a product that is not selected goes without something for the sake of one that is,
 * and may get it now.
 */
function wasInTheWay(findings: readonly Finding[], selection: Selection): boolean {
  const folders = [...selection.folders];
  return findings.some(({ code, path, message }) =>
    (code === "FINGERPRINT_TAKEN" || code === "ALIAS_TAKEN") && !isSelected(selection, path) &&
    // Both messages name the folder of the one that has it.
    folders.some((folder) => message.includes(folder))
  );
}
