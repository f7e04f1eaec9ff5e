import { type AppliedDeltas, applyDeltas } from "./apply_deltas.ts";
import { joinRuns } from "./changes.ts";
import type { DigestPorts } from "./digest_tree.ts";
import { isStorageError, SimplestreamsError } from "./errors.ts";
import { type DeltaNotes, deltaNotesText, pairKey, parseDeltaNotes } from "./format/delta_notes.ts";
import { type Finding, sortFindings, warning } from "./format/finding.ts";
import { IMAGES_STREAM } from "./format/stream.ts";
import { addHashed, type IndexedTree } from "./index_result.ts";
import { type IndexOptions, indexTree } from "./index_tree.ts";
import { type DeltaChoice, type DeltaPlan, planDeltas } from "./plan_deltas.ts";
import type { TreeReader, TreeWriter } from "./ports.ts";
import { makeFolders } from "./publish.ts";
import { type Selection, selectsProduct } from "./selection.ts";
import { STATE_FOLDER } from "./snapshot.ts";

/** Why no deltas are made where they are asked for. */
export const NO_XDELTA =
  'Cannot make deltas: there is no program "xdelta3", expected it in PATH; install the package xdelta3';

const NOTES = `${STATE_FOLDER}/deltas`;

/** A tree that was indexed, and the deltas that were made, or would be. */
export interface TreeWithDeltas extends IndexedTree {
  readonly plan: DeltaPlan;
  /** Undefined when nothing was to be written, or there was no xdelta3. */
  readonly applied: AppliedDeltas | undefined;
}

/**
 * Indexes a root as `indexTree` does, makes the deltas that are missing, and publishes those in the
 * same run. What is not worth having is remembered, and made again only when a root changes or more is
 * allowed. The caller holds the root's lock when it writes.
 *
 * @throws what `indexTree` throws
 */
export async function makeDeltas(
  ports: DigestPorts,
  root: string,
  options: IndexOptions & { readonly deltas: DeltaChoice },
): Promise<TreeWithDeltas> {
  const indexed = await indexTree(ports, root, options);
  const plan = planFor(ports.reader, root, { ...options, indexed });
  const { coder } = ports;
  if (coder === undefined || !await coder.isThere()) {
    const findings = plan.make.length === 0
      ? []
      : [warning("DELTA_NOT_MADE", IMAGES_STREAM, NO_XDELTA)];
    return { ...withFindings(indexed, findings), plan, applied: undefined };
  }
  if (!options.write) return { ...indexed, plan, applied: undefined };
  const applied = await applyDeltas({ ...ports, coder }, root, plan, options);
  const findings = [
    ...applied.findings,
    ...keepNotes(ports, root, {
      plan,
      applied,
      isWhole: indexed.result.scope === "all",
    }),
  ];
  if (applied.made.length === 0) return { ...withFindings(indexed, findings), plan, applied };
  const madeDeltas = new Map(applied.made.map(({ path, proof }) => [path, proof]));
  const again = await indexTree(ports, root, { ...options, useCache: true, madeDeltas });
  return { ...withFindings(joinIndexed(indexed, again), findings), plan, applied };
}

/**
 * Refuses to go on where deltas are all that is wanted and cannot be made.
 *
 * @throws {SimplestreamsError} `REFUSED` when there is no xdelta3
 */
export async function requireCoder({ coder }: Pick<DigestPorts, "coder">): Promise<void> {
  if (coder !== undefined && await coder.isThere()) return;
  throw new SimplestreamsError("REFUSED", NO_XDELTA);
}

function planFor(
  reader: TreeReader,
  root: string,
  options: {
    readonly deltas: DeltaChoice;
    readonly products?: Selection;
    readonly indexed: IndexedTree;
  },
): DeltaPlan {
  const { deltas, products, indexed } = options;
  const isWanted = (id: string) =>
    products === undefined || indexed.result.scope === "all" || selectsProduct(products, id);
  const notes = readNotes(reader, root);
  const plans = indexed.products().map((texts) =>
    planDeltas(new Map([...texts].filter(([id]) => isWanted(id))), { ...deltas, notes })
  );
  return {
    make: plans.flatMap(({ make }) => make),
    notWorth: plans.flatMap(({ notWorth }) => notWorth),
  };
}

function readNotes(reader: TreeReader, root: string): DeltaNotes {
  try {
    return parseDeltaNotes(reader.readText(`${root}/${NOTES}`));
  } catch (error) {
    if (isStorageError(error)) return new Map();
    throw error;
  }
}

/** Writes down what is not worth having; a run over everything leaves out roots that are gone. */
function keepNotes(
  ports: { readonly reader: TreeReader; readonly writer: TreeWriter },
  root: string,
  { plan, applied, isWhole }: {
    readonly plan: DeltaPlan;
    readonly applied: AppliedDeltas;
    readonly isWhole: boolean;
  },
): readonly Finding[] {
  if (applied.notWorth.length === 0) return [];
  const notes = new Map(isWhole ? [] : readNotes(ports.reader, root));
  for (const { from, to, triedBytes } of plan.notWorth) {
    notes.set(pairKey({ baseSha256: from.sha256, targetSha256: to.sha256 }), triedBytes);
  }
  for (const { from, to, limitBytes } of applied.notWorth) {
    notes.set(pairKey({ baseSha256: from.sha256, targetSha256: to.sha256 }), limitBytes);
  }
  const path = `${root}/${NOTES}`;
  try {
    makeFolders(ports.writer, root, STATE_FOLDER);
    if (ports.writer.identify(`${path}.new`) !== undefined) ports.writer.removeFile(`${path}.new`);
    ports.writer.createFile(`${path}.new`, [deltaNotesText(notes)]);
    ports.writer.rename(`${path}.new`, path);
    return [];
  } catch (error) {
    if (!isStorageError(error)) throw error;
    const message = `the next run makes ${plan.make.length} deltas again: ${error.message}`;
    return [warning("CACHE_NOT_WRITTEN", STATE_FOLDER, message)];
  }
}

function withFindings(indexed: IndexedTree, findings: readonly Finding[]): IndexedTree {
  if (findings.length === 0) return indexed;
  const { result } = indexed;
  return {
    ...indexed,
    result: { ...result, findings: sortFindings([...result.findings, ...findings]) },
  };
}

/** Two runs told as one. */
function joinIndexed(first: IndexedTree, second: IndexedTree): IndexedTree {
  const changed = new Set(
    first.result.documents.flatMap(({ path, changed }) => changed ? [path] : []),
  );
  return {
    ...second,
    result: {
      ...second.result,
      counts: { ...second.result.counts, ...addHashed(first.result.counts, second.result.counts) },
      documents: second.result.documents.map((document) => ({
        ...document,
        changed: document.changed || changed.has(document.path),
      })),
      changes: joinRuns(first.result.changes, second.result.changes),
    },
  };
}
