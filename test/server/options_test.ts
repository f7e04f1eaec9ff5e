import assert from "node:assert/strict";
import { test } from "node:test";
import { VERSION } from "../../core/version.ts";
import { parseServerOptions, type ServerOptions } from "../../server/options.ts";

type Environment = Readonly<Record<string, string | undefined>>;

const DEFAULTS = {
  root: "/srv",
  listen: { host: "127.0.0.1", port: 8080 },
  rescan: 3_600_000,
  log: "text",
};

function optionsOf(args: readonly string[], environment: Environment = {}): ServerOptions {
  const parsed = parseServerOptions(args, environment);
  if ("options" in parsed) return parsed.options;
  throw new Error(parsed.stderr);
}

function refusalOf(args: readonly string[], environment: Environment = {}): string {
  const parsed = parseServerOptions(args, environment);
  if ("options" in parsed) throw new Error("It was not refused");
  assert.deepEqual([parsed.exit, parsed.stdout], [1, ""]);
  assert.match(parsed.stderr, /^error: .*\n[^]*usage: simplestreams-server \[options\] ROOT\n/);
  return parsed.stderr.split("\n")[0] ?? "";
}

test("parseServerOptions() has defaults for everything but ROOT", () => {
  assert.deepEqual(optionsOf(["/srv"]), DEFAULTS);
});

test("parseServerOptions() reads every flag", () => {
  const flags = [
    ...["--listen", "[::]:8443", "--tls-cert", "c.pem", "--tls-key", "k.pem", "--token-file", "t"],
    ...["--read-auth", "h", "--protect-reads", "--reindex-on-start", "--watch", "--rescan", "30m"],
    ...["--follow-symlinks", "--insecure", "--log", "json", "--jobs", "3", "/srv"],
  ];
  assert.deepEqual(optionsOf(flags), {
    root: "/srv",
    listen: { host: "::", port: 8443 },
    tlsCert: "c.pem",
    tlsKey: "k.pem",
    tokenFile: "t",
    readAuth: "h",
    protectReads: true,
    reindexOnStart: true,
    watch: true,
    rescan: 1_800_000,
    followSymlinks: true,
    insecure: true,
    log: "json",
    jobs: 3,
  });
  assert.equal(optionsOf(["--tls-self-signed", "tls", "/srv"]).tlsSelfSigned, "tls");
});

test("parseServerOptions() reads every option from the environment", () => {
  assert.deepEqual(
    optionsOf([], {
      SIMPLESTREAMS_ROOT: "/srv",
      SIMPLESTREAMS_LISTEN: ":8443",
      SIMPLESTREAMS_TLS_CERT: "c.pem",
      SIMPLESTREAMS_TLS_KEY: "k.pem",
      SIMPLESTREAMS_TOKEN_FILE: "t",
      SIMPLESTREAMS_READ_AUTH: "h",
      SIMPLESTREAMS_PROTECT_READS: "true",
      SIMPLESTREAMS_REINDEX_ON_START: "1",
      SIMPLESTREAMS_WATCH: "yes",
      SIMPLESTREAMS_RESCAN: "1d",
      SIMPLESTREAMS_FOLLOW_SYMLINKS: "ON",
      SIMPLESTREAMS_INSECURE: "True",
      SIMPLESTREAMS_LOG: "json",
      SIMPLESTREAMS_JOBS: "3",
    }),
    {
      root: "/srv",
      listen: { host: "", port: 8443 },
      tlsCert: "c.pem",
      tlsKey: "k.pem",
      tokenFile: "t",
      readAuth: "h",
      protectReads: true,
      reindexOnStart: true,
      watch: true,
      rescan: 86_400_000,
      followSymlinks: true,
      insecure: true,
      log: "json",
      jobs: 3,
    },
  );
});

test("parseServerOptions() takes the command line before the environment", () => {
  const options = optionsOf(["--listen", ":1", "--log", "text", "--watch", "/flag"], {
    SIMPLESTREAMS_ROOT: "/environment",
    SIMPLESTREAMS_LISTEN: "not read",
    SIMPLESTREAMS_LOG: "json",
    SIMPLESTREAMS_WATCH: "false",
  });
  assert.deepEqual(
    [options.root, options.listen.port, options.log, options.watch],
    ["/flag", 1, "text", true],
  );
});

test("parseServerOptions() takes switches in the environment for what they say", () => {
  for (const text of ["false", "0", "no", "off", "", "FALSE"]) {
    const { watch } = optionsOf(["/srv"], { SIMPLESTREAMS_WATCH: text });
    assert.equal(watch ?? false, false, text);
  }
  for (const text of ["maybe", "2", " true", "y"]) {
    assert.equal(
      refusalOf(["/srv"], { SIMPLESTREAMS_WATCH: text }),
      `error: SIMPLESTREAMS_WATCH is "${text}", expected true or false`,
    );
  }
});

test("parseServerOptions() refuses values in the environment as on the command line", () => {
  for (
    const [name, text, message] of [
      ["LISTEN", "8080", /Expected HOST:PORT/],
      ["RESCAN", "soon", /Expected a time from 1s to 24d/],
      ["JOBS", "0", /Expected a whole number from 1 to 256/],
      ["LOG", "xml", /Allowed choices are text, json/],
      ["TOKEN_FILE", "", /Expected a name/],
    ] as const
  ) {
    const refusal = refusalOf(["/srv"], { [`SIMPLESTREAMS_${name}`]: text });
    assert.match(refusal, message);
    assert.ok(refusal.startsWith(`error: SIMPLESTREAMS_${name} is "${text}". `), refusal);
    const flag = `--${name.toLowerCase().replace("_", "-")}`;
    assert.match(refusalOf([flag, text, "/srv"]), message);
  }
});

test("parseServerOptions() warns of names in the environment that mean nothing", () => {
  const parsed = parseServerOptions(["/srv"], {
    SIMPLESTREAMS_TOKENFILE: "t",
    SIMPLESTREAMS_A: "b",
    SIMPLESTREAMS_LOG: "json",
    PATH: "/bin",
  });
  assert.deepEqual("warnings" in parsed && parsed.warnings, [
    "no option is called SIMPLESTREAMS_A, so it does nothing",
    "no option is called SIMPLESTREAMS_TOKENFILE, so it does nothing",
  ]);
});

test("parseServerOptions() reads times with their unit", () => {
  for (
    const [text, ms] of [
      ...[["1s", 1000], ["90s", 90_000], ["2h", 7_200_000], ["24d", 2073600000], ["1w", 604800000]],
    ]
  ) {
    assert.equal(optionsOf(["--watch", "--rescan", String(text), "/srv"]).rescan, ms);
  }
  for (const text of ["0s", "25d", "1", "h", "1.5h", "-1h", "4w", "1000000s", "1H"]) {
    assert.match(
      refusalOf(["--watch", "--rescan", text, "/srv"]),
      /Expected a time from 1s to 24d/,
    );
  }
});

test("parseServerOptions() reads whole numbers of jobs", () => {
  for (const text of ["0", "257", "1.5", "x", "", "-1"]) {
    assert.match(refusalOf(["--jobs", text, "/srv"]), /Expected a whole number from 1 to 256/);
  }
});

test("parseServerOptions() refuses --rescan without --watch, wherever it stands", () => {
  const message = "error: --rescan is a part of --watch; add that";
  assert.equal(refusalOf(["--rescan", "1h", "/srv"]), message);
  assert.equal(refusalOf(["/srv"], { SIMPLESTREAMS_RESCAN: "1h" }), message);
  assert.equal(optionsOf(["--watch", "/srv"], { SIMPLESTREAMS_RESCAN: "1h" }).rescan, 3_600_000);
});

test("parseServerOptions() refuses half of a certificate, and two", () => {
  const together = "error: --tls-cert and --tls-key go together";
  assert.equal(refusalOf(["--tls-cert", "c.pem", "/srv"]), together);
  assert.equal(refusalOf(["--tls-key", "k.pem", "/srv"]), together);
  assert.equal(refusalOf(["--tls-cert", "c.pem", "/srv"], { SIMPLESTREAMS_LOG: "text" }), together);
  const environment = { SIMPLESTREAMS_TLS_KEY: "k.pem" };
  assert.equal(optionsOf(["--tls-cert", "c.pem", "/srv"], environment).tlsKey, "k.pem");
  const both = ["--tls-cert", "c", "--tls-key", "k", "--tls-self-signed", "tls", "/srv"];
  assert.match(refusalOf(both), /--tls-self-signed makes a certificate of its own/);
});

test("parseServerOptions() refuses no ROOT, two, and flags that nobody knows", () => {
  assert.equal(refusalOf([]), "error: missing ROOT, the directory that is served");
  assert.match(refusalOf([""]), /missing ROOT/);
  assert.match(refusalOf([], { SIMPLESTREAMS_ROOT: "" }), /missing ROOT/);
  assert.match(refusalOf(["/a", "/b"]), /too many arguments/);
  assert.match(refusalOf(["--tokens", "/srv"]), /unknown option '--tokens'/);
});

test("parseServerOptions() takes a ROOT without the slashes at its end", () => {
  assert.equal(optionsOf(["/srv/images//"]).root, "/srv/images");
  assert.equal(optionsOf(["."]).root, ".");
  assert.equal(optionsOf(["/"]).root, "/.");
  assert.equal(optionsOf(["--", "-dash"]).root, "-dash");
});

test("parseServerOptions() prints help and version on stdout", () => {
  for (const flag of ["--help", "-h"]) {
    const parsed = parseServerOptions([flag], {});
    assert.ok("exit" in parsed);
    assert.deepEqual([parsed.exit, parsed.stderr], [0, ""]);
    for (const name of ["--listen", "--token-file", "--rescan", "SIMPLESTREAMS_LISTEN"]) {
      assert.ok(parsed.stdout.includes(name), name);
    }
    for (const line of parsed.stdout.split("\n")) assert.ok(line.length <= 100, line);
  }
  const version = parseServerOptions(["--version"], { SIMPLESTREAMS_LISTEN: "broken" });
  assert.deepEqual(version, { exit: 0, stdout: `${VERSION}\n`, stderr: "" });
});
