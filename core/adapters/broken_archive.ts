/**
 * What is wrong with an archive, as `STATE FOUND, expected STATE WANTED`.
 * The readers beside `metadata_archive.ts` throw it without knowing the path, which is added there.
 */
export class BrokenArchive extends Error {
  override readonly name = "BrokenArchive";
  constructor(
    problem: string,
    readonly where: { readonly line?: number; readonly column?: number } = {},
    options?: ErrorOptions,
  ) {
    super(problem, options);
  }
}

/** Returns the problem of a file that stops before its archive does. */
export function cutShort(sizeBytes: number): BrokenArchive {
  return new BrokenArchive(`cut short after ${sizeBytes} bytes, expected the whole archive`);
}

/** Returns the problem of compressed data that its own checks or structure disprove. */
export function corrupt(format: string, detail: string, cause?: unknown): BrokenArchive {
  return new BrokenArchive(
    `corrupt ${format} data (${detail}), expected an intact archive`,
    {},
    cause === undefined ? undefined : { cause },
  );
}
