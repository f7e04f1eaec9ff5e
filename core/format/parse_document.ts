import { isOwnHead } from "./documents.ts";
import { fault, type Finding } from "./finding.ts";
import { findJsonFault, textPlace } from "./json_fault.ts";
import { objectFields, tryParseJson } from "./json_text.ts";

/** A document as data; its `products` apart, so that they need not all be in memory at one time. */
export interface ParsedDocument {
  readonly head: ReadonlyMap<string, unknown>;
  /** Id and data of each product; undefined when there is no object of that name. */
  readonly products: Iterable<readonly [string, unknown]> | undefined;
  readonly findings: readonly Finding[];
}

// Quotes in strings are escaped, so this is a key; JSON.parse cannot tell 1.0 from 1, and Go does.
const SPELLED_FLOAT = /(?<!\\)"size"\s*:\s*(-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)/gi;

/**
 * Returns a document as data, or what keeps every client from reading it.
 *
 * @param path where it is, relative to the root
 */
export function parseDocument(bytes: Uint8Array, path: string): ParsedDocument | Finding {
  // A byte order mark is kept: clients take it for a broken document.
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const lines = productLines(bytes, decoder);
  if (lines !== undefined) {
    const { head, read } = lines;
    return { head, products: { [Symbol.iterator]: read }, findings: [] };
  }
  const text = decoder.decode(bytes);
  const head = objectFields(tryParseJson(text));
  if (head === undefined) return describeFault(text, path);
  const products = objectFields(head.get("products"));
  return { head, products, findings: findFloats(text, path) };
}

/**
 * Returns the products of a document that this tool wrote, a line each, to be gone through at any
 * time; undefined for any other document, and for one of this tool's that has been damaged.
 */
function productLines(bytes: Uint8Array, decoder: TextDecoder) {
  const headEnd = bytes.indexOf(0x0a);
  const first = decoder.decode(bytes.subarray(0, Math.max(0, headEnd)));
  const head = isOwnHead(first) ? objectFields(tryParseJson(`${first}}}`)) : undefined;
  if (head === undefined) return undefined;
  const ids = new Set<string>();
  let isSound = true;
  function* read(): Generator<readonly [string, unknown]> {
    for (let start = headEnd + 1; start < bytes.length;) {
      const found = bytes.indexOf(0x0a, start);
      const end = found === -1 ? bytes.length : found;
      const line = decoder.decode(bytes.subarray(start, end));
      if (line === "}}") {
        isSound &&= end >= bytes.length - 1;
        return;
      }
      start = end + 1;
      const isLast = bytes[start] === 0x7d;
      const one = hasFloat(line) || (!isLast && !line.endsWith(","))
        ? undefined
        : objectFields(tryParseJson(`{${isLast ? line : line.slice(0, -1)}}`));
      const [entry, ...others] = one ?? [];
      if (entry === undefined || others.length > 0 || ids.has(entry[0])) break;
      ids.add(entry[0]);
      yield entry;
    }
    isSound = false;
  }
  for (const _ of read());
  if (!isSound) return undefined;
  function readAgain() {
    ids.clear();
    return read();
  }
  return { head, read: readAgain };
}

function hasFloat(text: string): boolean {
  return [...text.matchAll(SPELLED_FLOAT)].some(([, size = ""]) => /[.eE]/.test(size));
}

function findFloats(text: string, path: string): readonly Finding[] {
  const findings: Finding[] = [];
  for (const { index, 1: size = "" } of text.matchAll(SPELLED_FLOAT)) {
    // A number with a fraction is told with its item; this is about 1.0 and 1e3 alone.
    if (!/[.eE]/.test(size) || !Number.isInteger(Number(size))) continue;
    const { line, column } = textPlace(text, index);
    findings.push(fault(
      "TYPE_WRONG",
      path,
      `"size" is spelled ${size} at line ${line}, column ${column}, expected a whole number in ` +
        "digits alone: clients reject the whole document, and list no image of this server",
    ));
  }
  return findings;
}

function describeFault(text: string, path: string): Finding {
  const consequence = "no client can list this server's images; publish the documents again";
  if (text.trim() === "") {
    return fault("DOCUMENT_UNPARSABLE", path, `is empty, expected a JSON object: ${consequence}`);
  }
  const at = findJsonFault(text);
  const found = at === undefined
    ? "holds JSON that is no object"
    : `is no JSON from line ${at.line}, column ${at.column} on: found ${at.found}`;
  return fault("DOCUMENT_UNPARSABLE", path, `${found}, expected a JSON object: ${consequence}`);
}
