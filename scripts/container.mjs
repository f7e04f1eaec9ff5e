// `npm run container`: builds the Dockerfile with buildah from base images made here, and tries what
// came of it: as its own user, with nothing writable but its volumes. Debian, as root; no Docker.
// CONTAINER_CACHE=DIR keeps the base's Debian there, for the next run.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { BUILD_BASE, makeBases, npmSettings, RUN_BASE } from "./container_base.mjs";
import { tryImage } from "./container_try.mjs";

const PROGRAMS = [
  ...["buildah", "debootstrap", "npm", "tar", "ip", "mount", "umount"],
  ...["unshare", "nsenter", "chroot", "setpriv"],
];
const IMAGE = "localhost/simplestreams";
// buildah keeps notes here, whatever storage it is told to use.
const STORE = "/var/lib/containers";
const LIMIT_MS = 300_000;
const MAX_IMAGE_BYTES = 200e6;

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
// Debian keeps debootstrap where not every shell looks for it.
process.env.PATH += ":/usr/sbin:/sbin";
const work = process.env.CONTAINER_WORK;
if (work === undefined) process.exitCode = await runInNamespaces();
// Not waiting for what a step that did not pass left running: it ends with the namespace.
else process.exit(await buildAndTry(work));

/** Runs this file again where its mounts and processes end with it, and clears up. */
async function runInNamespaces() {
  const missing = PROGRAMS.filter((name) => spawnSync("sh", ["-c", `command -v ${name}`]).status);
  if (missing.length > 0 || process.getuid?.() !== 0) {
    const problem = missing.length > 0
      ? `missing ${missing.join(", ")}`
      : "only root can; use sudo";
    console.error(`Cannot build the container: ${problem}`);
    return 1;
  }
  const directory = mkdtempSync(join(tmpdir(), "simplestreams-container-"));
  const madeStore = mkdirSync(STORE, { recursive: true }) !== undefined;
  try {
    const child = spawn("unshare", [
      ...["--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--propagation", "private"],
      ...[process.execPath, fileURLToPath(import.meta.url)],
    ], { stdio: "inherit", env: { ...process.env, CONTAINER_WORK: directory } });
    const kill = () => child.kill("SIGKILL");
    process.on("SIGINT", kill).on("SIGTERM", kill).on("SIGHUP", kill);
    const timer = setTimeout(() => {
      console.error(`The container is given up: not done after ${LIMIT_MS / 1000} s`);
      kill();
    }, LIMIT_MS);
    const status = await new Promise((done) => {
      child.on("error", () => done(1));
      child.on("exit", (code) => done(code ?? 1));
    });
    clearTimeout(timer);
    return status;
  } finally {
    rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    if (madeStore) removeEmpty(STORE);
  }
}

function removeEmpty(folder) {
  try {
    rmdirSync(folder);
  } catch {
    // Somebody else uses it by now.
  }
}

async function buildAndTry(directory) {
  try {
    const buildah = createBuildah(directory);
    const cache = process.env.CONTAINER_CACHE;
    timed("base images", () => {
      makeBases({ buildah, directory, cache: cache && resolve(cache) });
    });
    timed("image", () => build(buildah, directory));
    const container = buildah("from", "--pull-never", IMAGE).trim();
    const root = buildah("mount", container).trim();
    const size = printSizes(buildah, root);
    const { Docker } = JSON.parse(buildah("inspect", "--type", "image", IMAGE));
    await tryImage({ root, directory, config: Docker.config });
    console.log(`\nThe container works; its image has ${size}.`);
    return 0;
  } catch (error) {
    console.error(`\nThe container does not work: ${error.stack}`);
    return 1;
  }
}

function build(buildah, directory) {
  const secret = join(directory, "npmrc");
  writeFileSync(secret, npmSettings(), { mode: 0o600 });
  try {
    const { version } = JSON.parse(readFileSync("package.json", "utf8"));
    buildah(
      ...["bud", "--pull-never", "--secret", `id=npmrc,src=${secret}`, "-t", IMAGE],
      ...["--build-arg", `BUILD_BASE=${BUILD_BASE}`, "--build-arg", `RUN_BASE=${RUN_BASE}`],
      ...["--build-arg", `VERSION=${version}`, "."],
    );
  } finally {
    rmSync(secret);
  }
}

/** Prints what the image is made of, in MB of 1,000,000 bytes uncompressed, and returns the sum. */
function printSizes(buildah, root) {
  const { Manifest } = JSON.parse(buildah("inspect", "--type", "image", IMAGE));
  const [debian, ...added] = JSON.parse(Manifest).layers.map(({ size }) => size);
  const all = added.reduce((sum, size) => sum + size, debian);
  const node = statSync(join(root, "usr/local/bin/node")).size;
  const [total, ...parts] = [all, debian, node, all - debian - node]
    .map((bytes) => `${(bytes / 1e6).toFixed(1)} MB`);
  console.log(`image: ${total} = slim Debian ${parts[0]} + Node ${parts[1]} + ours ${parts[2]}`);
  if (all >= MAX_IMAGE_BYTES) throw new Error(`the image has ${total}, expected less than 200 MB`);
  return total;
}

/** Returns what runs buildah with a storage of its own, and returns its output. */
function createBuildah(directory) {
  const [temporary, notes] = ["tmp", "notes"].map((name) => join(directory, name));
  for (const folder of [temporary, notes]) mkdirSync(folder);
  execFileSync("mount", ["--bind", notes, STORE]);
  const storage = ["--storage-driver", "vfs"];
  for (const name of ["root", "runroot"]) storage.push(`--${name}`, join(directory, name));
  // Not OCI's format, which has no HEALTHCHECK.
  const settings = { BUILDAH_ISOLATION: "chroot", BUILDAH_FORMAT: "docker", TMPDIR: temporary };
  return (...args) => {
    const { status, stdout, stderr, error } = spawnSync("buildah", [...storage, ...args], {
      encoding: "utf8",
      env: { ...process.env, ...settings },
      maxBuffer: 1 << 28,
    });
    if (status === 0) return stdout;
    throw new Error(`buildah ${args[0]} ended with ${error ?? status}\n${stdout}\n${stderr}`);
  };
}

function timed(name, work) {
  const start = performance.now();
  work();
  console.log(`${name}: ${((performance.now() - start) / 1000).toFixed(1)} s`);
}
