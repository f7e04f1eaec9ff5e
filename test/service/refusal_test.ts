import assert from "node:assert/strict";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { runServer, startServer } from "../support/server_process.ts";
import { makeTempDirectory } from "../support/temp_directory.ts";
import { makeCertificate } from "./support/certificates.ts";

const TOKEN = "0123456789abcdef0123";
/** Starting, saying why not and ending; measured on a machine that does other things, too. */
const LIMIT_MS = 5000;

interface Case {
  readonly title: string;
  /** Arguments, made of a directory with what they name in it. */
  readonly args: (directory: string) => readonly string[];
  readonly message: RegExp;
  readonly environment?: Readonly<Record<string, string>>;
}

const CASES: readonly Case[] = [
  { title: "no ROOT", args: () => [], message: /^error: missing ROOT, the directory/m },
  {
    title: "a ROOT that is not there",
    args: (directory) => [`${directory}/nowhere`],
    message: /Cannot .*"[^"]*\/nowhere"/,
  },
  {
    title: "a ROOT that is a file",
    args: (directory) => [`${directory}/tokens`],
    message: /Cannot .*"[^"]*\/tokens".*director/,
  },
  {
    title: "every address without tokens",
    args: (directory) => ["--listen", ":0", `${directory}/root`],
    message: /Cannot listen on :0: without --token-file anybody/,
  },
  {
    title: "tokens without TLS on every address",
    args: (directory) => [
      ...["--listen", "0.0.0.0:0", "--token-file", `${directory}/tokens`],
      `${directory}/root`,
    ],
    message: /Cannot listen on 0\.0\.0\.0:0: tokens would cross the network in the clear/,
  },
  {
    title: "a token file that is not there",
    args: (directory) => ["--token-file", `${directory}/nowhere`, `${directory}/root`],
    message: /Cannot read "[^"]*\/nowhere"/,
  },
  {
    title: "a token that is too short",
    args: (directory) => ["--token-file", `${directory}/short`, `${directory}/root`],
    message: /Cannot read the token file "[^"]*\/short" at line 2: a token that is too short/,
  },
  {
    title: "an htpasswd file without bcrypt",
    args: (directory) => ["--read-auth", `${directory}/md5`, `${directory}/root`],
    message: /"[^"]*\/md5" at line 1: .*bcrypt/,
  },
  {
    title: "a key without its certificate",
    args: (directory) => ["--tls-key", `${directory}/one.key`, `${directory}/root`],
    message: /^error: --tls-cert and --tls-key go together$/m,
  },
  {
    title: "a key that is not there",
    args: (directory) => [
      ...["--tls-cert", `${directory}/one.crt`, "--tls-key", `${directory}/nowhere.key`],
      `${directory}/root`,
    ],
    message: /Cannot read "[^"]*\/nowhere\.key"/,
  },
  {
    title: "a key that is a directory",
    args: (directory) => [
      ...["--tls-cert", `${directory}/one.crt`, "--tls-key", `${directory}/root`],
      `${directory}/root`,
    ],
    message: /Cannot read "[^"]*\/root"/,
  },
  {
    title: "the key of another certificate",
    args: (directory) => [
      ...["--tls-cert", `${directory}/one.crt`, "--tls-key", `${directory}/other.key`],
      `${directory}/root`,
    ],
    message: /Cannot use "[^"]*\/other\.key": it does not belong to the certificate in/,
  },
  {
    title: "an address that no interface has",
    args: (directory) => [
      ...["--listen", "192.0.2.77:0", "--insecure"],
      `${directory}/root`,
    ],
    message: /Cannot listen on 192\.0\.2\.77:0: no interface of this host has that address/,
  },
  {
    title: "an option that there is not",
    args: (directory) => ["--tokens", "x", `${directory}/root`],
    message: /unknown option '--tokens'/,
  },
  {
    title: "an environment variable with no such value",
    args: (directory) => [`${directory}/root`],
    environment: { SIMPLESTREAMS_WATCH: "perhaps" },
    message: /error: SIMPLESTREAMS_WATCH is "perhaps", expected true or false/,
  },
];

describe("The server does not start", { concurrency: 3, timeout: 60_000 }, () => {
  for (const { title, args, message, environment } of CASES) {
    it(`with ${title}`, async (test) => {
      const directory = await makeFiles(test);
      const started = performance.now();
      const { status, stdout, stderr } = await runServer(
        [...title === "no ROOT" || environment ? [] : LISTEN, ...args(directory)],
        { environment },
      );
      const ms = performance.now() - started;
      assert.match(stderr, message);
      assert.doesNotMatch(stderr, /^ +at |Error:|ENOENT|EACCES|EADDR|os error/m);
      assert.ok(!stderr.includes(TOKEN));
      assert.equal(status, 1, stderr);
      assert.equal(stdout, "");
      assert.ok(ms < LIMIT_MS, `${Math.round(ms)} ms`);
    });
  }

  it("on a port that is taken", async (test) => {
    const directory = await makeFiles(test);
    const { port } = await startServer(test, [`${directory}/root`]);
    const { status, stderr } = await runServer([
      ...["--listen", `127.0.0.1:${port}`],
      `${directory}/root`,
    ]);
    assert.match(stderr, new RegExp(`Cannot listen on 127\\.0\\.0\\.1:${port}: another program`));
    assert.equal(status, 1);
  });

  it("with a key that it may not read", { skip: process.getuid?.() === 0 }, async (test) => {
    const directory = await makeFiles(test);
    chmodSync(`${directory}/one.key`, 0);
    const { status, stderr } = await runServer([
      ...["--tls-cert", `${directory}/one.crt`, "--tls-key", `${directory}/one.key`],
      `${directory}/root`,
    ]);
    assert.match(stderr, /Cannot read "[^"]*\/one\.key"/);
    assert.equal(status, 1);
  });
});

/** First, so that what a case says about it wins. */
const LISTEN = ["--listen", "127.0.0.1:0"];

async function makeFiles(test: Parameters<typeof makeTempDirectory>[0]): Promise<string> {
  const directory = makeTempDirectory(test);
  mkdirSync(join(directory, "root/images"), { recursive: true });
  writeFileSync(join(directory, "tokens"), `${TOKEN}\n`, { mode: 0o600 });
  writeFileSync(join(directory, "short"), "# mine\nsecret\n", { mode: 0o600 });
  writeFileSync(join(directory, "md5"), "reader:$apr1$abc$def\n", { mode: 0o600 });
  await makeCertificate(directory, "one");
  await makeCertificate(directory, "other");
  return directory;
}
