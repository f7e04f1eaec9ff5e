// `npm run demo`: makes a small image, imports and indexes it, lists what a client would see, and says
// how to serve it. Everything is in a temporary directory, whose path is printed.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const top = mkdtempSync(join(tmpdir(), "simplestreams-demo-"));
const [image, root, work] = ["image", "root", "work"].map((name) => join(top, name));
for (const folder of [image, root, work]) mkdirSync(folder);

console.log("A sample image, as distrobuilder would make it: incus.tar.xz and rootfs.tar.xz\n");
writeFileSync(
  join(work, "metadata.yaml"),
  `architecture: x86_64
creation_date: ${Math.floor(Date.now() / 1000)}
properties:
  os: sample
  release: "1.0"
  variant: default
  architecture: x86_64
  description: A sample without a system in it
`,
);
mkdirSync(join(work, "rootfs"));
writeFileSync(join(work, "rootfs", "hello"), "Hello from a sample image\n");
pack("incus.tar.xz", ["-C", work, "metadata.yaml"]);
pack("rootfs.tar.xz", ["-C", join(work, "rootfs"), "."]);

simplestreams("-i", image, root);
simplestreams("-N", "-i", image, root);
simplestreams("-N", root);

console.log("What is published:\n");
const { products } = JSON.parse(readFileSync(join(root, "streams/v1/images.json"), "utf8"));
for (const [id, { aliases, versions }] of Object.entries(products)) {
  for (const [version, { items }] of Object.entries(versions)) {
    const fingerprint = items["incus.tar.xz"].combined_rootxz_sha256;
    console.log(`  ${aliases.split(",")[0]}  ${fingerprint.slice(0, 12)}  ${id}  ${version}`);
  }
}

console.log(`
The tree is in ${root}
Serve it with any web server over https (Incus and LXD take nothing else), as with Caddy:

  caddy file-server --root ${root} --domain images.example.org

and on each host:

  incus remote add images https://images.example.org --protocol simplestreams
  incus launch images:sample/1.0
`);

function pack(name, what) {
  execFileSync("tar", ["-cJf", join(image, name), ...what]);
}

function simplestreams(...args) {
  console.log(`$ simplestreams ${args.join(" ")}`);
  const { status } = spawnSync(process.execPath, ["dist/simplestreams.mjs", ...args], {
    stdio: "inherit",
  });
  if (status !== 0) process.exit(status ?? 1);
  console.log();
}
