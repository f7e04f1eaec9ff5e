import type { Command } from "commander";
import type { SubcommandContext } from "./subcommand.ts";

/** A sub-command in the main help; its code is loaded when it is called. */
export interface Subcommand {
  readonly summary: string;
  readonly load: () => Promise<(context: SubcommandContext) => Command>;
}

/** The sub-commands by their names, in the order in which the help shows them. */
export const SUBCOMMANDS: ReadonlyMap<string, Subcommand> = new Map([
  ["add", {
    summary: "add an image to the tree and publish it",
    load: async () => (await import("./add_command.ts")).createAddCommand,
  }],
  ["deltas", {
    summary: "make deltas, by which clients fetch only what changed",
    load: async () => (await import("./deltas_command.ts")).createDeltasCommand,
  }],
  ["list", {
    summary: "list the images that are published",
    load: async () => (await import("./list_command.ts")).createListCommand,
  }],
  ["show", {
    summary: "show a product or an image in full",
    load: async () => (await import("./show_command.ts")).createShowCommand,
  }],
  ["metadata", {
    summary: "make the metadata tarball for a bare disk or root",
    load: async () => (await import("./metadata_command.ts")).createMetadataCommand,
  }],
  ["verify", {
    summary: "check the documents and every file that they list",
    load: async () => (await import("./verify_command.ts")).createVerifyCommand,
  }],
  ["prune", {
    summary: "take old versions out, and remove them when no client looks for them",
    load: async () => (await import("./prune_command.ts")).createPruneCommand,
  }],
  ["remove", {
    summary: "take an image, version or product out",
    load: async () => (await import("./remove_command.ts")).createRemoveCommand,
  }],
  ["completion", {
    summary: "print what makes a shell complete these commands",
    load: async () => (await import("./completion_command.ts")).createCompletionCommand,
  }],
]);
