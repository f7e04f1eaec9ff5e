// Bundles the test files for Node 20, which does not run TypeScript, into build/test/.
import { build } from "esbuild";
import { readdirSync, rmSync } from "node:fs";

/** Bundles all `*_test.ts` below test/ but those of `except`; returns the bundled files. */
export async function bundleTests(except) {
  const entryPoints = Object.fromEntries(
    readdirSync("test", { recursive: true })
      .filter((name) => name.endsWith("_test.ts") && !except.some((one) => name.startsWith(one)))
      .sort()
      .map((name) => [name.slice(0, -".ts".length), `test/${name}`]),
  );
  rmSync("build/test", { recursive: true, force: true });
  await build({
    entryPoints: {
      ...entryPoints,
      hash_worker: "core/adapters/hash_worker.ts",
      watch_worker: "test/server/watch/worker.ts",
    },
    outdir: "build/test",
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    packages: "external",
    platform: "node",
    target: "node20",
    format: "esm",
  });
  return Object.keys(entryPoints).map((name) => `build/test/${name}.mjs`);
}
