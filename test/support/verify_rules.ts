import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { MemoryPorts } from "./memory_ports.ts";
import { codesOf, type Documents, editDocuments, soundRoot, verify } from "./verified_root.ts";

export const IMAGES = "streams/v1/images.json";
export const INDEX = "streams/v1/index.json";

/** A change of the documents; first comes the product of `verified_root.ts`. */
export type Edit = (product: Documents["document"], documents: Documents) => void;

/** One rule of the clients: how a sound root is broken, and every finding of that. */
export interface Rule {
  readonly name: string;
  /** Of the documents. */
  readonly edit?: Edit;
  /** Of the tree. */
  readonly change?: (ports: MemoryPorts) => void;
  readonly expected: readonly string[];
}

/** The items of a version of the product. */
export function items(product: Documents["document"], version = "20240102") {
  return product.versions[version].items;
}

/** Removes a file of the root. */
export function remove(path: string): Rule["change"] {
  return ({ tree }) => tree.removeFile(`/root/${path}`);
}

/** Puts a file into the root. */
export function put(path: string, text: string): Rule["change"] {
  return ({ tree }) => tree.put(`/root/${path}`, text);
}

/** One expected warning. */
export function warned(code: string, path = IMAGES): readonly string[] {
  return [`warning ${code} ${path}`];
}

/** One expected error. */
export function failed(code: string, path = IMAGES): readonly string[] {
  return [`error ${code} ${path}`];
}

/** Tests that a root broken by each rule has these findings and no other. */
export function testRules(what: string, rules: readonly Rule[]): void {
  describe(`verifyTree() by the rules for ${what}`, () => {
    for (const { name, edit, change, expected } of rules) {
      it(`finds ${JSON.stringify(name)}`, async () => {
        const ports = await soundRoot();
        if (edit !== undefined) editDocuments(ports, edit);
        change?.(ports);
        const { findings } = await verify(ports);
        assert.deepEqual([...codesOf(findings)].sort(), [...expected].sort());
      });
    }
  });
}
