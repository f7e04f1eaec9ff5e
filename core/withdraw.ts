import { extentOf } from "./extent.ts";
import { findKept } from "./find_kept.ts";
import { findStrays } from "./find_strays.ts";
import { isStorageError } from "./errors.ts";
import { fault, type Finding, sortFindings } from "./format/finding.ts";
import type { Place, WithdrawnState } from "./format/withdrawn.ts";
import { type DuePlace, planRemoval, type RemovalReason } from "./plan_removal.ts";
import type { Withdrawal, WithdrawalPlan } from "./plan_withdrawal.ts";
import type { Clock, TreeReader, TreeWriter } from "./ports.ts";
import { applyPublish, planPublish, type PublishedState, refuseToEmpty } from "./publish.ts";
import { presenceOf, removePlace } from "./remove_place.ts";
import { createWithdrawnTest, readWithdrawn, writeWithdrawn } from "./withdrawn_state.ts";

/** What withdrawing and removing takes. */
export interface WithdrawPorts {
  readonly reader: TreeReader;
  readonly writer: TreeWriter;
  readonly clock: Clock;
}

/** How to withdraw and remove. */
export interface WithdrawOptions {
  /** Whether to do it; else it is only told. */
  readonly write: boolean;
  /** For how long files stay after no document names them; `DEFAULT_GRACE_MS` if not given. */
  readonly graceMs?: number;
  /** Whether a document may lose its last product, or have none. */
  readonly allowEmpty?: boolean;
}

/** Which strays are removed, too. */
export interface StrayPolicy {
  /** Whether what no document names is removed once it has been known for the grace. */
  readonly orphans?: boolean;
  /** For how long nothing may have changed in an incomplete version, in milliseconds. */
  readonly incompleteMs?: number;
}

/** Longer than the hour for which a daemon goes by an index that it has. */
export const DEFAULT_GRACE_MS = 90 * 60 * 1000;

/** Something that is removed, or would be. */
export interface RemovedPlace {
  /** Relative to the root. */
  readonly path: string;
  readonly reason: RemovalReason;
  readonly since: Date;
  readonly sizeBytes: number;
}

/** Something that is removed later. */
export interface PostponedPlace {
  readonly path: string;
  readonly reason: RemovalReason;
  readonly until: Date;
  readonly sizeBytes: number;
}

/** What a run took out of the documents and removed, or would. */
export interface WithdrawResult {
  readonly root: string;
  readonly written: boolean;
  readonly withdraw: readonly Withdrawal[];
  /** Without what could not be removed: a finding with the severity `error` tells of that. */
  readonly delete: readonly RemovedPlace[];
  /** What has just left the documents too. */
  readonly wait: readonly PostponedPlace[];
  readonly documents: readonly PublishedState[];
  /** Sorted by path. */
  readonly findings: readonly Finding[];
}

/**
 * Removes what has been out of the documents for long enough, and publishes them without what leaves
 * them now. The caller holds the root's lock when it writes. Killed anywhere, another run finishes the
 * work: what leaves is remembered before it does, and since when it is out not before that is so.
 *
 * @throws {FormatError} when what is remembered is broken; nothing is removed then
 * @throws {SimplestreamsError} `REFUSED` when a document would lose its last product
 * @throws {StorageError} with the old documents whole
 */
export async function withdraw(
  ports: WithdrawPorts,
  root: string,
  plan: WithdrawalPlan,
  options: WithdrawOptions & StrayPolicy,
): Promise<WithdrawResult> {
  const { reader, writer, clock } = ports;
  const { write, graceMs = DEFAULT_GRACE_MS, allowEmpty, orphans, incompleteMs } = options;
  const { named, documents } = plan;
  if (!allowEmpty) {
    for (const { path, products } of plan.emptied) {
      refuseToEmpty(path, { before: products, after: 0 });
    }
  }
  const now = clock.now();
  const leaving = plan.paths.flatMap((path): readonly Place[] => {
    const entry = writer.identify(`${root}/${path}`);
    return entry === undefined ? [] : [{ path, inode: entry.inode, mtimeMs: entry.mtimeMs }];
  });
  const leavingPaths = new Set(leaving.map(({ path }) => path));
  const isOut = createWithdrawnTest(ports, root);
  const isWithdrawn = (path: string) => leavingPaths.has(path) || isOut(path);
  const strays = orphans || incompleteMs !== undefined
    ? await findStrays(ports, root, {
      named: named.after,
      isWithdrawn,
      orphans: orphans ?? false,
      incompleteMs,
      now,
    })
    : undefined;
  const removal = planRemoval({
    state: readWithdrawn(reader, root),
    presence: (place) => presenceOf(writer, root, place),
    named: named.before,
    leaving: [...leavingPaths],
    orphans: orphans ? strays?.orphans : undefined,
    incomplete: strays?.incomplete ?? [],
    now,
    graceMs,
  });
  const paths = removal.due.map(({ path }) => path);
  const kept = await findKept(ports, root, { paths, named: named.before });
  const due = removal.due.filter(({ path }) => !kept.has(path));
  const published = planPublish(
    reader,
    root,
    documents.map(({ path, text }) => ({ path, pieces: () => [text] })),
  );
  const result: WithdrawResult = {
    root,
    written: write,
    withdraw: plan.withdraw,
    delete: due.map(({ path, reason, since }) => ({ path, reason, since, ...sizeOf(path) })),
    wait: removal.wait.map((place) => ({ ...place, ...sizeOf(place.path) })),
    documents: published.map(({ path, changed, sizeBytes }) => ({ path, changed, sizeBytes })),
    findings: sortFindings([...kept.values(), ...strays?.findings ?? []]),
  };
  if (!write) return result;

  // First, as what they free may be what the documents need; what is incomplete is remembered before
  const isRemembered = ({ reason }: DuePlace) => reason !== "incomplete";
  const left = await removeAll(ports, root, due.filter(isRemembered));
  const unfinished = due.filter(({ path, isBegun }) => isBegun && left.has(path));
  const state = withUnfinished(removal.state, unfinished);
  const remember = (withdrawn: readonly Place[], since: Date | null) =>
    writeWithdrawn(ports, root, {
      ...state,
      withdrawn: [...state.withdrawn, ...withdrawn.map((one) => ({ ...one, since }))],
    });
  if (published.some(({ changed }) => changed)) {
    remember(leaving, null);
    applyPublish(writer, root, published);
  }
  remember(leaving, clock.now());
  const rest = due.filter((place) => !isRemembered(place));
  for (const one of await removeAll(ports, root, rest)) left.set(...one);
  forgetGone(ports, root);
  return {
    ...result,
    delete: result.delete.filter(({ path }) => !left.has(path)),
    findings: sortFindings([...result.findings, ...left.values()]),
  };

  /** 0 for what cannot be looked into: whether it can be removed is seen when its turn comes. */
  function sizeOf(path: string) {
    try {
      return { sizeBytes: extentOf(ports, `${root}/${path}`).sizeBytes };
    } catch (error) {
      if (!isStorageError(error)) throw error;
      return { sizeBytes: 0 };
    }
  }
}

/** Removes what it can, and returns a finding for each of the rest, by path. */
async function removeAll(
  ports: WithdrawPorts,
  root: string,
  due: readonly DuePlace[],
): Promise<Map<string, Finding>> {
  const left = new Map<string, Finding>();
  for (const place of due) {
    try {
      removePlace(ports, root, place);
    } catch (error) {
      if (!isStorageError(error)) throw error;
      const message = `is due to be removed, and is not: ${error.message}; no document names it ` +
        "any more, and another run tries again";
      left.set(place.path, fault("WITHDRAWN_LEFT", place.path, message));
    }
    await ports.clock.turn();
  }
  return left;
}

/** With what was begun earlier and could not be finished: a later run is to go on with it. */
function withUnfinished(state: WithdrawnState, unfinished: readonly DuePlace[]): WithdrawnState {
  const entries = unfinished.map(({ path, inode, mtimeMs, since }) => ({
    path,
    inode,
    mtimeMs,
    since,
  }));
  return { ...state, withdrawn: [...state.withdrawn, ...entries] };
}

function forgetGone(ports: WithdrawPorts, root: string): void {
  const { withdrawn, orphans } = readWithdrawn(ports.reader, root);
  const isLeft = (place: Place) => presenceOf(ports.writer, root, place) !== "gone";
  writeWithdrawn(ports, root, {
    withdrawn: withdrawn.filter(isLeft),
    orphans: orphans.filter(isLeft),
  });
}
