// examples/nginx: the real nginx as a foreground process, with a configuration of its own.
import { mkdirSync, writeFileSync } from "node:fs";
import { adapt, createClient, freePort, tryWebServer } from "./web_server.mjs";

export async function tryNginx(stage) {
  await tryWebServer(stage, withNginx);
}

async function withNginx(stage, { tls, upstream }, action) {
  const port = await freePort();
  const prefix = stage.at("nginx");
  mkdirSync(`${prefix}/temp`, { recursive: true });
  const site = adapt("examples/nginx/simplestreams.conf", [
    ["    listen 443 ssl;", `    listen 127.0.0.1:${port} ssl;`],
    ["listen [::]:443 ssl;", ""],
    ["/etc/ssl/images.crt", tls.cert],
    ["/etc/ssl/images.key", tls.key],
    ["root /srv/simplestreams;", `root ${stage.root};`],
    ["http://127.0.0.1:8080", upstream],
  ]);
  writeFileSync(`${prefix}/site.conf`, site);
  // Its workers would be nobody, who cannot look into this directory.
  const user = process.getuid() === 0 ? "user root;" : "";
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${prefix}/temp/${name};`).join("\n  ");
  // gzip_types: the worst that a whole server's settings can do to images.
  writeFileSync(
    `${prefix}/nginx.conf`,
    `${user}
daemon off;
pid ${prefix}/nginx.pid;
worker_processes 1;
events {}
http {
  access_log off;
  gzip on;
  gzip_types *;
  autoindex on;
  ${temporary}
  include ${prefix}/site.conf;
}
`,
  );
  const nginx = ["nginx", "-p", prefix, "-c", `${prefix}/nginx.conf`, "-e", "stderr"];
  await stage.run([...nginx, "-t"]);
  const ask = createClient(port, tls.cert);
  const daemon = await stage.processes.startDaemon(nginx, {
    probe: () => ask("/").then(() => true, () => false),
  });
  await action(ask);
  await daemon.stop();
}
