import type { NamedPaths } from "./format/named_paths.ts";
import { whyNotRemovable } from "./format/named_paths.ts";
import {
  isSamePlace,
  type OrphanedPlace,
  type Place,
  type WithdrawnPlace,
  type WithdrawnState,
} from "./format/withdrawn.ts";

/** What became of a place since it was remembered: `leftover` when its removal was begun. */
export type Presence = "there" | "leftover" | "gone";

/** Something in the tree that no document names. */
export interface Stray extends Place {
  /** When anything in it last changed. */
  readonly newestMs: number;
}

/** Why something is removed. */
export type RemovalReason = "incomplete" | "orphan" | "withdrawn";

/** Something to remove now. */
export interface DuePlace extends Place {
  readonly reason: RemovalReason;
  /** Since when it is out, or known as an orphan; for an incomplete version its last change. */
  readonly since: Date;
  /** Whether an earlier run began with it, so that nobody sees it any more. */
  readonly isBegun: boolean;
}

/** Something to remove later. */
export interface WaitingPlace {
  readonly path: string;
  readonly reason: RemovalReason;
  /** The earliest time. */
  readonly until: Date;
}

/** What is removed now, what later, and what is remembered of both. */
export interface RemovalPlan {
  /** Sorted by path. */
  readonly due: readonly DuePlace[];
  /** Sorted by path. */
  readonly wait: readonly WaitingPlace[];
  /** With all that is due and not begun: a place is forgotten when it is gone. */
  readonly state: WithdrawnState;
}

/** What is known before a removal is planned. */
export interface RemovalFacts {
  readonly state: WithdrawnState;
  readonly presence: (place: Place) => Presence;
  /** What the documents name as they stand, and what leaves them now. */
  readonly named: NamedPaths;
  readonly leaving: readonly string[];
  /** Undefined when nobody looked for them. */
  readonly orphans: readonly Stray[] | undefined;
  /** To be removed without waiting. */
  readonly incomplete: readonly Stray[];
  readonly now: Date;
  readonly graceMs: number;
}

/** Returns what of a tree is due to be removed. What leaves the documents now never is. */
export function planRemoval(facts: RemovalFacts): RemovalPlan {
  const { state, presence, named, now, graceMs, incomplete } = facts;
  const due: DuePlace[] = [];
  const wait: WaitingPlace[] = [];
  const leaves = isBelow(facts.leaving);
  const isOver = (since: Date) => now.getTime() - since.getTime() >= graceMs;
  const afterGrace = (since: Date) => new Date(since.getTime() + graceMs);

  const begun = [
    ...state.withdrawn.map((place) => ({ place, reason: "withdrawn" as const })),
    ...state.orphans.map((place) => ({ place, reason: "orphan" as const })),
  ].filter(({ place }) => presence(place) === "leftover");
  for (const { place, reason } of begun) {
    due.push({ ...place, since: place.since ?? now, reason, isBegun: true });
  }

  const withdrawn = state.withdrawn.flatMap((place): readonly WithdrawnPlace[] => {
    const since = notAfter(place.since ?? now, now);
    if (presence(place) !== "there" || named.reaches(place.path) || leaves(place.path)) return [];
    if (place.since !== null && isOver(since)) {
      due.push({ ...place, since, reason: "withdrawn", isBegun: false });
    } else wait.push({ path: place.path, reason: "withdrawn", until: afterGrace(since) });
    return [{ ...place, since }];
  });

  const known = new Map(state.orphans.map((place) => [place.path, place]));
  const orphans = facts.orphans === undefined
    ? state.orphans.filter((place) => presence(place) === "there" && !named.reaches(place.path))
    : facts.orphans.map(({ newestMs, ...place }): OrphanedPlace => {
      const before = known.get(place.path);
      const isKnown = before !== undefined && isSamePlace(before, place);
      const since = isKnown ? notAfter(before.since, now) : now;
      const changedMs = newestMs > now.getTime() ? 0 : newestMs;
      const until = new Date(Math.max(since.getTime(), changedMs) + graceMs);
      if (isKnown && until <= now) due.push({ ...place, since, reason: "orphan", isBegun: false });
      else wait.push({ path: place.path, reason: "orphan", until });
      return { ...place, since };
    });

  for (const { newestMs, ...place } of incomplete) {
    due.push({ ...place, since: new Date(newestMs), reason: "incomplete", isBegun: false });
  }
  // Remembered, so that another run goes on where this one is killed; hidden ones it finds as they are.
  const noted = incomplete.filter(({ path }) => whyNotRemovable(path) === undefined)
    .map(({ path, inode, mtimeMs }): OrphanedPlace => ({ path, inode, mtimeMs, since: now }));
  const isNoted = new Set(noted.map(({ path }) => path));
  for (const path of facts.leaving) {
    wait.push({ path, reason: "withdrawn", until: afterGrace(now) });
  }
  return {
    due: due.sort(byPath),
    wait: wait.sort(byPath),
    state: {
      withdrawn,
      orphans: [...orphans.filter(({ path }) => !isNoted.has(path)), ...noted].sort(byPath),
    },
  };
}

/** A clock that was ahead once would have things stay for ever. */
function notAfter(time: Date, now: Date): Date {
  return time > now ? now : time;
}

/** Returns the test for paths that are one of these, or lie in one of them. */
function isBelow(paths: readonly string[]): (path: string) => boolean {
  const tops = new Set(paths);
  return (path) => {
    for (let end = path.length; end > 0; end = path.lastIndexOf("/", end - 1)) {
      if (tops.has(path.slice(0, end))) return true;
    }
    return false;
  };
}

function byPath(a: { readonly path: string }, b: { readonly path: string }): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}
