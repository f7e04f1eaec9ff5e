/**
 * The reason to skip a test of this suite, or `false` inside the namespaces `scripts/e2e.mjs` makes.
 */
export const NOT_STAGED: string | false = process.env.E2E_DIRECTORY === undefined
  ? "needs namespaces and daemons: npm run test:e2e"
  : false;

/**
 * Returns the directory everything of the suite lives in; `scripts/e2e.mjs` makes and removes it.
 *
 * @throws {Error} outside the suite's namespaces
 */
export function workDirectory(): string {
  const directory = process.env.E2E_DIRECTORY;
  if (directory === undefined) {
    throw new Error("Cannot run an end-to-end test here: start it with npm run test:e2e");
  }
  return directory;
}

/** Returns the directory in which the server under test keeps its authority and its certificate. */
export function tlsDirectory(): string {
  return `${workDirectory()}/tls`;
}
