/** What a metadata.yaml is made of. */
export interface MetadataFields {
  /** As Incus names it, as `x86_64`. */
  readonly architecture: string;
  /** In whole seconds. */
  readonly createdAt: Date;
  /** Texts of one line. */
  readonly properties: ReadonlyMap<string, string>;
}

/** Words that YAML 1.1, which the clients read, takes for something else than text. */
const NO_TEXT = /^(?:y|n|yes|no|true|false|on|off|null)$/i;
const PLAIN = /^[A-Za-z][\w./()+-]*(?: [\w./()+-]+)*$/;

/**
 * Returns the text of a metadata.yaml, in the order in which incus-simplestreams writes it.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { formatMetadata } from "./metadata_text.ts";
 * const text = formatMetadata({
 *   architecture: "x86_64",
 *   createdAt: new Date(0),
 *   properties: new Map([["release", "12"]]),
 * });
 * assert.ok(text.includes('\n  release: "12"\n'));
 * ```
 */
export function formatMetadata({ architecture, createdAt, properties }: MetadataFields): string {
  const entries = [...properties].sort(([a], [b]) => a < b ? -1 : 1);
  return [
    `architecture: ${scalar(architecture)}`,
    `creation_date: ${Math.floor(createdAt.getTime() / 1000)}`,
    "expiry_date: 0",
    "properties:",
    ...entries.map(([key, value]) => `  ${scalar(key)}: ${scalar(value)}`),
    "templates: {}",
    "",
  ].join("\n");
}

/** A text in JSON's quotes is one in YAML. */
function scalar(text: string): string {
  return PLAIN.test(text) && !NO_TEXT.test(text) ? text : JSON.stringify(text);
}
