import { fingerprintsIn } from "./format/documents.ts";
import { aliasKeysIn } from "./format/published_aliases.ts";

/** What products of other streams have, so that those of one stream must do without. */
export interface TakenNames {
  /** As `aliasKey` gives them, each with who has it. */
  readonly aliases: ReadonlyMap<string, string>;
  readonly fingerprints: ReadonlyMap<string, string>;
}

/** Nothing is taken. */
export const NOTHING_TAKEN: TakenNames = { aliases: new Map(), fingerprints: new Map() };

/** Returns what is taken once the products of a stream, id to JSON text, are there too. */
export function takeNames(
  taken: TakenNames,
  stream: string,
  texts: ReadonlyMap<string, string>,
): TakenNames {
  const owner = `the stream "${stream}"`;
  const aliases = new Map(taken.aliases);
  const fingerprints = new Map(taken.fingerprints);
  for (const text of texts.values()) {
    for (const alias of aliasKeysIn(text)) if (!aliases.has(alias)) aliases.set(alias, owner);
    for (const one of fingerprintsIn(text)) {
      if (!fingerprints.has(one)) fingerprints.set(one, owner);
    }
  }
  return { aliases, fingerprints };
}
