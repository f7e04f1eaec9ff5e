import assert from "node:assert/strict";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { simplestreams, startSimplestreams, succeed, until } from "../support/command.ts";
import { makeTempDirectory } from "../support/temp_directory.ts";
import {
  assertDigestsHold,
  itemsOf,
  LONG_AGO,
  readDocument,
  readProducts,
  writeVersion,
} from "../support/trees.ts";

const FOLDER = "debian/12/amd64/default/20240101_00:00";
const MIB = 2 ** 20;

/** Writes a file that is mostly a hole, with marks at its start, middle and end. */
function writeBig(path: string, sizeBytes: number): void {
  writeFileSync(path, `start of ${path}`);
  truncateSync(path, sizeBytes);
  const descriptor = openSync(path, "r+");
  writeSync(descriptor, `middle of ${path}`, Math.floor(sizeBytes / 2));
  writeSync(descriptor, "end", sizeBytes - 3);
  closeSync(descriptor);
  utimesSync(path, LONG_AGO, LONG_AGO);
}

describe("Digests of big files", { concurrency: 2 }, () => {
  it("are those of sha256sum, with workers and any number of jobs", async (test) => {
    const root = makeTempDirectory(test);
    const folder = writeVersion(root, FOLDER, {
      "incus.tar.xz": "incus\n",
      "lxd.tar.xz": "lxd\n",
    });
    writeBig(join(folder, "root.tar.xz"), 40 * MIB + 1);
    writeBig(join(folder, "rootfs.squashfs"), 30 * MIB - 1);
    const other = writeVersion(root, FOLDER.replace("default", "cloud"));
    writeBig(join(other, "disk.qcow2"), 9 * MIB);
    await succeed(["-N", root]);
    await assertDigestsHold(root);
    for (const jobs of ["1", "7"]) {
      assert.equal(await succeed(["--rehash", "--jobs", jobs, root]), readDocument(root));
    }
  });

  it("are kept of each version that was done when a run is killed", async (test) => {
    const root = makeTempDirectory(test);
    for (let day = 10; day < 14; day++) {
      const folder = writeVersion(root, `debian/12/amd64/default/202401${day}`);
      writeBig(join(folder, "disk.qcow2"), 20 * MIB);
    }
    const huge = writeVersion(root, "debian/12/amd64/default/20240101");
    writeBig(join(huge, "disk.qcow2"), 12 * 1024 * MIB);
    const running = startSimplestreams(test, ["-N", "--jobs", "2", root]);
    const caches = [10, 11, 12, 13].map((day) =>
      join(root, `images/debian/12/amd64/default/202401${day}/.items.json`)
    );
    await until("the smaller ones are done", () => caches.every((path) => existsSync(path)));
    running.process.kill("SIGKILL");
    await running.finished;
    rmSync(huge, { recursive: true });
    const { counts } = JSON.parse(await succeed(["-N", "--json", root]));
    assert.equal(counts.hashedFiles, 0);
    await assertDigestsHold(root);
  });

  it("are not published of a file that grows while it is read, which is a finding", async (test) => {
    const root = makeTempDirectory(test);
    writeVersion(root, FOLDER);
    const growing = FOLDER.replace("20240101", "20240102");
    const folder = writeVersion(root, growing);
    const path = join(folder, "disk.qcow2");
    writeBig(path, 512 * MIB);
    const running = startSimplestreams(test, ["-N", root]);
    const writer = setInterval(() => writeFileSync(path, "more", { flag: "a" }), 10);
    const { status, stderr } = await running.finished;
    clearInterval(writer);
    assert.equal(status, 0);
    assert.match(stderr, /^warning: images\/[^\n]*disk\.qcow2: its version is left out/m);
    assert.deepEqual(itemsOf(readProducts(root), growing), {});
    assert.notDeepEqual(itemsOf(readProducts(root), FOLDER), {});
    writeBig(path, MIB);
    await succeed(["-N", root]);
    assert.notDeepEqual(itemsOf(readProducts(root), growing), {});
    await assertDigestsHold(root);
  });

  it("of an empty file are published with a finding", async (test) => {
    const root = makeTempDirectory(test);
    writeVersion(root, FOLDER, { "incus.tar.xz": "", "root.squashfs": "" });
    const { status, stderr } = await simplestreams(["-N", root]);
    assert.equal(status, 0);
    assert.equal(stderr.match(/^warning: [^\n]* is empty: /gm)?.length, 2);
    await assertDigestsHold(root);
  });

  it("are not asked of what is no file: a directory, a dangling link", async (test) => {
    const root = makeTempDirectory(test);
    const folder = writeVersion(root, FOLDER);
    mkdirSync(join(folder, "disk.qcow2"));
    const { status, stderr } = await simplestreams(["-N", root]);
    assert.equal(status, 0);
    assert.ok(stderr.startsWith(`warning: images/${FOLDER}/disk.qcow2: passed over: `), stderr);
    await assertDigestsHold(root);
    assert.ok(!readFileSync(join(root, "streams/v1/images.json"), "utf8").includes("qcow2"));
  });
});
