import { SimplestreamsError } from "./errors.ts";
import { findByFingerprint } from "./find_published.ts";
import { printable } from "./format/text.ts";
import { requireRoot } from "./index_tree.ts";
import { type ListedImage, listImages } from "./list_images.ts";
import { planWithdrawal, type ProductChoice } from "./plan_withdrawal.ts";
import {
  type PrunableDocuments,
  type PrunableProduct,
  readPrunable,
} from "./prunable_documents.ts";
import { openPublishedCatalog } from "./published_catalog.ts";
import {
  withdraw,
  type WithdrawOptions,
  type WithdrawPorts,
  type WithdrawResult,
} from "./withdraw.ts";

/** What to remove. */
export interface RemoveOptions extends WithdrawOptions {
  /** A product's id, `ID@VERSION`, or a fingerprint or how it begins. */
  readonly name: string;
}

const ASKED = "asked for";

/**
 * Takes a product, a version or an image out of the documents, whoever wrote them, and removes what has
 * been out for the grace. An image goes with every other that has the same root file. The caller holds
 * the root's lock when it writes.
 *
 * @param root without a "/" at its end
 * @throws {SimplestreamsError} `NOT_FOUND` when nothing is called so; `USAGE` for an alias, and for a
 * part of a fingerprint that fits several images; `REFUSED` when a document is missing or unreadable,
 * or would lose its last product
 * @throws {FormatError} when what is remembered of withdrawn versions is broken
 * @throws {StorageError} when the root is missing, or something cannot be read, written or removed
 */
export async function removeImages(
  ports: WithdrawPorts,
  root: string,
  options: RemoveOptions,
): Promise<WithdrawResult> {
  requireRoot(ports.reader, root);
  const published = readPrunable(ports.reader, root, options);
  const choose = resolveName(published, options.name);
  return await withdraw(ports, root, planWithdrawal(published, choose), options);
}

function resolveName(published: PrunableDocuments, name: string) {
  const products = published.documents.flatMap((document) => document.products);
  const isVersion = (id: string, version: string) => name === id || name === `${id}@${version}`;
  const byId = products.some(({ id, versions }) =>
    name === id || versions.some((version) => isVersion(id, version.name))
  );
  const fingerprint = byId ? undefined : resolveFingerprint(published, name);

  return ({ id, versions }: PrunableProduct): ProductChoice => ({
    versions: new Map(
      versions.filter((version) => byId && isVersion(id, version.name))
        .map((version) => [version.name, ASKED]),
    ),
    images: new Map(
      versions.filter(({ images }) => images.some((image) => image.fingerprint === fingerprint))
        .map((version) => [version.name, new Set([fingerprint ?? ""])]),
    ),
  });
}

function resolveFingerprint({ documents }: PrunableDocuments, name: string): string {
  const encoder = new TextEncoder();
  const images = documents.flatMap(({ text }) => {
    const catalog = openPublishedCatalog(encoder.encode(text));
    return catalog === undefined ? [] : listImages(catalog);
  });
  refuseAlias(images, name);
  return findByFingerprint(images, name).at(0)?.fingerprint ?? "";
}

/** An alias leads to whatever is the newest, which may be another image by now. */
function refuseAlias(images: readonly ListedImage[], name: string): void {
  const found = images.filter(({ aliases, arch }) =>
    aliases.some((alias) => alias === name || `${alias}/${arch}` === name)
  );
  if (found.length === 0) return;
  const leads = found.map(({ product, version, fingerprint }) =>
    `\n  ${fingerprint.slice(0, 12)} ${printable(`${product}@${version}`)}`
  );
  throw new SimplestreamsError(
    "USAGE",
    `Cannot remove "${
      printable(name)
    }": it is an alias, expected a fingerprint, or ID@VERSION, or ` +
      `a product's id; it leads to${leads.join("")}`,
  );
}
