import assert from "node:assert/strict";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { run, simplestreams, succeed } from "../support/command.ts";
import { makeTempDirectory } from "../support/temp_directory.ts";
import {
  assertFilesExist,
  readDocument,
  readProducts,
  sha256sum,
  writeFiles,
  writeVersion,
} from "../support/trees.ts";

const PRODUCT = "debian/12/amd64/default";
const ID = "debian:12:amd64:default";

describe("image.yaml", { concurrency: 2 }, () => {
  it("says what is published of a product, scalars as they are written", async (test) => {
    const root = makeTempDirectory(test);
    writeVersion(root, `${PRODUCT}/20240101`);
    writeFiles(join(root, "images"), {
      "debian/image.yaml": "# by hand\nos: Debian\nrelease_aliases: {12: [stable]}\n",
      "debian/12/image.yaml": "version: 24.10\nsupport_eol: 2028-06-30\nsupported: true\n",
    });
    await succeed(["-N", "--strict", root]);
    const product = JSON.parse(readDocument(root)).products[ID];
    assert.equal(product.os, "Debian");
    assert.equal(product.version, "24.10");
    assert.equal(product.supported, true);
    assert.equal(product.support_eol, "2028-06-30");
    assert.equal(
      product.aliases,
      "debian/12/default,debian/12,debian/stable/default,debian/stable",
    );
  });

  it("that is bad is named with line and column, and nothing is written", async (test) => {
    const root = makeTempDirectory(test);
    writeVersion(root, `${PRODUCT}/20240101`);
    await succeed(["-N", root]);
    const before = readDocument(root);
    writeFiles(join(root, "images"), {
      "debian/image.yaml": "os: Debian\nsupported: maybe\n",
      [`${PRODUCT}/20240101/image.yaml`]: "label: [a]\n",
    });
    const finished = await simplestreams(["-N", root]);
    assert.equal(finished.status, 1);
    assert.match(
      finished.stderr,
      /images\/debian\/image\.yaml" at line 2, column 12: found "maybe"/,
    );
    assert.equal(readDocument(root), before);
    rmSync(join(root, "images/debian/image.yaml"));
    const again = await simplestreams(["-N", root]);
    assert.match(again.stderr, /20240101\/image\.yaml" at line 1, column 8: found a list/);
    assert.equal(readDocument(root), before);
  });

  it("is taken up when it changes, and a run without change writes nothing", async (test) => {
    const root = makeTempDirectory(test);
    writeVersion(root, `${PRODUCT}/20240101`);
    for (const os of ["Debian", "DEBIAN", "Debian"]) {
      writeFiles(join(root, "images"), { "debian/image.yaml": `os: ${os}\n` });
      await succeed(["-N", root]);
      assert.equal(JSON.parse(readDocument(root)).products[ID].os, os);
      const stdout = await succeed(["-N", "--json", root]);
      const { documents } = JSON.parse(stdout);
      assert.ok(documents.every(({ changed }: { readonly changed: boolean }) => !changed));
    }
  });
});

describe("SHA256SUMS", { concurrency: 2 }, () => {
  it("of sha256sum lets a version through, and keeps a damaged one back", async (test) => {
    const root = makeTempDirectory(test);
    const folder = writeVersion(root, `${PRODUCT}/20240101`);
    await run(["sh", "-c", 'cd "$1" && sha256sum * > SHA256SUMS', "sh", folder]);
    await succeed(["-N", "--strict", root]);
    assert.ok(readProducts(root).products[ID]);
    writeFiles(folder, { "root.tar.xz": "damaged on its way" });
    const finished = await simplestreams(["-N", "--allow-empty", root]);
    assert.match(
      finished.stderr,
      /root\.tar\.xz: its version is left out: the file has the sha256/,
    );
    assert.deepEqual(readProducts(root).products, {});
  });
});

describe("--stream", { concurrency: 2 }, () => {
  it("indexes a folder beside images/, and later runs go on with it", async (test) => {
    const root = makeTempDirectory(test);
    writeVersion(root, `${PRODUCT}/20240101`);
    writeVersion(root, "ubuntu/24.04/amd64/default/20240101");
    await run(["sh", "-c", 'mkdir "$1/daily" && mv "$1/images/ubuntu" "$1/daily"', "sh", root]);
    await succeed(["-N", "--strict", "--stream", "daily", root]);
    await succeed(["-N", "--strict", root]);
    const index = JSON.parse(readDocument(root, "streams/v1/index.json")).index;
    assert.deepEqual(Object.keys(index), ["daily", "images"]);
    assert.deepEqual(index.daily.products, ["ubuntu:24.04:amd64:default"]);
    await succeed(["verify", root]);
    const stdout = await succeed(["list", "--json", root]);
    assert.equal(JSON.parse(stdout).length, 2);
  });

  it("that is no folder or no name is an error that says so", async (test) => {
    const root = makeTempDirectory(test);
    writeVersion(root, `${PRODUCT}/20240101`);
    for (const [name, message] of [["dialy", /no folder/], ["a/x", /other characters/]] as const) {
      const finished = await simplestreams(["-N", "--stream", name, root]);
      assert.equal(finished.status, 1);
      assert.match(finished.stderr, message);
      assert.ok(!existsSync(join(root, "streams")));
    }
  });
});

describe("A unified image", { concurrency: 2 }, () => {
  for (const [packing, options] of [["gzip", "-z"], ["xz", "-J"], ["zstd", "--zstd"]] as const) {
    it(`packed with ${packing} is listed as what is in it`, async (test) => {
      const root = makeTempDirectory(test);
      for (const [variant, rootName] of [["default", "rootfs/etc/x"], ["vm", "rootfs.img"]]) {
        const source = makeTempDirectory(test);
        writeFiles(source, { "metadata.yaml": "architecture: x86_64\n", [rootName ?? ""]: "x" });
        const folder = writeVersion(root, `debian/12/amd64/${variant}/20240101`, {});
        await run(["mkdir", "-p", folder]);
        const target = join(folder, "incus_combined.tar.gz");
        await run(["tar", "-C", source, options, "-cf", target, "metadata.yaml", rootName ?? ""]);
      }
      await succeed(["-N", "--strict", root]);
      assertFilesExist(root);
      const { products } = JSON.parse(readDocument(root));
      const { items } = products[ID].versions["20240101"];
      for (
        const { path, sha256 } of [items["incus_combined.tar.gz"], items["lxd_combined.tar.gz"]]
      ) {
        assert.equal(path, `images/${PRODUCT}/20240101/incus_combined.tar.gz`);
        assert.equal(sha256, await sha256sum(join(root, path)));
      }
      const typesOf = (id: string) =>
        Object.values(products[id].versions["20240101"].items)
          .map((item) => (item as { readonly combined_type?: string }).combined_type);
      assert.deepEqual(typesOf("debian:12:amd64:default"), [undefined, undefined]);
      assert.deepEqual(typesOf("debian:12:amd64:vm"), ["virtual-machine", "virtual-machine"]);
      const stdout = await succeed(["list", "--json", "--client", "lxd", root, "type=vm"]);
      assert.deepEqual(JSON.parse(stdout).map(({ variant }: { variant: string }) => variant), [
        "vm",
      ]);
      await succeed(["verify", "--strict", root]);
    });
  }

  it("is imported with the name that it has", async (test) => {
    const [root, source] = [makeTempDirectory(test), makeTempDirectory(test)];
    writeFiles(source, {
      "metadata.yaml":
        "architecture: x86_64\ncreation_date: 1704164640\nproperties: {os: debian, release: '12', " +
        "variant: default, description: d}\n",
      "rootfs/etc/hostname": "x",
    });
    const archive = join(source, "incus_combined.tar.gz");
    await run(["tar", "-C", source, "-czf", archive, "metadata.yaml", "rootfs"]);
    await run(["rm", "-r", join(source, "metadata.yaml"), join(source, "rootfs")]);
    await succeed(["-N", "--strict", "-i", source, root]);
    assert.ok(!existsSync(archive));
    await succeed(["-N", "--strict", root]);
    assert.deepEqual(Object.keys(readProducts(root).products), [ID]);
  });
});
