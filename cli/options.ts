/** Options that the index run and the import have in common, as they are on the command line. */
export interface CommonOptions {
  readonly write?: boolean;
  readonly json?: boolean;
  readonly strict?: boolean;
  readonly rehash?: boolean;
  readonly jobs?: number;
  /** Seconds. */
  readonly wait: number;
  readonly stream?: readonly string[];
  readonly allowEmpty?: boolean;
  readonly deltas?: boolean;
  readonly quiet?: boolean;
}
