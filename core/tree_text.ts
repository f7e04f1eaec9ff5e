import { isUnsettled } from "./format/items_cache.ts";
import { productPath, type ProductPlace } from "./format/model.ts";
import type { ScannedProduct, ScannedTree, ScannedVersion } from "./scan.ts";

/**
 * Returns a scanned tree as text, to hold against a snapshot: equal text, equal tree. A version with
 * a file that was touched in the last two seconds is never equal to anything.
 */
export function treeText(tree: ScannedTree, now: Date): string {
  return writeTree(tree, (version) => versionLine(version, now) ?? UNSETTLED);
}

/**
 * Returns a scanned tree as text, to keep in a snapshot.
 *
 * @param unsure folders of versions that must not be taken for known the next time
 */
export function snapshotText(tree: ScannedTree, now: Date, unsure: ReadonlySet<string>): string {
  return writeTree(
    tree,
    (version, folder) =>
      (unsure.has(`${folder}/${version.name}`) ? undefined : versionLine(version, now)) ?? UNSURE,
  );
}

// Two words, so that what was not sure then and is not settled now are not equal.
const UNSETTLED = "unsettled";
/** Begins a line of a snapshot that no scanned tree has. */
export const UNSURE = "unsure";

function writeTree(
  tree: ScannedTree,
  line: (version: ScannedVersion, folder: string) => string,
): string {
  const products = tree.products.map((product): TreeTextProduct => {
    const folder = productPath(product);
    return {
      folder: JSON.stringify(folder),
      lines: product.versions.map((version) => line(version, folder)),
    };
  });
  return joinTree({ head: headLines(tree), products });
}

/** Returns a line for each thing above the versions, in an order that any part of them has too. */
function headLines(tree: ScannedTree): readonly string[] {
  return [
    `stream ${tree.isThere}`,
    ...tree.findings.map((finding) => `finding ${JSON.stringify(finding)}`).sort(),
    ...tree.settings.map(({ folder, name, text }) =>
      `settings ${JSON.stringify([folder, name, text])}`
    ).sort(),
  ];
}

/** Returns a version's names, sizes and times in one line; undefined while a file is not settled. */
function versionLine(version: ScannedVersion, now: Date): string | undefined {
  let line = `${JSON.stringify(version.name)} ${version.hasCache ? "cached" : "bare"}`;
  for (const file of version.files) {
    if (isUnsettled(file, now)) return undefined;
    line += ` ${fileToken(file.name)} ${file.sizeBytes} ${file.mtimeMs}/${file.inode}`;
  }
  for (const finding of version.findings) line += ` ${JSON.stringify(finding)}`;
  return line;
}

/** A name in a version's line; one with a space or the like is in quotes. */
function fileToken(name: string): string {
  return /^[\w.+-]+$/.test(name) ? name : JSON.stringify(name);
}

/** One product in a tree's text. */
export interface TreeTextProduct {
  /** As JSON text. */
  readonly folder: string;
  /** A line a version. */
  readonly lines: readonly string[];
}

/** A tree's text, taken apart. */
export interface TreeTextParts {
  /** A line for each thing above the versions. */
  readonly head: readonly string[];
  /** In the tree's order. */
  readonly products: readonly TreeTextProduct[];
}

/** Returns the parts of a tree's text. */
export function splitTree(tree: string): TreeTextParts {
  const [head = "", ...products] = tree.trimEnd().split("\nproduct ");
  return {
    head: head.split("\n"),
    products: products.map((product) => {
      const [folder = "", ...lines] = product.split("\n");
      return { folder, lines };
    }),
  };
}

/** Returns the text of these parts. */
export function joinTree({ head, products }: TreeTextParts): string {
  const lines = [...head];
  for (const product of products) {
    lines.push(`product ${product.folder}`);
    for (const line of product.lines) lines.push(line);
  }
  return `${lines.join("\n")}\n`;
}

/** Tells what of a scanned tree is as it was when a snapshot was taken. */
export interface UnchangedTest {
  /** Whether a version is, so that what is published of it holds. */
  readonly version: (product: ProductPlace, version: ScannedVersion) => boolean;
  /** Whether all versions of a product are, and none is gone. */
  readonly product: (product: ScannedProduct) => boolean;
  /** Whether all settings are, and what was found above the versions. */
  readonly settings: (tree: ScannedTree) => boolean;
}

/** Returns the test that holds a scanned tree against the text of a snapshot's. */
export function compareWithSnapshot(snapshotTree: string, now: Date): UnchangedTest {
  const { head, products } = splitTree(snapshotTree);
  const before = new Map(products.map(({ folder, lines }) => [folder, new Set(lines)]));
  const linesOf = (product: ProductPlace) => before.get(JSON.stringify(productPath(product)));
  const isSame = (lines: ReadonlySet<string> | undefined, version: ScannedVersion) => {
    const line = versionLine(version, now);
    return line !== undefined && lines !== undefined && lines.has(line);
  };
  return {
    version: (product, version) => isSame(linesOf(product), version),
    product(product) {
      const lines = linesOf(product);
      return lines?.size === product.versions.length &&
        product.versions.every((version) => isSame(lines, version));
    },
    settings: (tree) => headLines(tree).join("\n") === head.join("\n"),
  };
}
