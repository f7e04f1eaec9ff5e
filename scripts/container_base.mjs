// Base images without a registry: the machine's own release of Debian, and its Node and npm.
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { rootCertificates } from "node:tls";

export const RUN_BASE = "localhost/simplestreams-run-base";
export const BUILD_BASE = "localhost/simplestreams-build-base";

// What Debian's own slim images are without.
const FAT = [
  ...["doc", "groff", "info", "lintian", "locale", "man"].map((name) => `usr/share/${name}`),
  ...["var/cache/apt", "var/cache/debconf", "var/lib/apt/lists", "var/log"],
];

/** What of npm's settings may also come from its other files and from the environment. */
const CONNECTION = ["registry", "strict-ssl", "proxy", "https-proxy", "noproxy"];

/** Makes both base images: a slim Debian without Node, and that with Node and npm. */
export function makeBases({ buildah, directory, cache }) {
  const archive = cache === undefined ? undefined : join(cache, `${release()}-${process.arch}.tar`);
  const own = join(directory, "base.tar");
  if (archive !== undefined && existsSync(archive)) copyFileSync(archive, own);
  else makeDebian(own, directory);
  if (archive !== undefined && !existsSync(archive)) {
    mkdirSync(cache, { recursive: true });
    // In one step: another run may look for it.
    copyFileSync(own, `${archive}.${process.pid}`);
    renameSync(`${archive}.${process.pid}`, archive);
  }
  const context = join(directory, "base");
  mkdirSync(context);
  renameSync(own, join(context, "base.tar"));
  writeFileSync(join(context, "run"), 'FROM scratch\nADD base.tar /\nCMD ["sh"]\n');
  buildah("bud", "--pull-never", "-f", join(context, "run"), "-t", RUN_BASE, context);
  rmSync(join(context, "base.tar"));

  const tools = join(context, "tools");
  mkdirSync(join(tools, "bin"), { recursive: true });
  copyFileSync(process.execPath, join(tools, "bin/node"));
  cpSync(npmDirectory(), join(tools, "lib/npm"), { recursive: true, dereference: true });
  chmodSync(join(tools, "lib/npm/bin/npm-cli.js"), 0o755);
  symlinkSync("../lib/npm/bin/npm-cli.js", join(tools, "bin/npm"));
  writeFileSync(join(context, "build"), `FROM ${RUN_BASE}\nCOPY tools/ /usr/local/\n`);
  buildah("bud", "--pull-never", "-f", join(context, "build"), "-t", BUILD_BASE, context);
  rmSync(context, { recursive: true });
}

/** Returns the text of an npmrc that has npm do in a container what it does here. */
export function npmSettings() {
  const settings = new Map(
    output("npm", ["config", "get", ...CONNECTION, "cafile", "userconfig"]).split("\n")
      .map((line) => /^([a-z-]+)=(.+)$/.exec(line) ?? [])
      .filter(([, , value = "null"]) => !["null", "undefined"].includes(value))
      .map(([, name, value]) => [name, value]),
  );
  const userConfig = settings.get("userconfig");
  const own = userConfig && existsSync(userConfig) ? readFileSync(userConfig, "utf8") : "";
  const lines = own.split("\n").filter((line) => !/^\s*cafile\s*=/.test(line));
  for (const name of CONNECTION) {
    if (settings.has(name)) lines.push(`${name}=${settings.get(name)}`);
  }
  // The file that cafile names is not in the container, and what it holds may be no more than one CA.
  const extra = process.env["NODE_EXTRA_CA_CERTS"];
  const certificates = settings.has("cafile")
    ? readCertificates(settings.get("cafile"))
    : extra === undefined || !existsSync(extra)
    ? []
    : [...rootCertificates, ...readCertificates(extra)];
  lines.push(...certificates.map((text) => `ca[]=${JSON.stringify(text)}`));
  return `${lines.join("\n")}\n`;
}

function readCertificates(file) {
  const block = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;
  return readFileSync(file, "utf8").match(block) ?? [];
}

function makeDebian(archive, directory) {
  const source = findSource(release());
  const root = join(directory, "debian");
  mkdirSync(root);
  // In memory, as dpkg syncs every file: that is a minute less. Nobody else sees this mount.
  run("mount", ["-t", "tmpfs", "-o", "size=1g,mode=755", "none", root]);
  try {
    const key = source.key === undefined ? [] : [`--keyring=${source.key}`];
    run("debootstrap", ["--variant=minbase", ...key, release(), root, source.address]);
    for (const path of FAT) {
      for (const name of list(join(root, path))) {
        rmSync(join(root, path, name), { recursive: true });
      }
    }
    // debootstrap copies the machine's own.
    for (const name of ["etc/resolv.conf", "etc/hostname"]) {
      rmSync(join(root, name), { force: true });
    }
    run("tar", ["-C", root, "--numeric-owner", "-cf", archive, "--exclude=./dev/*", "."]);
  } finally {
    run("umount", [root]);
  }
}

function list(directory) {
  return existsSync(directory) ? readdirSync(directory) : [];
}

/** The machine's own release, as its Node needs that C library. */
function release() {
  const found = /^VERSION_CODENAME=(.+)$/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1];
  if (found === undefined) throw new Error("no VERSION_CODENAME in /etc/os-release");
  return found;
}

/** Returns address and key file of the machine's own source of a release, from /etc/apt. */
function findSource(suite) {
  const lists = "/etc/apt/sources.list.d";
  const stanzas = list(lists).filter((name) => name.endsWith(".sources"))
    .flatMap((name) => readFileSync(join(lists, name), "utf8").split(/^\s*$/m))
    .map((text) => (field) => new RegExp(`^${field}:[ \\t]*(.+)$`, "m").exec(text)?.[1] ?? "")
    .filter((field) => field("Suites").split(/\s+/).includes(suite) && field("Enabled") !== "no")
    .map((field) => ({ address: field("URIs").split(/\s+/)[0], key: field("Signed-By") }));
  const lines = existsSync("/etc/apt/sources.list")
    ? readFileSync("/etc/apt/sources.list", "utf8").split("\n")
    : [];
  const oneLiners = lines.map((line) => /^deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)/.exec(line))
    .filter((found) => found?.[3] === suite)
    .map(([, options = "", address]) => ({
      address,
      key: /signed-by=(\S+)/.exec(options)?.[1] ?? "",
    }));
  const found = [...stanzas, ...oneLiners].find(({ address }) => /^(https?|file):/.test(address));
  if (found === undefined) throw new Error(`no source of ${suite} in /etc/apt`);
  return { ...found, key: found.key.startsWith("/") ? found.key : undefined };
}

/** The folder of the npm that runs this, or of the one on PATH. */
function npmDirectory() {
  const program = process.env["npm_execpath"] ?? output("sh", ["-c", "command -v npm"]).trim();
  const found = dirname(dirname(realpathSync(program)));
  if (!existsSync(join(found, "node_modules"))) {
    throw new Error(`"${found}" is not an npm with all that it needs, as Node's own is`);
  }
  return found;
}

function run(command, args) {
  execFileSync(command, args, { stdio: ["ignore", "ignore", "inherit"] });
}

function output(command, args) {
  return execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
}
