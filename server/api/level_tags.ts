import { createHash } from "node:crypto";
import type { LevelBefore } from "../../core/change_requirements.ts";
import { printable } from "../../core/format/text.ts";
import { HttpProblem } from "../problem.ts";
import { isTagListed } from "../tree/entity_tag.ts";

/** The headers of a request that say on what condition it is meant. */
export interface Conditions {
  readonly ifMatch?: string;
  readonly ifNoneMatch?: string;
}

/** Returns a strong tag of what a level's requirements are. */
export function tagOf({ own, effective }: LevelBefore): string {
  const digest = createHash("sha256").update(JSON.stringify([own, effective])).digest("hex");
  return `"${digest.slice(0, 32)}"`;
}

/**
 * Refuses a change whose conditions the level does not meet; `If-None-Match: *` is for a file that is
 * to be new (RFC 9110, 13.1).
 *
 * @throws {HttpProblem} `PRECONDITION_FAILED` with the tag of what holds
 */
export function requireConditions(conditions: Conditions, current: LevelBefore): void {
  const problem = whyUnmet(conditions, current);
  if (problem === undefined) return;
  throw new HttpProblem("PRECONDITION_FAILED", `Cannot change the requirements: ${problem}`, {
    headers: { ETag: tagOf(current) },
  });
}

function whyUnmet({ ifMatch, ifNoneMatch }: Conditions, current: LevelBefore): string | undefined {
  const tag = tagOf(current);
  const hasFile = current.own !== null;
  if (ifMatch?.trim() === "*" && !hasFile) {
    return "the level has no file of its own, expected one";
  }
  const isStrongMatch = ifMatch?.split(",").some((one) => ["*", tag].includes(one.trim()));
  if (isStrongMatch === false) {
    return `they are ${tag} by now, expected ${printable(ifMatch ?? "")}; read them again`;
  }
  if (ifNoneMatch === undefined) return undefined;
  if (ifNoneMatch.trim() === "*") {
    return hasFile ? "the level has a file of its own, expected none" : undefined;
  }
  return isTagListed(ifNoneMatch, tag) ? `they are ${tag}, expected anything else` : undefined;
}
