import { createMainCommand } from "./main_command.ts";
import type { SubcommandContext } from "./subcommand.ts";
import { SUBCOMMANDS } from "./subcommands.ts";

/** Returns what sub-commands are made with. */
export function createCommandContext(worker: URL): SubcommandContext {
  const context: SubcommandContext = {
    worker,
    async loadCommands() {
      const commands = [createMainCommand([], context)];
      for (const { summary, load } of SUBCOMMANDS.values()) {
        commands.push((await load())(context).summary(summary));
      }
      return commands;
    },
  };
  return context;
}
