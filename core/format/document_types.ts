import { objectFields } from "./json_text.ts";

/** What a client's struct takes in a place; unknown fields are ignored there. */
type Shape =
  | "string"
  | "boolean"
  | "whole number"
  | "list of strings"
  | { readonly each: Shape; readonly what: string }
  | { readonly fields: Readonly<Record<string, Shape>> };

/** A value that a client's struct does not take. */
export interface TypeMismatch {
  /** Field names and keys from the outermost inward. */
  readonly at: readonly string[];
  readonly found: string;
  readonly expected: string;
}

const TEXTS: Shape = { each: "string", what: "object of strings" };

// incus shared/simplestreams/products.go: ProductVersionItem
const ITEM: Shape = {
  fields: {
    "combined_disk-kvm-img_sha256": "string",
    "combined_disk1-img_sha256": "string",
    combined_rootxz_sha256: "string",
    combined_sha256: "string",
    combined_squashfs_sha256: "string",
    combined_type: "string",
    "combined_uefi1-img_sha256": "string",
    delta_base: "string",
    ftype: "string",
    md5: "string",
    path: "string",
    sha256: "string",
    size: "whole number",
  },
};
const VERSION: Shape = {
  fields: {
    items: { each: ITEM, what: "object of items" },
    label: "string",
    pubname: "string",
  },
};

/** incus shared/simplestreams/products.go: Product. */
export const PRODUCT_SHAPE: Shape = {
  fields: {
    aliases: "string",
    arch: "string",
    lxd_requirements: TEXTS,
    os: "string",
    release: "string",
    release_codename: "string",
    release_title: "string",
    requirements: TEXTS,
    support_eol: "string",
    supported: "boolean",
    variant: "string",
    version: "string",
    versions: { each: VERSION, what: "object of versions" },
  },
};

/** incus shared/simplestreams/products.go: Products, without what is in `products`. */
export const DOCUMENT_SHAPE: Shape = {
  fields: {
    content_id: "string",
    datatype: "string",
    format: "string",
    license: "string",
    updated: "string",
  },
};

/** incus shared/simplestreams/index.go: Stream. */
export const INDEX_SHAPE: Shape = {
  fields: {
    format: "string",
    updated: "string",
    index: {
      each: {
        fields: {
          datatype: "string",
          format: "string",
          path: "string",
          products: "list of strings",
          updated: "string",
        },
      },
      what: "object of streams",
    },
  },
};

/**
 * Returns every value that a client's decoder would reject, and with it the whole document.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { findTypeMismatches, PRODUCT_SHAPE } from "./document_types.ts";
 * assert.deepEqual(findTypeMismatches({ supported: "yes", unknown: 1 }, PRODUCT_SHAPE), [
 *   { at: ["supported"], found: "a string", expected: "a boolean" },
 * ]);
 * ```
 */
export function findTypeMismatches(value: unknown, shape: Shape): readonly TypeMismatch[] {
  const mismatches: TypeMismatch[] = [];
  visit(value, shape, []);
  return mismatches;

  function visit(value: unknown, shape: Shape, at: readonly string[]): void {
    // Go's decoder leaves a field as it is for null.
    if (value === null || value === undefined) return;
    if (typeof shape === "string") {
      if (!isOf(value, shape)) {
        mismatches.push({ at, found: kindOf(value), expected: `a ${shape}` });
      }
      return;
    }
    const fields = objectFields(value);
    if (fields === undefined) {
      const what = "each" in shape ? shape.what : "object";
      mismatches.push({ at, found: kindOf(value), expected: `an ${what}` });
      return;
    }
    for (const [name, field] of fields) {
      const inner = "each" in shape ? shape.each : fieldShape(shape.fields, name);
      if (inner !== undefined) visit(field, inner, [...at, name]);
    }
  }
}

/** Go's decoder takes a field's name in any case. */
function fieldShape(fields: Readonly<Record<string, Shape>>, name: string): Shape | undefined {
  const known = Object.hasOwn(fields, name) ? name : name.toLowerCase();
  return Object.hasOwn(fields, known) ? fields[known] : undefined;
}

function isOf(value: unknown, shape: Shape): boolean {
  if (shape === "string") return typeof value === "string";
  if (shape === "boolean") return typeof value === "boolean";
  // Go's int64: a longer number is rejected as a text would be
  if (shape === "whole number") return Number.isInteger(value) && Math.abs(Number(value)) < 2 ** 63;
  return Array.isArray(value) && value.every((one) => one === null || typeof one === "string");
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) {
    const odd = value.find((one) => one !== null && typeof one !== "string");
    return odd === undefined ? "a list" : `a list with ${kindOf(odd)}`;
  }
  if (typeof value === "number") return `the number ${value}`;
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
