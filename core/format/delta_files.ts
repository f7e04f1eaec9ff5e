/** The ftypes of deltas, and what each is made from. */
export const DELTA_FTYPES = { squashfs: "squashfs.vcdiff", disk: "disk-kvm.img.vcdiff" } as const;

/** A delta of a squashfs root, as its name tells it. */
export interface DeltaFile {
  readonly role: "delta";
  /** The version that it is made from, if there is one of this name. */
  readonly base: string;
  readonly key: string;
  readonly ftype: string;
}

const ENDING = ".vcdiff";
// simplestream-maintainer writes rootfs.BASE, images.linuxcontainers.org delta-BASE; the earlier wins
const BEGINNINGS = ["root.", "rootfs.", "delta-"] as const;

/** Returns whether a file is a delta, of whatever, by its name. */
export function isDeltaName(name: string): boolean {
  return !name.startsWith(".") && name.endsWith(ENDING);
}

/** Returns whether a delta is one of a VM's disk, by its name. */
export function isDiskDelta(name: string): boolean {
  return isDeltaName(name) && (name.startsWith("disk") || name.endsWith(`.qcow2${ENDING}`));
}

/** Returns the name that the delta from a version has in the tree when we make it, and as an item's key. */
export function deltaName(base: string): string {
  return `${BEGINNINGS[0]}${base}${ENDING}`;
}

/**
 * Returns the row of a squashfs root's delta; undefined for any other file. What is between the ends
 * is the base's name, whatever dots are in it.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { deltaFileNamed } from "./delta_files.ts";
 * assert.equal(deltaFileNamed("delta-20240101_05:24.vcdiff")?.base, "20240101_05:24");
 * assert.equal(deltaFileNamed("rootfs.20240101.2.vcdiff")?.key, "root.20240101.2.vcdiff");
 * assert.equal(deltaFileNamed("disk.20240101.qcow2.vcdiff"), undefined);
 * ```
 */
export function deltaFileNamed(name: string): DeltaFile | undefined {
  if (!isDeltaName(name) || isDiskDelta(name)) return undefined;
  const beginning = BEGINNINGS.find((one) => name.startsWith(one));
  if (beginning === undefined) return undefined;
  const base = name.slice(beginning.length, -ENDING.length);
  if (base === "") return undefined;
  return { role: "delta", base, key: deltaName(base), ftype: DELTA_FTYPES.squashfs };
}

/** Deltas of a version, each with its row, and those that are passed over. */
export interface SelectedDeltas<File> {
  readonly deltas: readonly (readonly [DeltaFile, File])[];
  /** Deltas of VMs' disks, and those whose names say nothing. */
  readonly otherDeltas: readonly File[];
  /** Second spellings of one delta: [the file that is passed over, the one that wins]. */
  readonly passedOver: readonly (readonly [string, string])[];
}

/**
 * Returns which of a version's files are deltas of its squashfs root, sorted by key.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { selectDeltas } from "./delta_files.ts";
 * const { deltas } = selectDeltas([{ name: "root.20240101.vcdiff" }, { name: "root.squashfs" }]);
 * assert.deepEqual(deltas.map(([{ base }]) => base), ["20240101"]);
 * ```
 */
export function selectDeltas<File extends { readonly name: string }>(
  files: readonly File[],
): SelectedDeltas<File> {
  if (!files.some(({ name }) => isDeltaName(name))) {
    return { deltas: [], otherDeltas: [], passedOver: [] };
  }
  const byKey = new Map<string, readonly [DeltaFile, File]>();
  const passedOver: [string, string][] = [];
  const otherDeltas = files.filter(({ name }) => isDeltaName(name) && !deltaFileNamed(name));
  for (const beginning of BEGINNINGS) {
    for (const file of files) {
      const row = file.name.startsWith(beginning) ? deltaFileNamed(file.name) : undefined;
      if (row === undefined) continue;
      const winner = byKey.get(row.key);
      if (winner === undefined) byKey.set(row.key, [row, file]);
      else passedOver.push([file.name, winner[1].name]);
    }
  }
  const deltas = [...byKey.values()].sort(([a], [b]) => a.key < b.key ? -1 : 1);
  return { deltas, otherDeltas, passedOver };
}
