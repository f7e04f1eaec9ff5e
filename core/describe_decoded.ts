import type { DecodedDelta } from "./delta_coder.ts";

/** Returns what was found out about a delta that does not make what it should. */
export function describeDecoded(made: DecodedDelta): string {
  if ("undecided" in made) return made.undecided;
  return "unusable" in made ? made.unusable : `it makes other bytes, of sha256 ${made.sha256}`;
}
