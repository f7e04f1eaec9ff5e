// The port for deltas. Types only, as all ports are; `adapters/` has it for xdelta3 and memory.

/** Bytes by their digest and how many they are. */
export interface DigestedBytes {
  readonly sha256: string;
  readonly sizeBytes: number;
}

/**
 * What a delta makes of its base; or why it makes nothing; or why that could not be found out, as when
 * the program was killed, which says nothing of the delta.
 */
export type DecodedDelta =
  | DigestedBytes
  | { readonly unusable: string }
  | { readonly undecided: string };

/** Makes and applies binary deltas, as the clients' own xdelta3 does. */
export interface DeltaCoder {
  /** Whether there is what it takes; when not, nothing else here can be used. */
  isThere(): Promise<boolean>;
  /**
   * Writes to the new file `out` the delta that makes `target` of `base`, and syncs it; returns what
   * it has written, or undefined when it would have more bytes than the limit. Then, and when it
   * throws, no file is left.
   * @throws {StorageError} when a file cannot be read or written; `exists` when anything has the name
   */
  encode(
    files: { readonly base: string; readonly target: string; readonly out: string },
    options: { readonly limitBytes: number },
  ): Promise<DigestedBytes | undefined>;
  /** Digests what a delta makes of its base, keeping nothing; stops at the limit, which is unusable. */
  decode(
    files: { readonly base: string; readonly delta: string },
    options: { readonly limitBytes: number },
  ): Promise<DecodedDelta>;
}
