import { type Command, CommanderError } from "commander";
import { EXIT, exitStatusOf } from "./exit_status.ts";
import { reportError, tell, writeOut } from "./output.ts";

/** Runs a command with its words, reports its errors and sets the process's exit status. */
export async function runCommand(command: Command, words: readonly string[]): Promise<void> {
  // What commander has for stdout when it stops the run
  const help: string[] = [];
  command.exitOverride().configureOutput({
    writeOut: (text) => void help.push(text),
    writeErr: (text) => tell(text.replace(/\n$/, "")),
  });
  try {
    await command.parseAsync([...words], { from: "user" }).catch(async (error: unknown) => {
      if (!(error instanceof CommanderError)) throw error;
      await writeOut(help);
      process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.failure;
      // It has said so on stderr; what the words mean was not known by then
      if (error.exitCode === 0 || !words.includes("--json")) return;
      const message = error.message.replace(/^error: /, "");
      await writeOut([`${JSON.stringify({ error: { code: "USAGE", message } })}\n`]);
    });
  } catch (error) {
    await reportError(error, { json: command.opts<{ readonly json?: boolean }>().json });
    process.exitCode = exitStatusOf(error);
  }
}
