import { type Command, CommanderError, type Option } from "commander";
import { rootPath } from "../core/root_path.ts";
import type { ListenAddress } from "./listen_address.ts";
import { createServerCommand, ENVIRONMENT_PREFIX } from "./server_command.ts";

/** How the service runs, as command line and environment say it. */
export interface ServerOptions {
  readonly root: string;
  readonly listen: ListenAddress;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsSelfSigned?: string;
  readonly tokenFile?: string;
  readonly readAuth?: string;
  /** Streams beside images/. */
  readonly stream?: readonly string[];
  readonly protectReads?: boolean;
  readonly reindexOnStart?: boolean;
  readonly watch?: boolean;
  /** Milliseconds between two full passes under `watch`. */
  readonly rescan: number;
  readonly deltas?: boolean;
  readonly followSymlinks?: boolean;
  readonly insecure?: boolean;
  readonly log: "json" | "text";
  readonly jobs?: number;
}

/** What came of reading the command line: options, or a text to print and leave. */
export type ParsedOptions =
  | { readonly options: ServerOptions; readonly warnings: readonly string[] }
  | { readonly exit: 0 | 1; readonly stdout: string; readonly stderr: string };

/** Reads the command line and the environment. */
export function parseServerOptions(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): ParsedOptions {
  const [stdout, stderr]: [string[], string[]] = [[], []];
  const program = createServerCommand().exitOverride().configureOutput({
    writeOut: (text) => void stdout.push(text),
    writeErr: (text) => void stderr.push(text),
  });
  try {
    program.parse([...args], { from: "user" });
    const warnings = readEnvironment(program, environment);
    const root = program.args[0] ?? environment[`${ENVIRONMENT_PREFIX}ROOT`] ?? "";
    if (root === "") program.error("error: missing ROOT, the directory that is served");
    const options = program.opts<Omit<ServerOptions, "root">>();
    checkTogether(program, options);
    return { options: { ...options, root: rootPath(root) }, warnings };
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    const exit = error.exitCode === 0 ? 0 : 1;
    return { exit, stdout: stdout.join(""), stderr: stderr.join("") };
  }
}

/** Takes options that the command line does not have; returns warnings about names that mean nothing. */
function readEnvironment(
  program: Command,
  environment: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  const known = new Set([`${ENVIRONMENT_PREFIX}ROOT`]);
  for (const option of program.options) {
    const name = ENVIRONMENT_PREFIX + option.name().toUpperCase().replaceAll("-", "_");
    const text = environment[name];
    known.add(name);
    if (text === undefined || program.getOptionValueSource(option.attributeName()) === "cli") {
      continue;
    }
    if (["version", "help"].includes(option.name())) continue;
    const value = option.required ? readValue(program, option, { name, text }) : readSwitch(text);
    if (value === undefined) {
      program.error(`error: ${name} is "${text}", expected true or false`);
    }
    program.setOptionValueWithSource(option.attributeName(), value, "env");
  }
  return Object.keys(environment).filter((name) =>
    name.startsWith(ENVIRONMENT_PREFIX) && !known.has(name)
  )
    .sort().map((name) => `no option is called ${name}, so it does nothing`);
}

function readValue(
  program: Command,
  option: Option,
  found: { readonly name: string; readonly text: string },
): unknown {
  try {
    return option.parseArg === undefined ? found.text : option.parseArg(found.text, undefined);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return program.error(`error: ${found.name} is "${found.text}". ${error.message}`);
  }
}

function readSwitch(text: string): boolean | undefined {
  if (/^(?:true|1|yes|on)$/i.test(text)) return true;
  return /^(?:|false|0|no|off)$/i.test(text) ? false : undefined;
}

function checkTogether(program: Command, options: Omit<ServerOptions, "root">): void {
  const { tlsCert, tlsKey, tlsSelfSigned, watch } = options;
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    program.error("error: --tls-cert and --tls-key go together");
  }
  if (tlsCert !== undefined && tlsSelfSigned !== undefined) {
    program.error("error: --tls-self-signed makes a certificate of its own; drop --tls-cert");
  }
  if (!watch && ["cli", "env"].includes(program.getOptionValueSource("rescan") ?? "")) {
    program.error("error: --rescan is a part of --watch; add that");
  }
}
