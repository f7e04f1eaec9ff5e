// Runs a container image as an engine would, as its configuration says: own namespaces, its user, no
// privileges, a read-only file system; and asks what an operator and a supervisor would ask.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chownSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const LIMIT_MS = 30_000;
const MIB = 1 << 20;

// Its first process is what the image names, as with an engine. What it can write is what is mounted.
const START = `
set -e
root=$1 user=$2 folder=$3 mounts=$4
shift 4
ip link set lo up
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
mount -o remount,bind,ro "$root/dev"
echo "$mounts" | while read -r from to mode; do
  if [ -d "$from" ]; then mkdir -p "$root$to"; else mkdir -p "$root\${to%/*}"; : >> "$root$to"; fi
  mount --bind "$from" "$root$to"
  mount -o "remount,bind,$mode" "$root$to"
done
mount -o remount,bind,ro "$root"
exec setpriv --no-new-privs chroot --userspec="$user" "$root" /usr/bin/env -i --chdir="$folder" "$@"
`;

const ASK = `
const [method, url, token] = process.argv.slice(1);
const headers = token === "" ? {} : { Authorization: "Bearer " + token };
const response = await fetch(url, { method, headers });
console.log(JSON.stringify({ status: response.status, text: await response.text() }));
`;

/** Tries the image whose files are in a folder; throws at the first thing that is not as it should be. */
export async function tryImage({ root, directory, config }) {
  assert.deepEqual(Object.keys(config.Volumes), ["/srv/simplestreams"]);
  assert.match(config.User, /^[1-9][0-9]*:[1-9][0-9]*$/, "a user that is not root, as a number");
  assert.equal(config.StopSignal, "SIGTERM");
  const [kind, ...healthcheck] = config.Healthcheck.Test;
  assert.equal(kind, "CMD");
  const [uid, gid] = config.User.split(":").map(Number);
  const folders = ["volume", "tls", "secrets"].map((name) => join(directory, name));
  for (const folder of folders) {
    mkdirSync(folder);
    chownSync(folder, uid, gid);
  }
  const [volume, tls, secrets] = folders;
  const token = randomBytes(24).toString("hex");
  writeFileSync(join(secrets, "tokens"), `ci:${token}\n`, { mode: 0o400 });
  chownSync(join(secrets, "tokens"), uid, gid);
  makeTree(volume, { uid, gid });

  const mounts = [
    `${volume} /srv/simplestreams rw`,
    `${tls} /var/lib/simplestreams rw`,
    `${join(secrets, "tokens")} /run/secrets/tokens ro`,
  ].join("\n");
  const container = { root, config, mounts };
  const secured = [
    "--token-file=/run/secrets/tokens",
    "--tls-self-signed",
    "/var/lib/simplestreams",
  ];

  await step("without tokens or --insecure it does not start, and says what it lacks", async () => {
    const { status, stderr } = await ended(start(container, config.Entrypoint));
    assert.equal(status, 1, stderr);
    assert.match(stderr, /--token-file.*--insecure/s);
  });
  await step("the healthcheck says no where no server is", async () => {
    const { status, stdout } = await ended(start(container, healthcheck));
    assert.equal(status, 1, stdout);
  });
  await withServer(container, secured, async (server) => {
    const ca = join(tls, "ca.crt");
    const ask = (method, path, asToken = "") =>
      request(server, { method, url: `https://localhost:8080${path}`, token: asToken, ca });
    await step("its only process is the server, as its user and without capabilities", () => {
      const state = readFileSync(`/proc/${server.pid}/status`, "utf8");
      const field = (name) => new RegExp(`^${name}:[ \\t]*(.*)$`, "m").exec(state)?.[1];
      assert.match(field("NSpid"), /\t1$/);
      assert.deepEqual(new Set(field("Uid").split("\t")), new Set([String(uid)]));
      assert.deepEqual(new Set(field("Gid").split("\t")), new Set([String(gid)]));
      assert.equal(field("Groups").trim().replace(String(gid), ""), "");
      assert.match(field("CapEff"), /^0+$/);
      assert.match(readFileSync(`/proc/${server.pid}/cmdline`, "utf8"), /simplestreams-server/);
    });
    await step("the file system is read-only, for root too", () => {
      for (const path of ["/probe", "/tmp/probe", "/run/probe", "/usr/local/lib/probe"]) {
        const { stderr } = enter(server, "0:0", ["sh", "-c", `echo > ${path}`]);
        assert.match(stderr, /Read-only file system/, path);
      }
    });
    await step("/readyz is 503 before a document is published, /healthz is 200", () => {
      assert.deepEqual(statusAndCode(ask("GET", "/readyz")), [503, "NOT_READY"]);
      assert.equal(ask("GET", "/healthz").status, 200);
    });
    await step("the healthcheck passes over https", () => passHealthcheck(server));
    await step("reindex takes a token, and publishes", () => {
      assert.equal(ask("POST", "/api/v1/reindex").status, 401);
      const { status, text } = ask("POST", "/api/v1/reindex", token);
      assert.equal(status, 200, text);
      assert.match(ask("GET", "/streams/v1/images.json").text, /"debian:bookworm:amd64:default"/);
    });
    await step("/readyz is 200 then", () => {
      assert.equal(ask("GET", "/readyz").status, 200);
      assert.equal(
        ask("GET", "/images/debian/bookworm/amd64/default/20240105/lxd.tar.xz").status,
        200,
      );
    });
    await step("the command line is in the image too", () => {
      const { status, stdout, stderr } = enter(server, config.User, ["simplestreams", "."]);
      assert.equal(status, 0, stderr);
      assert.match(stdout, /"debian:bookworm:amd64:default"/);
    });
  });
  await withServer(container, ["--insecure"], async (server) => {
    const ask = (method, path) => request(server, { method, url: `http://127.0.0.1:8080${path}` });
    await step("started again on its volume, without TLS: /readyz is 200 at once", () => {
      assert.equal(ask("GET", "/readyz").status, 200);
    });
    await step("the healthcheck passes over http", () => passHealthcheck(server));
  });
  await step("it wrote what the volume is for, and nothing else", () => {
    assert.deepEqual(readdirSync(volume).sort(), [".simplestreams", "images", "streams"]);
  });

  function passHealthcheck(server) {
    const { status, stdout, stderr } = enter(server, config.User, healthcheck);
    assert.equal(status, 0, stdout + stderr);
  }
}

function makeTree(volume, { uid, gid }) {
  let folder = volume;
  for (const name of ["images", "debian", "bookworm", "amd64", "default", "20240105"]) {
    folder = join(folder, name);
    mkdirSync(folder);
    chownSync(folder, uid, gid);
  }
  writeFileSync(join(folder, "lxd.tar.xz"), "metadata");
  writeFileSync(join(folder, "root.squashfs"), randomBytes(MIB));
}

/** Starts the server, hands it on once it is ready, stops it as an engine does and looks at its end. */
async function withServer(container, args, use) {
  const server = start(container, [...container.config.Entrypoint, ...args]);
  try {
    await server.until(/^simplestreams: serving .*\n/m);
    server.pid = firstChildOf(server.process.pid);
    await use(server);
    await step("SIGTERM ends it with status 0", async () => {
      process.kill(server.pid, "SIGTERM");
      const { status, stderr } = await ended(server);
      assert.equal(status, 0, stderr);
    });
  } catch (error) {
    console.error(server.output.stderr);
    throw error;
  } finally {
    server.process.kill("SIGKILL");
  }
}

function start({ root, config, mounts }, command) {
  const child = spawn("unshare", [
    ...["--mount", "--net", "--pid", "--ipc", "--uts", "--fork", "--kill-child"],
    ...["--propagation", "private", "sh", "-c", START, "sh"],
    ...[root, config.User, config.WorkingDir, mounts, ...config.Env, ...command],
  ], { stdio: ["ignore", "pipe", "pipe"] });
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"]) {
    child[name].setEncoding("utf8").on("data", (text) => output[name] += text);
  }
  const exit = new Promise((done) => child.on("close", (status, signal) => done(status ?? signal)));
  const until = (pattern) =>
    within(Promise.race([
      new Promise((done) =>
        child.stdout.on("data", () => pattern.test(output.stdout) && done(undefined))
      ),
      exit.then((status) => {
        throw new Error(`It ended with ${status} before it printed ${pattern}`);
      }),
    ]));
  const { WorkingDir: folder, Env: environment } = config;
  return { process: child, output, exit, until, folder, environment };
}

async function ended(container) {
  const status = await within(container.exit);
  return { status, ...container.output };
}

function within(promise) {
  let timer;
  const limit = new Promise((_, fail) => {
    timer = setTimeout(() => fail(new Error(`Not done after ${LIMIT_MS / 1000} s`)), LIMIT_MS);
  });
  return Promise.race([promise, limit]).finally(() => clearTimeout(timer));
}

/** The container's first process, by the number that it has out here. */
function firstChildOf(pid) {
  const found = readdirSync("/proc").find((name) => {
    try {
      return readFileSync(`/proc/${name}/status`, "utf8").includes(`\nPPid:\t${pid}\n`);
    } catch {
      return false;
    }
  });
  return Number(found);
}

/** Runs a command in the container, as an engine's exec does. */
function enter(server, user, command) {
  const [uid, gid] = user.split(":");
  return spawnSync("nsenter", [
    ...["--target", `${server.pid}`, "--mount", "--net", "--pid", "--ipc", "--uts", "--root"],
    ...[`--setuid=${uid}`, `--setgid=${gid}`, "/usr/bin/env", "-i"],
    ...[`--chdir=${server.folder}`, ...server.environment, ...command],
  ], { encoding: "utf8", timeout: LIMIT_MS });
}

/** Asks the server from its network, with this machine's Node, which trusts a CA beside its own. */
function request(server, { method, url, token = "", ca = "" }) {
  const { stdout, stderr } = spawnSync("nsenter", [
    ...["--target", `${server.pid}`, "--net", process.execPath],
    ...["--input-type=module", "-e", ASK, "--", method, url, token],
  ], { encoding: "utf8", timeout: LIMIT_MS, env: ca === "" ? {} : { NODE_EXTRA_CA_CERTS: ca } });
  assert.notEqual(stdout, "", stderr);
  return JSON.parse(stdout);
}

function statusAndCode({ status, text }) {
  return [status, JSON.parse(text).code];
}

async function step(name, check) {
  try {
    await check();
  } catch (error) {
    console.log(`not ok  ${name}`);
    throw error;
  }
  console.log(`ok  ${name}`);
}
