// Runs test/e2e/ with the real Incus and LXD. Arguments: names of test files, to run only those.
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";

const PROGRAMS = [
  ...["incus", "incusd", "incus-simplestreams", "lxc", "lxd", "xdelta3", "busybox"],
  ...["mksquashfs", "unsquashfs", "tar", "xz", "openssl", "curl", "sha256sum", "ip", "mount"],
  ...["unshare", "distrobuilder"],
];
const BUNDLES = [
  ["SIMPLESTREAMS_COMMAND", "dist/simplestreams.mjs"],
  ["SIMPLESTREAMS_SERVER_COMMAND", "dist/simplestreams-server.mjs"],
];
const LIMIT_MS = 300_000;

// In the namespaces: only loopback, and only one range of ids (incusd cannot launch with the
// second range that LXD's package adds). The shell stays, to reap what the daemons leave behind.
const STAGE_SCRIPT = `
set -e
ip link set lo up
echo root:1000000:1000000000 > "$E2E_DIRECTORY/subid"
mount --bind "$E2E_DIRECTORY/subid" /etc/subuid
mount --bind "$E2E_DIRECTORY/subid" /etc/subgid
status=0
"$@" || status=$?
exit $status
`;

process.exitCode = await main(process.argv.slice(2));

async function main(names) {
  const obstacle = findObstacle();
  if (obstacle !== undefined) {
    console.error(`Cannot run the end-to-end tests: ${obstacle}`);
    return 1;
  }
  const bundles = await bundleTests(names);
  if (bundles.length === 0) {
    console.error(`Cannot run the end-to-end tests: no test file is called ${names.join(", ")}`);
    return 1;
  }
  // Short, because sockets lie in it; passable, because roots of containers do.
  const directory = mkdtempSync(join(tmpdir(), "e2e-"));
  try {
    chmodSync(directory, 0o711);
    return await runInNamespaces(directory, bundles);
  } finally {
    rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

function findObstacle() {
  const missing = PROGRAMS.filter((program) => !isInstalled(program));
  if (missing.length > 0) {
    return `missing ${missing.join(", ")}; on Debian install them with
    sudo sh scripts/install_clients.sh`;
  }
  const dynamic = spawnSync("sh", ["-c", 'ldd "$(command -v busybox)"']).status === 0;
  if (dynamic) return "busybox is not a static one; on Debian it is in busybox-static";
  if (process.getuid?.() !== 0) {
    return `they start daemons in namespaces of their own, and only root may; run
    sudo npm run test:e2e`;
  }
  const missingBuild = BUNDLES.find(([variable, file]) =>
    process.env[variable] === undefined && !existsSync(file)
  );
  if (missingBuild !== undefined) return `${missingBuild[1]} is not there; run npm run build`;
  return undefined;
}

function isInstalled(program) {
  // Debian keeps incusd where no shell looks for it.
  const PATH = `${process.env.PATH}:/usr/sbin:/sbin:/usr/libexec/incus`;
  const script = 'command -v "$1"';
  return spawnSync("sh", ["-c", script, "sh", program], { env: { PATH } }).status === 0;
}

async function bundleTests(names) {
  const tests = readdirSync("test/e2e").filter((name) => name.endsWith("_test.ts"))
    .filter((name) => names.length === 0 || names.some((wanted) => name.startsWith(wanted)));
  if (tests.length === 0) return [];
  rmSync("build/e2e", { recursive: true, force: true });
  await build({
    entryPoints: ["stage.ts", ...tests].map((name) => `test/e2e/${name}`),
    outdir: "build/e2e",
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    target: "node20",
    format: "esm",
    packages: "external",
    sourcemap: "inline",
    logLevel: "warning",
  });
  return tests.map((name) => `build/e2e/${name.replace(/ts$/, "mjs")}`);
}

async function runInNamespaces(directory, bundles) {
  // With the process namespace dies all that runs in it, and with that its mounts go.
  const child = spawn("unshare", [
    ...["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"],
    ...["--propagation", "private", "sh", "-c", STAGE_SCRIPT, "sh"],
    ...[process.execPath, "--enable-source-maps", "build/e2e/stage.mjs", ...bundles],
  ], { stdio: "inherit", env: { ...process.env, E2E_DIRECTORY: directory } });
  const kill = () => child.kill("SIGKILL");
  process.on("SIGINT", kill).on("SIGTERM", kill).on("SIGHUP", kill);
  const timer = setTimeout(() => {
    console.error(`The end-to-end tests are stopped: not done after ${LIMIT_MS / 1000} s`);
    kill();
  }, LIMIT_MS);
  const status = await new Promise((resolve) => {
    child.on("error", () => resolve(1));
    child.on("exit", (code) => resolve(code ?? 1));
  });
  clearTimeout(timer);
  return status;
}
