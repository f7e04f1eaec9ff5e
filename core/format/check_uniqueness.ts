import { aliasKey } from "./aliases.ts";
import type { CheckedProduct } from "./check_product.ts";
import { fault, type Finding, warning } from "./finding.ts";

/** Finds what two products of one remote have, and only one may have. */
export interface UniquenessCheck {
  /** How many fingerprints there are. */
  readonly images: number;
  /** Returns what a product has that an earlier one, or the product itself, has too. */
  add(
    product: CheckedProduct,
    at: { readonly document: string; readonly id: string },
  ): readonly Finding[];
}

/** Starts a check that goes over all documents of a remote; products come in the order of their ids. */
export function createUniquenessCheck(): UniquenessCheck {
  const aliases = new Map<string, { readonly document: string; readonly id: string }>();
  const fingerprints = new Set<string>();
  const places = new Map<string, { readonly document: string; readonly place: string }>();
  return {
    get images() {
      return fingerprints.size;
    },
    add(product, { document, id }) {
      const findings: Finding[] = [];
      for (const { client, fingerprint, place } of product.images) {
        const key = `${client} ${fingerprint}`;
        const owner = places.get(key);
        fingerprints.add(fingerprint);
        if (owner === undefined) {
          places.set(key, { document, place });
          continue;
        }
        const who = owner.document !== document
          ? `${owner.place.replace(/: $/, "")} in ${owner.document} has`
          : owner.place === place
          ? "another one of it has"
          : owner.place.replace(/: $/, " has");
        // client-contract: a fingerprint must be unique across the whole remote
        findings.push(fault(
          "FINGERPRINT_TAKEN",
          document,
          `${place}has an image with the fingerprint ${fingerprint}, as ${who}: clients can ` +
            "download neither by alias; take one of the two out",
        ));
      }
      // Clients tell an alias of a container from that of a VM, and skip products without images.
      const kinds = new Set(product.images.map(({ client, type }) => `${client} ${type}`));
      for (const alias of product.aliases) {
        const keys = [...kinds].map((kind) => `${kind} ${aliasKey(product.arch, alias)}`);
        const owner = keys.flatMap((key) => aliases.get(key) ?? []).at(0);
        for (const key of keys) if (!aliases.has(key)) aliases.set(key, { document, id });
        if (owner === undefined) continue;
        const isItself = owner.id === id && owner.document === document;
        const where = owner.document === document ? "" : ` in ${owner.document}`;
        const message = isItself ? "twice" : `, as the product "${owner.id}"${where} has for the ` +
          "same architecture and type: clients give it to one of the two";
        const space = isItself ? " " : "";
        findings.push(warning(
          "ALIAS_TAKEN",
          document,
          `product "${id}": has the alias "${alias}"${space}${message}`,
        ));
      }
      return findings;
    },
  };
}
