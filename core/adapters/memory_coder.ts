import { createHash } from "node:crypto";
import type { DecodedDelta, DeltaCoder, DigestedBytes } from "../delta_coder.ts";
import type { MemoryTree } from "./memory.ts";

/** A coder whose deltas say how much of the base stays, then the rest xor the base: wrong with another. */
export interface MemoryCoder extends DeltaCoder {
  /** Whether it is there; a test sets it. */
  present: boolean;
  /** `encode` or `decode` and the path of each delta that it worked on. */
  readonly calls: string[];
  /** The delta between two files' bytes. */
  make(base: Uint8Array, target: Uint8Array): Uint8Array;
}

type EncodeOptions = Parameters<DeltaCoder["encode"]>[0] & Parameters<DeltaCoder["encode"]>[1];
type DecodeOptions = Parameters<DeltaCoder["decode"]>[0] & Parameters<DeltaCoder["decode"]>[1];

/** Returns the coder of files in memory. */
export function createMemoryCoder(tree: MemoryTree): MemoryCoder {
  const coder: MemoryCoder = {
    present: true,
    calls: [],
    make: makeDelta,
    isThere: () => Promise.resolve(coder.present),
    // What is thrown in there is what the promise ends in
    encode: (files, options) =>
      new Promise((done) => done(encode(tree, coder, { ...files, ...options }))),
    decode: (files, options) =>
      new Promise((done) => done(decode(tree, coder, { ...files, ...options }))),
  };
  return coder;
}

function encode(
  tree: MemoryTree,
  { calls }: MemoryCoder,
  { base, target, out, limitBytes }: EncodeOptions,
): DigestedBytes | undefined {
  calls.push(`encode ${out}`);
  const delta = makeDelta(tree.readBytes(base), tree.readBytes(target));
  if (delta.length > limitBytes) return undefined;
  tree.createFile(out, [delta], { sync: true });
  return digestOf(delta);
}

function decode(
  tree: MemoryTree,
  { calls }: MemoryCoder,
  { base, delta, limitBytes }: DecodeOptions,
): DecodedDelta {
  calls.push(`decode ${delta}`);
  const [from, bytes] = [tree.readBytes(base), tree.readBytes(delta)];
  const [head, same = ""] = /^delta (\d+) /.exec(new TextDecoder().decode(bytes)) ?? [];
  if (head === undefined) return { unusable: "it is no delta" };
  const rest = bytes.subarray(head.length).map((byte, at) => byte ^ keyAt(from, at));
  const made = Buffer.concat([from.subarray(0, Number(same)), rest]);
  if (made.length > limitBytes) return { unusable: `it makes more than ${limitBytes} bytes` };
  return digestOf(made);
}

function digestOf(bytes: Uint8Array): DigestedBytes {
  return { sha256: createHash("sha256").update(bytes).digest("hex"), sizeBytes: bytes.length };
}

function makeDelta(base: Uint8Array, target: Uint8Array): Uint8Array {
  const same = commonStart(base, target);
  const head = new TextEncoder().encode(`delta ${same} `);
  return Buffer.concat([head, target.subarray(same).map((byte, at) => byte ^ keyAt(base, at))]);
}

function commonStart(one: Uint8Array, other: Uint8Array): number {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at++;
  return at;
}

function keyAt(base: Uint8Array, at: number): number {
  return base[at % base.length] ?? 0;
}
