import { formatFinding } from "../core/format/finding.ts";
import type { PublishedItem } from "../core/format/published_images.ts";
import { printable } from "../core/format/text.ts";
import type { RequirementSource } from "../core/requirement_sources.ts";
import type { ShownImage, ShownImages, ShownProduct } from "../core/show_images.ts";
import { formatBytes } from "./summary.ts";

/** Returns the lines in which people see products and images in full. */
export function showText(shown: ShownImages): readonly string[] {
  const lines = shown.products.flatMap((product, place) => [
    ...place === 0 ? [] : [""],
    ...productLines(product),
  ]);
  if (shown.unchecked !== undefined) lines.push("", `not checked: ${shown.unchecked}`);
  if (shown.changes.length > 0) {
    lines.push("", "the tree differs; the next index run would change:");
    lines.push(...shown.changes.map((change) => `  ${change}`));
  }
  if (shown.findings.length > 0) lines.push("", ...shown.findings.map(formatFinding));
  return lines.map(printable);
}

const TITLES = [
  ...["release_title", "release_codename", "version", "support_eol"] as const,
  "supported",
] as const;

function productLines(product: ShownProduct): readonly string[] {
  return [
    `product ${product.id}`,
    `  os: ${product.os}`,
    `  release: ${product.release}`,
    `  arch: ${product.arch}`,
    `  variant: ${product.variant}`,
    ...TITLES.flatMap((name) => {
      const value = product[name];
      return value === undefined ? [] : [`  ${name}: ${value}`];
    }),
    `  aliases: ${product.aliases.join(", ") || "none"}`,
    ...requirementLines("requirements", product.requirements),
    ...requirementLines("lxd_requirements", product.lxd_requirements),
    ...product.images.flatMap(imageLines),
  ];
}

function requirementLines(title: string, sources: readonly RequirementSource[]): readonly string[] {
  if (sources.length === 0) return [`  ${title}: none`];
  return [
    `  ${title}:`,
    ...sources.map(({ key, value, file }) =>
      `    ${key}: ${value} (${file === undefined ? "of no file in the tree" : `from ${file}`})`
    ),
  ];
}

function imageLines(image: ShownImage): readonly string[] {
  return [
    `  image ${image.fingerprint}`,
    `    version: ${image.version}`,
    ...image.label === undefined ? [] : [`    label: ${image.label}`],
    `    type: ${image.type}`,
    `    clients: ${image.clients.join(", ")}`,
    `    aliases: ${image.aliases.join(", ") || "none"}`,
    `    size: ${sizeText(image.size)}`,
    ...deltaLines(image.delta),
    ...[...image.files, ...image.delta === undefined ? [] : [image.delta.file]].flatMap(fileLines),
  ];
}

function fileLines({ path, ftype, size, sha256 }: PublishedItem): readonly string[] {
  return [
    `    file ${path}`,
    `      ftype: ${ftype}`,
    `      size: ${sizeText(size)}`,
    `      sha256: ${sha256}`,
  ];
}

function deltaLines(delta: ShownImage["delta"]): readonly string[] {
  if (delta === undefined) return [];
  return [`    with ${delta.base}: ${sizeText(delta.size)}, ${delta.percent} %`];
}

function sizeText(bytes: number): string {
  return bytes < 1024 ? formatBytes(bytes) : `${formatBytes(bytes)} (${bytes} B)`;
}
