import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { parseJobCount } from "../core/job_count.ts";
import { rootPath } from "../core/root_path.ts";
import { VERSION } from "../core/version.ts";
import { type ListenAddress, parseListen } from "./listen_address.ts";

/** How the service runs, as command line and environment say it. */
export interface ServerOptions {
  readonly root: string;
  readonly listen: ListenAddress;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsSelfSigned?: string;
  readonly tokenFile?: string;
  readonly readAuth?: string;
  readonly protectReads?: boolean;
  readonly reindexOnStart?: boolean;
  readonly watch?: boolean;
  /** Milliseconds between two full passes under `watch`. */
  readonly rescan: number;
  readonly followSymlinks?: boolean;
  readonly insecure?: boolean;
  readonly log: "json" | "text";
  readonly jobs?: number;
}

/** What came of reading the command line: options, or a text to print and leave. */
export type ParsedOptions =
  | { readonly options: ServerOptions; readonly warnings: readonly string[] }
  | { readonly exit: 0 | 1; readonly stdout: string; readonly stderr: string };

const PREFIX = "SIMPLESTREAMS_";
const DEFAULT_LISTEN = "127.0.0.1:8080";
const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const HELP_AFTER = `
Each option can also be given in the environment, as ${PREFIX}LISTEN or
${PREFIX}TLS_CERT, and ROOT as ${PREFIX}ROOT; what stands on the command line
wins. Switches take true or false there.

Examples:
  simplestreams-server /var/www/html
  simplestreams-server --listen :8443 --tls-self-signed /etc/simplestreams \\
    --token-file tokens --watch /srv

The documentation of the API is served at /api/v1/docs`;

/** Reads the command line and the environment. */
export function parseServerOptions(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): ParsedOptions {
  const [stdout, stderr]: [string[], string[]] = [[], []];
  const program = createProgram().exitOverride().configureOutput({
    writeOut: (text) => void stdout.push(text),
    writeErr: (text) => void stderr.push(text),
  });
  try {
    program.parse([...args], { from: "user" });
    const warnings = readEnvironment(program, environment);
    const root = program.args[0] ?? environment[`${PREFIX}ROOT`] ?? "";
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

function createProgram(): Command {
  const file = (flags: string, text: string) => new Option(flags, text).argParser(parseName);
  return new Command("simplestreams-server")
    .usage("[options] ROOT")
    .description("Serves a tree of Incus and LXD images, and an API that indexes it.")
    .argument("[ROOT]", "the directory with images/ in it")
    .addOption(
      new Option("--listen <address>", "HOST:PORT, [IPv6]:PORT or :PORT for every address")
        .argParser(orInvalid(parseListen)).default(parseListen(DEFAULT_LISTEN), DEFAULT_LISTEN),
    )
    .addOption(file("--tls-cert <file>", "serve https with this certificate chain (PEM)"))
    .addOption(file("--tls-key <file>", "the certificate's key"))
    .addOption(file("--tls-self-signed <dir>", "serve https; make a CA and a certificate in DIR"))
    .addOption(file("--token-file <file>", "bearer tokens for the API, TOKEN or NAME:TOKEN a line"))
    .addOption(file("--read-auth <file>", "users of images/ and streams/, as htpasswd -B makes it"))
    .option("--protect-reads", "reading the API and the metrics takes a token too")
    .option("--reindex-on-start", "index the tree at start")
    .option("--watch", "index at start and whenever something changes under images/")
    .addOption(
      new Option("--rescan <time>", "look at everything so often under --watch, as 30m, 1h or 1d")
        .argParser(orInvalid(parseTime)).default(UNITS["h"], "1h"),
    )
    .option("--follow-symlinks", "serve what links lead to outside ROOT")
    .option("--insecure", "start even where passwords or writes are open to the network")
    .addOption(
      new Option("--log <format>", "one line a request, on stderr")
        .choices(["text", "json"]).default("text"),
    )
    .addOption(
      new Option("--jobs <n>", "files read at one time (default: the cores)")
        .argParser(orInvalid(parseJobCount)),
    )
    .version(VERSION, "--version", "print the version")
    .helpOption("-h, --help", "print this help")
    .addHelpText("after", HELP_AFTER)
    .showHelpAfterError("usage: simplestreams-server [options] ROOT\nSee simplestreams-server -h");
}

/** Takes options that the command line does not have; returns warnings about names that mean nothing. */
function readEnvironment(
  program: Command,
  environment: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  const known = new Set([`${PREFIX}ROOT`]);
  for (const option of program.options) {
    const name = PREFIX + option.name().toUpperCase().replaceAll("-", "_");
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
  return Object.keys(environment).filter((name) => name.startsWith(PREFIX) && !known.has(name))
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

function parseName(text: string): string {
  if (text !== "") return text;
  throw new InvalidArgumentError("Expected a name.");
}

function parseTime(text: string): number {
  const [, number = "", unit = ""] = /^([0-9]{1,6})([smhd])$/.exec(text) ?? [];
  const ms = Number(number) * (UNITS[unit] ?? 0);
  // setTimeout takes no more than 24.8 days.
  if (ms >= 1000 && ms <= 24 * 86_400_000) return ms;
  throw new RangeError("Expected a time from 1s to 24d, as 30m, 1h or 1d.");
}

function orInvalid<Value>(parse: (text: string) => Value): (text: string) => Value {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
    }
  };
}
