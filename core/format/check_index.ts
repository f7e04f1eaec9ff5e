import { whyListedPathUnusable } from "./check_path.ts";
import { type TypeMismatch } from "./document_types.ts";
import { fault, type Finding, warning } from "./finding.ts";
import { objectFields } from "./json_text.ts";
import { INDEX_PATH } from "./documents.ts";

/** A products document that an index names. */
export interface NamedStream {
  readonly name: string;
  /** Relative to the root. */
  readonly path: string;
  /** Ids as the index has them, in its order. */
  readonly products: readonly string[];
}

/** The streams of an index that clients read, and what is wrong with it. */
export interface CheckedIndex {
  readonly streams: readonly NamedStream[];
  readonly findings: readonly Finding[];
}

/** Returns the finding for a value that makes clients reject a document. */
export function typeFinding(path: string, place: string, mismatch: TypeMismatch): Finding {
  const { at, found, expected } = mismatch;
  const field = at.map((name) => `"${name}"`).join(" > ");
  const what = field === "" ? "the value" : `the field ${field}`;
  return fault(
    "TYPE_WRONG",
    path,
    `${place}${what} is ${found}, expected ${expected}: clients reject the whole document for it, ` +
      "and list no image of this server",
  );
}

/**
 * Returns the streams of an index document.
 *
 * @param index its fields
 */
export function checkIndex(index: ReadonlyMap<string, unknown>): CheckedIndex {
  const findings: Finding[] = [];
  const streams: NamedStream[] = [];
  const owners = new Map<string, string>();
  const format = index.get("format");
  if (format !== "index:1.0") {
    findings.push(headFinding(INDEX_PATH, { field: "format", found: format }, "index:1.0"));
  }
  for (const [name, value] of objectFields(index.get("index")) ?? []) {
    const entry = objectFields(value);
    // client-contract: entries of another datatype are passed over
    if (entry?.get("datatype") !== "image-downloads") continue;
    const path = entry.get("path");
    const stream = `the stream "${name}"`;
    const why = whyListedPathUnusable(typeof path === "string" ? path : "");
    if (typeof path !== "string" || why !== undefined) {
      const message = `the path of ${stream} ${why}: clients can list none of this server's images`;
      findings.push(fault("PATH_UNUSABLE", INDEX_PATH, message));
      continue;
    }
    const listed = entry.get("products");
    const products = Array.isArray(listed)
      ? listed.filter((id): id is string => typeof id === "string")
      : [];
    if (products.length === 0) {
      findings.push(warning(
        "INDEX_EMPTY",
        INDEX_PATH,
        `${stream} lists no products, so clients pass ${path} over; index the tree again`,
      ));
    }
    const isKnown = streams.some((known) => known.path === path);
    if (!isKnown) streams.push({ name, path, products });
    // Clients pass it over, and so its file does not come to be cached
    if (products.length === 0) continue;
    // client-contract: clients cache documents by the basename of the path
    const basename = path.slice(path.lastIndexOf("/") + 1);
    const owner = owners.get(basename);
    if (owner !== undefined || basename === "index.json") {
      const other = owner === undefined ? "the index itself" : `the stream "${owner}"`;
      findings.push(fault(
        "STREAM_NAME_TAKEN",
        INDEX_PATH,
        `${stream} has the file name ${basename}, as ${other} has: clients cache documents by that ` +
          "name and take one for the other; give each a name of its own",
      ));
    }
    owners.set(basename, name);
  }
  if (streams.length === 0 && findings.every(({ severity }) => severity === "warning")) {
    const message =
      `names no document of images, expected one with "datatype":"image-downloads": ` +
      "clients list nothing; index the tree again";
    findings.push(warning("INDEX_EMPTY", INDEX_PATH, message));
  }
  return { streams, findings };
}

/** Returns where an index and the document that it names differ. */
export function compareWithIndex(
  stream: NamedStream,
  ids: ReadonlySet<string>,
): readonly Finding[] {
  if (stream.products.length === 0) return [];
  const stale = stream.products.filter((id) => !ids.has(id));
  const listed = new Set(stream.products);
  const missing = [...ids].filter((id) => !listed.has(id));
  const finding = (id: string, message: string) =>
    warning("INDEX_STALE", INDEX_PATH, `${message}: "${id}"; index the tree again`);
  return [
    ...stale.map((id) => finding(id, `lists a product that is not in ${stream.path}`)),
    ...missing.map((id) => finding(id, `does not list a product that is in ${stream.path}`)),
  ];
}

/** Returns what is odd in a products document's own fields; clients of other makers look at them. */
export function checkHead(path: string, head: ReadonlyMap<string, unknown>): readonly Finding[] {
  const expected = { datatype: "image-downloads", format: "products:1.0" };
  return Object.entries(expected).flatMap(([field, text]) => {
    const found = head.get(field);
    return found === text ? [] : [headFinding(path, { field, found }, text)];
  });
}

function headFinding(
  path: string,
  { field, found }: { readonly field: string; readonly found: unknown },
  expected: string,
): Finding {
  const state = found === undefined ? "is not there" : `is ${JSON.stringify(found)}`;
  const message = `the field "${field}" ${state}, expected "${expected}"; index the tree again`;
  return warning("DOCUMENT_HEAD", path, message);
}
