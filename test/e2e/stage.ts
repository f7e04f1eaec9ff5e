import { spawn } from "node:child_process";
import { once } from "node:events";
import { makeAuthority } from "./support/certificates.ts";
import { startDaemon } from "./support/daemon.ts";
import { VENDORS } from "./support/vendor.ts";

/**
 * Runs bundled test files between the start and the stop of the daemons, and returns the exit
 * status of `node --test`. `scripts/e2e.mjs` starts this in namespaces of its own.
 */
async function runOnStage(testFiles: readonly string[]): Promise<number> {
  await makeAuthority();
  const daemons = await Promise.all(VENDORS.map(startDaemon));
  try {
    const tests = spawn(process.execPath, [
      ...["--enable-source-maps", "--test", "--test-concurrency=2", "--test-reporter=spec"],
      ...testFiles,
    ], { stdio: "inherit" });
    const [status] = await once(tests, "exit");
    if (status === 0) return 0;
    for (const [index, daemon] of daemons.entries()) {
      const log = await daemon.log();
      process.stderr.write(`--- the end of the log of ${VENDORS[index]?.daemon}:\n${log}\n`);
    }
    return 1;
  } finally {
    await Promise.all(daemons.map((daemon) => daemon.stop()));
  }
}

process.exit(await runOnStage(process.argv.slice(2)));
