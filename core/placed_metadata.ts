import { SimplestreamsError } from "./errors.ts";
import {
  canonicalArchitecture,
  debianArchitecture,
  knownArchitectures,
} from "./format/architecture.ts";
import { type Finding, warning } from "./format/finding.ts";
import {
  type ImageMetadata,
  parseImageMetadata,
  whyNameUnusable,
} from "./format/image_metadata.ts";
import { objectFields } from "./format/json_text.ts";
import type { ProductName } from "./format/model.ts";
import { printable } from "./format/text.ts";

/** metadata.yaml's name for each name of a product. */
const FIELDS = {
  os: "os",
  release: "release",
  variant: "variant",
  arch: "architecture",
} as const satisfies Record<keyof ProductName, string>;
const NAMES = ["os", "release", "arch", "variant"] as const;

/**
 * Returns what a metadata.yaml says, with the names that are given for the place in the tree in the
 * place of its own, and a finding for each of those that differs.
 *
 * @param document metadata.yaml with all scalars as text
 * @throws {SimplestreamsError} `USAGE` when a given name cannot be one
 * @throws {FormatError} when the rest of metadata.yaml is not usable
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { placeMetadata } from "./placed_metadata.ts";
 * const document = {
 *   architecture: "x86_64",
 *   creation_date: "1704164640",
 *   properties: { os: "Debian", release: "12", description: "" },
 * };
 * const { metadata, findings } = placeMetadata(document, { os: "debian" }, "incus.tar.xz");
 * assert.equal(metadata.os, "debian");
 * assert.equal(findings.length, 1);
 * ```
 */
export function placeMetadata(
  document: unknown,
  names: Partial<ProductName>,
  path: string,
): { readonly metadata: ImageMetadata; readonly findings: readonly Finding[] } {
  const top = objectFields(document);
  if (top === undefined) return { metadata: parseImageMetadata(document, path), findings: [] };
  const own = objectFields(top.get("properties")) ?? new Map<string, unknown>();
  const properties = new Map(own);
  const findings: Finding[] = [];
  for (const name of NAMES) {
    const given = names[name];
    if (given === undefined) continue;
    checkName(name, given);
    properties.set(FIELDS[name], given);
    const said = own.get(FIELDS[name]) ?? top.get(FIELDS[name]);
    if (typeof said !== "string" || isSame(name, said, given)) continue;
    findings.push(warning(
      "METADATA_DIFFERS",
      path,
      `its ${name} is "${said}", and "${given}" is what clients will list: the file itself is not ` +
        "changed, so what is launched from it goes on saying the former",
    ));
  }
  // Only the import asks for one; a document has no description
  if (!properties.has("description") && !top.has("description")) properties.set("description", "");
  const changed = { ...Object.fromEntries(top), properties: Object.fromEntries(properties) };
  return { metadata: parseImageMetadata(changed, path), findings };
}

function isSame(name: keyof ProductName, a: string, b: string): boolean {
  return name === "arch" ? debianArchitecture(a) === debianArchitecture(b) : a === b;
}

function checkName(name: keyof ProductName, value: string): void {
  const isUnknown = name === "arch" && canonicalArchitecture(value) === undefined;
  const reason = isUnknown
    ? `no client knows it, expected one of ${knownArchitectures().join(", ")}`
    : whyNameUnusable(value);
  if (reason === undefined) return;
  throw new SimplestreamsError("USAGE", `Cannot use ${name} "${printable(value)}": ${reason}`);
}
