// What the container's HEALTHCHECK runs: asks the server for /healthz, where and how it was told to
// listen. Exit status 0 when it answers 200, else 1.
import { readFileSync } from "node:fs";
import * as http from "node:http";
import * as https from "node:https";

const LIMIT_MS = 4000;
// Addresses that mean every address.
const EVERY = { "": "127.0.0.1", "0.0.0.0": "127.0.0.1", "[::]": "[::1]" };

const args = serverArguments();
const listen = option("listen") ?? "127.0.0.1:8080";
const hasTls = [option("tls-cert"), option("tls-self-signed")].some((value) => value !== undefined);
const [, host, port] = /^(.*):([0-9]+)$/.exec(listen) ?? ["", "", "8080"];
const url = `${hasTls ? "https" : "http"}://${EVERY[host] ?? host}:${port}/healthz`;

// The certificate is for other names than the loopback address that is asked here.
const request = (hasTls ? https : http).get(url, { rejectUnauthorized: false, agent: false });
request.setTimeout(LIMIT_MS, () => request.destroy(new Error(`no answer in ${LIMIT_MS} ms`)));
request.on("response", (response) => finish(response.statusCode === 200, response.statusCode));
request.on("error", (error) => finish(false, error.message));

function finish(isAlive, found) {
  console.log(`${url}: ${found}`);
  process.exit(isAlive ? 0 : 1);
}

/** Returns an option of the server: from its command line, else from the environment. */
function option(name) {
  const index = args.findLastIndex((arg) => arg === `--${name}` || arg.startsWith(`--${name}=`));
  const value = args[index]?.includes("=") ? args[index].replace(/^.*?=/, "") : args[index + 1];
  if (index !== -1) return value;
  return process.env[`SIMPLESTREAMS_${name.toUpperCase().replaceAll("-", "_")}`];
}

/** Returns the arguments of the container's first process: the server, or an init that starts it. */
function serverArguments() {
  try {
    return readFileSync("/proc/1/cmdline", "utf8").split("\0");
  } catch {
    return [];
  }
}
