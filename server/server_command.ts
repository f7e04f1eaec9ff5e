import { Command, InvalidArgumentError, Option } from "commander";
import { readDuration } from "../core/format/duration.ts";
import { formatHelpAfter, type HelpText } from "../core/help_text.ts";
import { parseJobCount } from "../core/job_count.ts";
import { parseStream } from "../core/format/stream.ts";
import { VERSION } from "../core/version.ts";
import { parseListen } from "./listen_address.ts";

/** How the names of options begin in the environment. */
export const ENVIRONMENT_PREFIX = "SIMPLESTREAMS_";

const DEFAULT_LISTEN = "127.0.0.1:8080";

/** What the server says of itself besides its options. */
export const SERVER_TEXT: HelpText = {
  usage: "[options] ROOT",
  description: "Serves a tree of Incus and LXD images, and an API that indexes it.",
  notes: [
    `Each option can stand in the environment too, as ${ENVIRONMENT_PREFIX}LISTEN or ` +
    `${ENVIRONMENT_PREFIX}TLS_CERT, and ROOT as ${ENVIRONMENT_PREFIX}ROOT; what stands on the ` +
    "command line wins. Switches take true or false there.",
    "SIGTERM and SIGINT stop it: it takes no more requests and finishes what is running within 30 " +
    "seconds. The documentation of the API is served at /api/v1/docs.",
  ],
  examples: [
    { command: "simplestreams-server /var/www/html", does: "try it, on this host" },
    {
      command:
        "simplestreams-server --listen :8443 --tls-self-signed tls --token-file tokens --watch /srv",
      does: "serve the network, and publish what changes",
    },
  ],
  exit: { 0: "stopped by a signal", 1: "usage or failure" },
};

/** Returns the command that reads the server's options; it does nothing. */
export function createServerCommand(): Command {
  const file = (flags: string, text: string) => new Option(flags, text).argParser(parseName);
  return new Command("simplestreams-server")
    .usage(SERVER_TEXT.usage)
    .description(SERVER_TEXT.description)
    .argument("[ROOT]", "the directory with images/ in it")
    .addOption(
      new Option("--listen <address>", "where: HOST:PORT, [IPv6]:PORT, or :PORT for every address")
        .argParser(orInvalid(parseListen)).default(parseListen(DEFAULT_LISTEN), DEFAULT_LISTEN),
    )
    .addOption(
      file(
        "--tls-cert <file>",
        "https with this certificate chain (PEM); a changed file is taken up without a restart",
      ),
    )
    .addOption(file("--tls-key <file>", "the key of --tls-cert (PEM)"))
    .addOption(
      file(
        "--tls-self-signed <dir>",
        "https with a CA and a certificate made in DIR once, and renewed in time",
      ),
    )
    .addOption(
      file(
        "--token-file <file>",
        "bearer tokens for the API, TOKEN or NAME:TOKEN a line; changes are taken up",
      ),
    )
    .addOption(
      file(
        "--read-auth <file>",
        "HTTP Basic for images/ and streams/, by a file of htpasswd -B; changes are taken up",
      ),
    )
    .addOption(
      new Option(
        "--stream <name>",
        "index and serve this folder beside images/ too; may be repeated, or names with commas",
      ).argParser(orInvalid(addStreams)),
    )
    .option("--protect-reads", "reading the API and /metrics takes a token too")
    .option("--reindex-on-start", "index the tree at start")
    .option(
      "--watch",
      "index at start, and what changes under images/ once it is quiet for two seconds",
    )
    .addOption(
      new Option("--rescan <time>", "look at everything so often under --watch, as 30m, 1h or 1d")
        .argParser(orInvalid(parseTime)).default(readDuration("1h"), "1h"),
    )
    .option("--deltas", "each index run makes deltas to the newest versions, too; needs xdelta3")
    .option(
      "--follow-symlinks",
      "serve, and take requirements for, what links lead to outside ROOT",
    )
    .option(
      "--insecure",
      "start even where secrets would cross a network in the clear, or anybody could write",
    )
    .addOption(
      new Option("--log <format>", "the log on stderr, a line for each request and index run")
        .choices(["text", "json"]).default("text"),
    )
    .addOption(
      new Option("--jobs <n>", "files read at one time by an index run (default: the cores)")
        .argParser(orInvalid(parseJobCount)),
    )
    .version(VERSION, "--version", "print the version")
    .helpOption("-h, --help", "print this help")
    .addHelpText("after", () => formatHelpAfter(SERVER_TEXT))
    .showHelpAfterError(
      `usage: simplestreams-server ${SERVER_TEXT.usage}\nSee simplestreams-server --help`,
    );
}

function addStreams(names: string, streams: readonly string[] = []): readonly string[] {
  return [...streams, ...names.split(",").map(parseStream)];
}

function parseName(text: string): string {
  if (text !== "") return text;
  throw new InvalidArgumentError("Expected a name.");
}

function parseTime(text: string): number {
  const ms = readDuration(text) ?? 0;
  // setTimeout takes no more than 24.8 days.
  if (ms >= 1000 && ms <= 24 * 86_400_000) return ms;
  throw new RangeError("Expected a time from 1s to 24d, as 30m, 1h or 1d.");
}

function orInvalid<Value>(
  parse: (text: string, previous?: Value) => Value,
): (text: string, previous?: Value) => Value {
  return (text, previous) => {
    try {
      return parse(text, previous);
    } catch (error) {
      throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
    }
  };
}
