// `npm run demo`: makes a small image, imports and indexes it, lists what a client would see, and says
// how to serve it. Everything is in a temporary directory, whose path is printed.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeSampleImage } from "./sample_image.mjs";

const top = mkdtempSync(join(tmpdir(), "simplestreams-demo-"));
const [image, root] = ["image", "root"].map((name) => join(top, name));
mkdirSync(root);

console.log("A sample image, as distrobuilder would make it: incus.tar.xz and rootfs.tar.xz\n");
makeSampleImage(image, {
  os: "sample",
  release: "1.0",
  created: new Date(),
  content: "Hello from a sample image\n",
});

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

function simplestreams(...args) {
  console.log(`$ simplestreams ${args.join(" ")}`);
  const { status } = spawnSync(process.execPath, ["dist/simplestreams.mjs", ...args], {
    stdio: "inherit",
  });
  if (status !== 0) process.exit(status ?? 1);
  console.log();
}
