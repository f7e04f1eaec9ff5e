import { existsSync } from "node:fs";
import { pathToFileURL } from "node:url";

/**
 * The hash worker as a module of its own. Tests run in the project's folder: as sources under Deno,
 * bundled under Node, where the test runner has put the worker beside them.
 */
export function workerUrl(): URL {
  const bundled = `${process.cwd()}/build/test/hash_worker.mjs`;
  const source = `${process.cwd()}/core/adapters/hash_worker.ts`;
  const isDeno = "Deno" in globalThis;
  return pathToFileURL(!isDeno && existsSync(bundled) ? bundled : source);
}
