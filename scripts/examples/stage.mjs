// A tree with small real images, the service in front of it, and a token that must show up nowhere.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { makeSampleImage } from "../sample_image.mjs";
import { createProcesses, findProgram } from "./processes.mjs";

const CLI = [process.execPath, resolve("dist/simplestreams.mjs")];
const SERVER = [process.execPath, resolve("dist/simplestreams-server.mjs")];
const CREATED = new Date("2026-01-01T00:00:00Z");

/** Makes the directory; `prepare` fills it and starts the service, `close` ends and removes all. */
export function openStage() {
  // realpath: what is under /tmp may be a link, and nginx's and Terraform's answers name real paths.
  const top = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), "simplestreams-examples-")));
  const at = (...names) => join(top, ...names);
  for (const name of ["bin", "home", "root"]) fs.mkdirSync(at(name));
  const token = randomBytes(32).toString("hex");
  const tokenFile = at("tokens");
  fs.writeFileSync(tokenFile, `# who may do what\n\nexamples:${token}\n`, { mode: 0o600 });
  // Each curl tells its arguments, as any user could read them by ps.
  const heard = at("curl-arguments");
  const curl = findProgram("curl");
  fs.writeFileSync(
    at("bin/curl"),
    `#!/bin/sh\nprintf '%s\\n' "$@" >> '${heard}'\nexec ${curl} "$@"\n`,
    { mode: 0o755 },
  );
  const processes = createProcesses({
    HOME: at("home"),
    TMPDIR: top,
    LC_ALL: "C.UTF-8",
    PATH: `${at("bin")}:${process.env.PATH}:/usr/sbin:/sbin`,
  });
  let server;
  let closing;

  const stage = {
    ...{ top, at, root: at("root"), token, tokenFile, processes, CLI },
    run: processes.run,
    url: "",

    async prepare() {
      for (const [os, release] of [["debian", "12"], ["ubuntu", "24.04"]]) {
        await stage.import({ os, release, created: CREATED });
      }
      await stage.run([...CLI, "-N", "--quiet", stage.root]);
      server = await stage.serve("--token-file", tokenFile);
      stage.url = server.url;
    },

    async import(image) {
      const folder = at("incoming");
      makeSampleImage(folder, { content: `${image.os} ${image.release}\n`, ...image });
      await stage.run([...CLI, "-N", "--quiet", "-i", folder, stage.root]);
      fs.rmSync(folder, { recursive: true });
    },

    /** Starts a service on a free port of loopback. */
    async serve(...options) {
      const pattern = /^simplestreams: serving .* at (http:\S+)$/m;
      const command = [...SERVER, "--listen", "127.0.0.1:0", ...options, stage.root];
      const daemon = await processes.startDaemon(command, {
        isReady: (text) => pattern.test(text),
      });
      return { ...daemon, url: pattern.exec(daemon.output())[1] };
    },

    /** Calls the API with the token. */
    async api(path, options = {}) {
      const headers = { Authorization: `Bearer ${token}` };
      const answer = await fetch(`${stage.url}/api/v1${path}`, { headers, ...options });
      return { status: answer.status, body: await answer.json() };
    },

    /** Returns what is published for a product. */
    async product(id) {
      const { status, body } = await stage.api(`/products/${id}`);
      assert.equal(status, 200, JSON.stringify(body));
      return body;
    },

    /** Returns all files below directories, with time stamps and digests: equal if nothing was written. */
    snapshot(...folders) {
      return folders.flatMap((folder) =>
        fs.readdirSync(folder, { recursive: true }).sort().map((name) => {
          const path = join(folder, name);
          const { mtimeMs, mode } = fs.lstatSync(path);
          const isFile = fs.lstatSync(path).isFile();
          const bytes = isFile ? fs.readFileSync(path) : "";
          const digest = createHash("sha256").update(bytes).digest("hex");
          return `${path} ${mode} ${mtimeMs} ${digest}`;
        })
      );
    },

    /** Throws if a text has the token, or if a curl got it as an argument. */
    assertNoToken(...texts) {
      const told = fs.existsSync(heard) ? fs.readFileSync(heard, "utf8") : "";
      for (const text of [told, ...texts]) assert.ok(!text.includes(token), "The token shows up");
    },

    /** Returns the arguments that curl has got so far, as lines. */
    curlArguments: () => fs.existsSync(heard) ? fs.readFileSync(heard, "utf8") : "",

    showServerLog() {
      if (server !== undefined) console.error(`\nThe service said:\n${server.output()}`);
    },

    close() {
      closing ??= processes.stopAll().then(() =>
        fs.rmSync(top, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
      );
      return closing;
    },
  };
  return stage;
}
