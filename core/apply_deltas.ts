import type { DeltaCoder } from "./delta_coder.ts";
import { describeDecoded } from "./describe_decoded.ts";
import { clearDeltaWork, keepDeltaWork, tidyDeltaWork } from "./delta_work.ts";
import { eachLimited } from "./each_limited.ts";
import { isStorageError, type StorageError } from "./errors.ts";
import type { ProvenDelta } from "./format/digests.ts";
import { type Finding, warning } from "./format/finding.ts";
import type { DeltaPlan, PlannedDelta } from "./plan_deltas.ts";
import type { Progress, TreeReader, TreeWriter } from "./ports.ts";

/** What making deltas needs from outside. */
export interface DeltaPorts {
  readonly reader: TreeReader;
  readonly writer: TreeWriter;
  readonly coder?: DeltaCoder;
}

/** A delta that was made. */
export interface MadeDelta extends PlannedDelta {
  readonly sizeBytes: number;
  /** What was seen when it was decoded. */
  readonly proof: ProvenDelta;
}

/** What became of a plan. */
export interface AppliedDeltas {
  /** In the order of the plan, as the others. */
  readonly made: readonly MadeDelta[];
  /** Those that would have more bytes than their limit. */
  readonly notWorth: readonly PlannedDelta[];
  readonly findings: readonly Finding[];
}

/**
 * Makes deltas as planned: each in a hidden file, which gets its name once it was decoded and has made
 * the very root. Killed anywhere, nothing is ever published that was not, and the next run removes
 * what is left. The caller holds the root's lock. What cannot be written is a finding; where the disk
 * is full no more is tried.
 *
 * @throws {StorageError} when what a killed run left cannot be removed
 */
export async function applyDeltas(
  ports: DeltaPorts & { readonly coder: DeltaCoder },
  root: string,
  plan: Pick<DeltaPlan, "make">,
  options: {
    readonly concurrency: number;
    readonly onProgress?: (progress: Progress) => void;
  },
): Promise<AppliedDeltas> {
  const { make } = plan;
  tidyDeltaWork(ports, root);
  if (make.length === 0) return { made: [], notWorth: [], findings: [] };
  const outcomes: Outcome[] = [];
  const trouble: Finding[] = [];
  const totalBytes = make.reduce((sum, { to }) => sum + to.sizeBytes, 0);
  let [files, bytes, isFull] = [0, 0, false];
  const report = () => options.onProgress?.({ files, totalFiles: make.length, bytes, totalBytes });
  report();
  try {
    keepDeltaWork(ports, root, make.map(hiddenPath));
    await eachLimited([...make.entries()], {
      concurrency: options.concurrency,
      async action([place, delta]) {
        if (isFull) return;
        try {
          outcomes[place] = await makeDelta(ports, root, delta);
        } catch (error) {
          if (!isStorageError(error)) throw error;
          isFull ||= error.reason === "full";
          outcomes[place] = notMade(delta.path, error);
        }
        files++;
        bytes += delta.to.sizeBytes;
        report();
      },
    });
    // A hidden file may be left where one could not be made; the next run removes it
    if (!outcomes.some(isFinding)) clearDeltaWork(ports, root);
  } catch (error) {
    if (!isStorageError(error)) throw error;
    trouble.push(notMade(error.path.slice(root.length + 1), error));
  }
  return {
    made: outcomes.flatMap((one) => isFinding(one) || one === "not worth" ? [] : one),
    notWorth: make.filter((_, place) => outcomes[place] === "not worth"),
    findings: [...outcomes.filter(isFinding), ...trouble],
  };
}

type Outcome = MadeDelta | "not worth" | Finding;

function isFinding(outcome: Outcome): outcome is Finding {
  return typeof outcome === "object" && "code" in outcome;
}

async function makeDelta(
  { writer, coder }: DeltaPorts & { readonly coder: DeltaCoder },
  root: string,
  delta: PlannedDelta,
): Promise<Outcome> {
  const { path, from, to, limitBytes } = delta;
  const hidden = `${root}/${hiddenPath(delta)}`;
  const base = `${root}/${from.path}`;
  const files = { base, target: `${root}/${to.path}`, out: hidden };
  // Of a run that is forgotten, as when what it wrote down was removed
  if (writer.identify(hidden) !== undefined) writer.removeFile(hidden);
  const written = await coder.encode(files, { limitBytes });
  if (written === undefined) return "not worth";
  const made = await coder.decode({ base, delta: hidden }, { limitBytes: to.sizeBytes });
  if (!("sha256" in made) || made.sha256 !== to.sha256) {
    writer.removeFile(hidden);
    const found = describeDecoded(made);
    const message =
      `the delta could not be made: decoded with ${from.path} as its base it was not ` +
      `seen to make ${to.path}: ${found}; run it again, or index the tree if one of the two has changed`;
    return warning("DELTA_NOT_MADE", path, message);
  }
  writer.rename(hidden, `${root}/${path}`);
  writer.syncDirectory(`${root}/${path.slice(0, path.lastIndexOf("/"))}`);
  const { sha256, sizeBytes } = written;
  const proof = { sha256, baseSha256: from.sha256, targetSha256: made.sha256 };
  return { ...delta, sizeBytes, proof };
}

/** Names that start with "." are neither scanned nor served. */
function hiddenPath({ path }: PlannedDelta): string {
  const end = path.lastIndexOf("/") + 1;
  return `${path.slice(0, end)}.${path.slice(end)}.new`;
}

function notMade(path: string, error: StorageError): Finding {
  return warning("DELTA_NOT_MADE", path, `the delta could not be made: ${error.message}`);
}
