import { FormatError } from "../errors.ts";
import { debianArchitecture } from "./architecture.ts";
import { objectFields } from "./json_text.ts";
import type { ProductName } from "./model.ts";
import { printable, whyPathUnusable } from "./text.ts";
import { versionNameAt } from "./version_name.ts";

/** What metadata.yaml says of an image, as far as a tree needs it. */
export interface ImageMetadata extends ProductName {
  /** `YYYYMMDD_HH:MM`, UTC, from creation_date. */
  readonly version: string;
  readonly description: string;
}

const MAX_NAME_BYTES = 255;
const LAST_YEAR_9999 = 253402300799;

/**
 * Returns what a metadata.yaml says, checked so that it can name folders and an alias.
 *
 * Each field is looked for in `properties` first, then at the top level.
 *
 * @param document metadata.yaml with all scalars as text
 * @throws {FormatError} when a field is missing, or has a value that would leave the tree or break a client
 */
export function parseImageMetadata(document: unknown, path: string): ImageMetadata {
  const top = objectFields(document);
  if (top === undefined) throw metadataError(path, "it is no mapping, expected keys and values");
  const fields = new Map([...top, ...objectFields(top.get("properties")) ?? []]);

  function find(name: string): string | undefined {
    const value = fields.get(name);
    if (value === undefined || typeof value === "string") return value;
    throw metadataError(path, `"${name}" is a list or mapping, expected text`);
  }
  function need(name: string): string {
    const value = find(name);
    if (value !== undefined) return value;
    throw metadataError(path, `"${name}" is missing from metadata.yaml, expected a value`);
  }
  function checkName(name: string, value: string): string {
    const reason = whyNameUnusable(value);
    if (reason === undefined) return value;
    throw metadataError(path, `"${name}" is "${printable(value)}": ${reason}`);
  }

  return {
    arch: checkName("architecture", debianArchitecture(need("architecture"))),
    version: readCreationDate(need("creation_date"), path),
    os: checkName("os", need("os")),
    release: checkName("release", need("release")),
    variant: checkName("variant", find("variant") ?? "default"),
    description: need("description"),
  };
}

/**
 * Returns why a value cannot name a folder of the tree and a part of an alias, or undefined.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { whyNameUnusable } from "./image_metadata.ts";
 * assert.equal(whyNameUnusable("24.10"), undefined);
 * assert.equal(whyNameUnusable("../etc"), 'expected a name without "/"');
 * ```
 */
export function whyNameUnusable(value: string): string | undefined {
  if (value === "") return "expected a name that is not empty";
  for (const character of ["/", ":", ","]) {
    if (value.includes(character)) return `expected a name without "${character}"`;
  }
  if (value.startsWith(".")) return 'expected a name that does not start with "."';
  const bytes = new TextEncoder().encode(value).length;
  if (bytes > MAX_NAME_BYTES) {
    return `the name has ${bytes} bytes, expected at most ${MAX_NAME_BYTES}`;
  }
  return whyPathUnusable(value);
}

function readCreationDate(text: string, path: string): string {
  const seconds = /^[0-9]{1,12}$/.test(text) ? Number(text) : NaN;
  if (!(seconds <= LAST_YEAR_9999)) {
    throw metadataError(
      path,
      `"creation_date" is "${printable(text)}", expected whole seconds since 1970, as 1700000000`,
    );
  }
  return versionNameAt(new Date(seconds * 1000));
}

function metadataError(path: string, problem: string): FormatError {
  return new FormatError(`Cannot use the metadata of "${printable(path)}": ${problem}`, { path });
}
