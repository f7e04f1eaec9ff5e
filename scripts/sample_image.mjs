// Makes small images as an image builder leaves them, for the demo and for trying the examples.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Fills the directory with incus.tar.xz and rootfs.tar.xz, as distrobuilder would.
 * `created`, a Date, gives the version its name.
 */
export function makeSampleImage(folder, { os, release, created, content = "Hello\n" }) {
  const work = mkdtempSync(join(tmpdir(), "simplestreams-image-"));
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      join(work, "metadata.yaml"),
      `architecture: x86_64
creation_date: ${Math.floor(created.getTime() / 1000)}
properties:
  os: ${os}
  release: "${release}"
  variant: default
  architecture: x86_64
  description: A sample without a system in it
`,
    );
    mkdirSync(join(work, "rootfs"));
    writeFileSync(join(work, "rootfs", "hello"), content);
    pack(join(folder, "incus.tar.xz"), ["-C", work, "metadata.yaml"]);
    pack(join(folder, "rootfs.tar.xz"), ["-C", join(work, "rootfs"), "."]);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function pack(archive, what) {
  execFileSync("tar", ["-cJf", archive, ...what]);
}
