import { createCommandContext } from "./command_context.ts";
import { EXIT } from "./exit_status.ts";
import { createMainCommand } from "./main_command.ts";
import { runCommand } from "./run_command.ts";
import { SUBCOMMANDS } from "./subcommands.ts";

/** Runs the command line and sets the process's exit status. */
export async function main(
  args: readonly string[],
  { worker }: { readonly worker: URL },
): Promise<void> {
  exitOnSignals();
  const context = createCommandContext(worker);
  const [first = "", ...rest] = args;
  const subcommand = SUBCOMMANDS.get(first);
  if (subcommand === undefined) return await runCommand(createMainCommand(args, context), args);
  const create = await subcommand.load();
  await runCommand(create(context), rest);
}

/** Leaves at once: whatever is half done is hidden, and the next run tidies it up. */
function exitOnSignals(): void {
  process.once("SIGINT", () => process.exit(EXIT.interrupted));
  process.once("SIGTERM", () => process.exit(EXIT.terminated));
}
