// examples/caddy: the real Caddy, with the certificate of this run in place of one from outside.
import { mkdirSync, writeFileSync } from "node:fs";
import { adapt, createClient, freePort, tryWebServer } from "./web_server.mjs";

const EXAMPLE = "examples/caddy/Caddyfile";

export async function tryCaddy(stage) {
  await stage.run(["caddy", "validate", "--adapter", "caddyfile", "--config", EXAMPLE]);
  await tryWebServer(stage, withCaddy);
}

async function withCaddy(stage, { tls, upstream }, action) {
  const port = await freePort();
  const folder = stage.at("caddy");
  mkdirSync(folder, { recursive: true });
  const site = adapt(EXAMPLE, [
    ["images.example.org {", `https://localhost:${port} {\n\ttls ${tls.cert} ${tls.key}`],
    ["root * /srv/simplestreams", `root * ${stage.root}`],
    ["127.0.0.1:8080", new URL(upstream).host],
  ]);
  // No port but this one: not that of its administration, nor port 80.
  const global = `{
	admin off
	auto_https disable_redirects
	skip_install_trust
	default_bind 127.0.0.1
}

`;
  const file = `${folder}/Caddyfile`;
  writeFileSync(file, global + site);
  const env = { XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder };
  const ask = createClient(port, tls.cert);
  const daemon = await stage.processes.startDaemon(
    ["caddy", "run", "--adapter", "caddyfile", "--config", file],
    { env, probe: () => ask("/").then(() => true, () => false) },
  );
  await action(ask);
  await daemon.stop();
}
