import { parseRange, type Section } from "./byte_range.ts";
import { isSameRange, isTagListed, isUnmodifiedSince, type Validators } from "./entity_tag.ts";

/** The parts of a request that decide which part of a file is sent, if any. */
export interface Conditions {
  readonly method: string;
  readonly ifNoneMatch: string | undefined;
  readonly ifModifiedSince: string | undefined;
  readonly range: string | undefined;
  readonly ifRange: string | undefined;
}

/** What a file is at the time of the request. */
export interface Representation extends Validators {
  readonly sizeBytes: number;
}

/** What to answer. */
export type AnswerPlan =
  | { readonly status: 200 | 206; readonly section: Section }
  | { readonly status: 304 | 416 };

/** Decides what to answer to a request for a file that is there. */
export function planAnswer(conditions: Conditions, representation: Representation): AnswerPlan {
  const { ifNoneMatch, ifModifiedSince, range, ifRange } = conditions;
  const { etag, mtimeMs, sizeBytes } = representation;
  // RFC 9110, 13.2.2: If-Modified-Since counts only where there is no If-None-Match, ranges come last
  const isKnown = ifNoneMatch === undefined
    ? ifModifiedSince !== undefined && isUnmodifiedSince(ifModifiedSince, mtimeMs)
    : isTagListed(ifNoneMatch, etag);
  if (isKnown) return { status: 304 };
  // RFC 9110, 14.2: ranges are for GET alone
  const isWhole = range === undefined || conditions.method !== "GET" ||
    (ifRange !== undefined && !isSameRange(ifRange, representation));
  const section = isWhole ? "whole" : parseRange(range, sizeBytes);
  if (section === "unsatisfiable") return { status: 416 };
  return section === "whole"
    ? { status: 200, section: { start: 0, lengthBytes: sizeBytes } }
    : { status: 206, section };
}
