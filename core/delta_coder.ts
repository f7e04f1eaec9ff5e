// The port for deltas. A type only, as all ports are; `adapters/` has it for xdelta3 and memory.

/** What a delta makes of its base: the digest of that, or why it makes nothing. */
export type DecodedDelta =
  | { readonly sha256: string; readonly sizeBytes: number }
  | { readonly unusable: string };

/** Makes and applies binary deltas, as the clients' own xdelta3 does. */
export interface DeltaCoder {
  /** Whether there is what it takes; when not, nothing else here can be used. */
  isThere(): Promise<boolean>;
  /**
   * Writes to the new file `out` the delta that makes `target` of `base`, and syncs it; returns its
   * size, or undefined when it would have more bytes than the limit. Then, and when it throws, no
   * file is left.
   * @throws {StorageError} when a file cannot be read or written; `exists` when anything has the name
   */
  encode(
    files: { readonly base: string; readonly target: string; readonly out: string },
    options: { readonly limitBytes: number },
  ): Promise<number | undefined>;
  /** Digests what a delta makes of its base, keeping nothing; stops at the limit, which is unusable. */
  decode(
    files: { readonly base: string; readonly delta: string },
    options: { readonly limitBytes: number },
  ): Promise<DecodedDelta>;
}
