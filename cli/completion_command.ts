import { Argument, type Command } from "commander";
import { bashScript } from "./completion/bash_script.ts";
import { describeCommand } from "./completion/described_command.ts";
import { fishScript } from "./completion/fish_script.ts";
import { zshScript } from "./completion/zsh_script.ts";
import { EXIT } from "./exit_status.ts";
import { writeOut } from "./output.ts";
import { createSubcommand, type SubcommandContext } from "./subcommand.ts";

// Scripts that know everything, and no program that is asked at each TAB: starting one takes longer.
const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript };

type Shell = keyof typeof SCRIPTS;

/** Returns the sub-command that prints completion scripts. */
export function createCompletionCommand({ loadCommands }: SubcommandContext): Command {
  return createSubcommand("completion", {
    usage: "[options] shell",
    description:
      "Prints a script that makes a shell complete sub-commands, options, their values, directories " +
      "and files.",
    notes: ["Bash has to be 4.0 or newer. After an update of this program, print it again."],
    examples: [
      { command: "source <(simplestreams completion bash)", does: "in ~/.bashrc" },
      {
        command: "source <(simplestreams completion zsh)",
        does: "in ~/.zshrc, below compinit",
      },
      {
        command: "simplestreams completion fish > ~/.config/fish/completions/simplestreams.fish",
        does: "once",
      },
    ],
    exit: { [EXIT.done]: "done", [EXIT.failure]: "usage or failure" },
  })
    .addArgument(new Argument("<shell>", "the shell").choices(Object.keys(SCRIPTS)))
    .action(async (shell: Shell) => {
      const commands = await loadCommands();
      await writeOut([SCRIPTS[shell](commands.map(describeCommand))]);
      process.exitCode = EXIT.done;
    });
}
