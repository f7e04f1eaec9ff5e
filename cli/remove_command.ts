import type { Command } from "commander";
import { createSystemPorts } from "../core/adapters/system.ts";
import { removeImages } from "../core/remove_images.ts";
import { rootPath } from "../core/root_path.ts";
import { EXIT } from "./exit_status.ts";
import { createSubcommand, type SubcommandContext } from "./subcommand.ts";
import { addWithdrawOptions, runWithdraw, type WithdrawCommandOptions } from "./run_withdraw.ts";

/** Returns the sub-command that takes an image, a version or a product out. */
export function createRemoveCommand({ worker }: SubcommandContext): Command {
  const command = createSubcommand("remove", {
    usage: "[options] name [rootdir]",
    description:
      "Takes an image, a version or a product out of the documents, and removes files later.",
    json: "print one JSON object: what leaves, what goes now, what later, findings",
    quiet: "with -N only findings and errors",
    notes: [
      "The name is a fingerprint, or its first digits, three at least; a product's id, for all of it; " +
      "or ID@VERSION. An image goes with every other that has the same root file, and with its last " +
      "image the version. What is taken out leaves the documents at once; its files go in a later " +
      "run of remove or prune, when no client has a document with it any more.",
    ],
    examples: [
      { command: "simplestreams remove 0d5dc8ae4e49 /var/www/html", does: "show what would go" },
      {
        command: "simplestreams remove -N debian:12:amd64:default@20240101_05:24 /var/www/html",
        does: "take one version out",
      },
    ],
    exit: {
      [EXIT.done]: "done",
      [EXIT.failure]: "usage, failure, nothing is called so, or what is due cannot be removed",
      [EXIT.locked]: "another run holds the lock",
    },
  })
    .argument("<name>", "a fingerprint, a product's id or ID@VERSION")
    .argument("[rootdir]", "the directory that is served", ".");
  return addWithdrawOptions(command).action(
    async (name: string, rootdir: string, options: WithdrawCommandOptions) => {
      const ports = createSystemPorts(worker);
      const root = rootPath(rootdir);
      await runWithdraw(ports, root, {
        ...options,
        command: "remove",
        action: (common) => removeImages(ports, root, { ...common, name }),
      });
    },
  );
}
