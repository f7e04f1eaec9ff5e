import type { SystemPorts } from "../core/adapters/system.ts";
import { applyImport, type ImportPlan, planImport } from "../core/import_image.ts";
import { resolveImportRoot } from "../core/import_root.ts";
import { withLock } from "../core/lock.ts";
import { EXIT } from "./exit_status.ts";
import type { CommonOptions } from "./options.ts";
import { tell, tellFindings, writeOut } from "./output.ts";
import { shellLines } from "./shell_lines.ts";

/** Runs the import use case and returns the exit status. */
export async function runImport(
  ports: SystemPorts,
  root: string,
  options: CommonOptions & { readonly source: string },
): Promise<number> {
  const source = options.source.replace(/(?<=.)\/+$/, "");
  const plan = options.write
    ? await importNow(ports, { source, root }, options)
    : await planImport(ports, { source, root });
  tellFindings(plan.findings, options);
  const { folder, moves, findings } = plan;
  if (options.json) {
    const written = options.write ?? false;
    const result = { command: "import", root: plan.root, written, folder, moves, findings };
    await writeOut([`${JSON.stringify(result)}\n`]);
  } else if (!options.write) await writeOut(shellLines(plan, "mv"));
  else if (!options.quiet) tell(`simplestreams: imported ${plan.root}/${folder}`);
  return options.strict && findings.length > 0 ? EXIT.findings : EXIT.done;
}

/** Plans under the lock: what is free when it is planned must be free when it is done. */
async function importNow(
  ports: SystemPorts,
  places: { readonly source: string; readonly root: string },
  options: CommonOptions,
): Promise<ImportPlan> {
  return await withLock(ports.locker, resolveImportRoot(ports.reader, places.root), {
    waitMs: options.wait * 1000,
    async action() {
      const plan = await planImport(ports, places);
      await applyImport(ports, plan);
      return plan;
    },
  });
}
