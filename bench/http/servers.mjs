/**
 * The servers that are compared, each with a port for http and one for https. All write a line a
 * request into a file.
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import process from "node:process";

/** Starts nginx as Debian has it, with a worker a core. */
export async function startNginx({ root, certificate, key }, directory) {
  const [http, https] = [await freePort(), await freePort()];
  const configuration = join(directory, "nginx.conf");
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${directory}/nginx-${name};`);
  fs.writeFileSync(
    configuration,
    `daemon off; pid ${directory}/nginx.pid; error_log ${directory}/nginx.err;
    worker_processes auto;
    events { worker_connections 1024; }
    http {
      access_log ${directory}/nginx.log;
      sendfile on;
      types { application/json json; }
      ${temporary.join(" ")}
      root ${root};
      server { listen 127.0.0.1:${http}; }
      server {
        listen 127.0.0.1:${https} ssl;
        ssl_certificate ${certificate};
        ssl_certificate_key ${key};
      }
    }\n`,
  );
  const child = spawn("nginx", ["-c", configuration], {
    stdio: "ignore",
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` },
  });
  await waitForPort(http);
  return server("nginx", [child], { http, https });
}

/** Starts our server twice, as it listens on one address: without TLS and with it. */
export async function startOurs(name, command, { root, certificate, key }, directory) {
  const children = [];
  const ports = [];
  for (const tls of [[], ["--tls-cert", certificate, "--tls-key", key]]) {
    const port = await freePort();
    const log = fs.openSync(join(directory, `${name}-${port}.log`), "w");
    const [program, ...args] = command;
    children.push(spawn(program, [
      ...[...args, "dist/simplestreams-server.mjs", "--listen", `127.0.0.1:${port}`],
      ...[...tls, root],
    ], { stdio: ["ignore", log, log], env: ownEnvironment() }));
    await waitForPort(port);
    ports.push(port);
  }
  return server(name, children, { http: ports[0], https: ports[1] });
}

function server(name, children, { http, https }) {
  return {
    name,
    pid: children[0].pid,
    http: `http://127.0.0.1:${http}`,
    https: `https://127.0.0.1:${https}`,
    async stop() {
      for (const child of children) {
        if (child.exitCode !== null) continue;
        child.kill("SIGTERM");
        await once(child, "exit");
      }
    },
  };
}

/** Without what slows Node down or changes how the server is set up. */
function ownEnvironment() {
  const foreign = /^(?:NODE_EXTRA_CA_CERTS|NODE_OPTIONS|SIMPLESTREAMS_.*)$/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
}

async function freePort() {
  const probe = createServer();
  probe.listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address();
  probe.close();
  await once(probe, "close");
  return port;
}

async function waitForPort(port) {
  const { connect } = await import("node:net");
  const deadline = Date.now() + 10_000;
  for (;;) {
    const socket = connect(port, "127.0.0.1");
    const isOpen = await new Promise((resolve) => {
      socket.once("connect", () => resolve(true));
      socket.once("error", () => resolve(false));
    });
    socket.destroy();
    if (isOpen) return;
    if (Date.now() > deadline) throw new Error(`Nothing listens on port ${port} after 10 s`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
