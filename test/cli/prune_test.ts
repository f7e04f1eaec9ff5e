import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { run, simplestreams, startSimplestreams, succeed, until } from "../support/command.ts";
import { durationMs, killAt, pickMoment } from "../support/kill.ts";
import { makeTempDirectory } from "../support/temp_directory.ts";
import {
  assertDigestsHold,
  assertFilesExist,
  createDice,
  imageFiles,
  IMAGES,
  listTree,
  readDocument,
  readProducts,
  writeFiles,
  writeSource,
  writeVersion,
} from "../support/trees.ts";

const ID = "debian:12:amd64:default";
const PRODUCT = "images/debian/12/amd64/default";
const PATIENT = ["--wait", "30"];
const OTHER = spawnSync("incus-simplestreams", ["--help"]).status === 0
  ? false
  : "needs incus-simplestreams";

type Test = Parameters<typeof makeTempDirectory>[0];

/** A published root with a product in versions of these days of January. */
async function publishedRoot(test: Test, days: readonly string[]): Promise<string> {
  const root = makeTempDirectory(test);
  for (const day of days) writeVersion(root, `debian/12/amd64/default/202401${day}`);
  await succeed(["-N", "--quiet", root]);
  return root;
}

function versionsIn(root: string, folder = PRODUCT): readonly string[] {
  return readdirSync(join(root, folder)).sort();
}

function listedVersions(root: string): readonly string[] {
  return Object.keys(readProducts(root).products[ID]?.versions ?? {}).sort();
}

describe("simplestreams prune", () => {
  it("shows what it would do and writes nothing, not even the lock", async (test) => {
    const root = await publishedRoot(test, ["01", "02", "03"]);
    await succeed(["prune", "-N", "--keep", "2", root]);
    const before = listTree(root);
    const text = await succeed(["prune", "--keep", "1", "--orphans", "--incomplete", "0s", root]);
    const lines = text.split("\n").filter((line) => !line.startsWith("  "));
    assert.match(
      lines[0] ?? "",
      /^withdraw debian:12:amd64:default@20240102 \(there is a newer one/,
    );
    assert.match(
      lines[1] ?? "",
      /^wait images\/debian\/12\/amd64\/default\/20240101 \(until .*Z, /,
    );
    assert.match(
      lines[2] ?? "",
      /^wait images\/debian\/12\/amd64\/default\/20240102 \(until .*Z, /,
    );
    assert.equal(lines.length, 4);
    const result = JSON.parse(await succeed(["prune", "--json", "--keep", "1", root]));
    assert.equal(result.command, "prune");
    assert.equal(result.written, false);
    assert.deepEqual(result.withdraw.map(({ version }: { version: string }) => version), [
      "20240102",
    ]);
    assert.deepEqual(listTree(root), before);
  });

  it("removes the files when they have been out for the grace, and no earlier", async (test) => {
    const root = await publishedRoot(test, ["01", "02"]);
    await succeed(["prune", "-N", "--keep", "1", "--grace", "2s", root]);
    const withdrawnAt = performance.now();
    assert.deepEqual(listedVersions(root), ["20240102"]);
    await until("the files are gone", async () => {
      await succeed(["prune", "-N", "--quiet", "--grace", "2s", root]);
      return versionsIn(root).length === 1;
    });
    assert.ok(performance.now() - withdrawnAt > 1900);
    assert.deepEqual(versionsIn(root), ["20240102"]);
    await assertDigestsHold(root);
    assert.equal(readDocument(root), await succeed([root]));
  });

  it("says nothing with --quiet, and that there is nothing to do without", async (test) => {
    const root = await publishedRoot(test, ["01", "02"]);
    const quiet = await simplestreams(["prune", "-N", "--quiet", "--keep", "1", root]);
    assert.deepEqual([quiet.status, quiet.stdout, quiet.stderr], [0, "", ""]);
    const { stderr } = await simplestreams(["prune", root]);
    assert.match(stderr, /^simplestreams: 1 waiting \(.*\); nothing to do\n$/);
  });

  it("refuses what is no policy", async (test) => {
    const root = await publishedRoot(test, ["01"]);
    for (
      const words of [
        ["--keep", "0"],
        ["--keep", "-1"],
        ["--keep", "x"],
        ["--max-age", "30"],
        ["--grace", "1.5h"],
        ["--incomplete", "6"],
      ]
    ) {
      const { status, stdout, stderr } = await simplestreams(["prune", ...words, root]);
      assert.deepEqual([status, stdout], [1, ""], words.join(" "));
      assert.match(stderr, /Expected a whole number/, words.join(" "));
    }
  });

  it("refuses a root that publishes nothing, or that is not there", async (test) => {
    const root = makeTempDirectory(test);
    writeVersion(root, "debian/12/amd64/default/20240101");
    const empty = await simplestreams(["prune", "-N", "--orphans", "--json", root]);
    assert.equal(empty.status, 1);
    assert.equal(JSON.parse(empty.stdout).error.code, "REFUSED");
    const missing = await simplestreams(["prune", "-N", join(root, "nothing")]);
    assert.equal(missing.status, 1);
    assert.ok(!existsSync(join(root, "nothing")));
  });

  it("removes a link and never what it leads to", async (test) => {
    const root = await publishedRoot(test, ["02"]);
    const outside = makeTempDirectory(test);
    writeFiles(outside, imageFiles("outside"));
    symlinkSync(outside, join(root, PRODUCT, "20240101"));
    writeVersion(root, "debian/12/amd64/default/20240103");
    symlinkSync(outside, join(root, PRODUCT, "20240103", "extra"));
    writeVersion(root, "debian/12/amd64/default/20240104");
    symlinkSync(outside, join(root, PRODUCT, "stray"));
    await succeed(["-N", "--quiet", root]);
    assert.equal(listedVersions(root).length, 4);
    const words = ["prune", "-N", "--quiet", "--keep", "1", "--orphans", "--grace", "0s", root];
    await succeed(words);
    await succeed(words);
    assert.deepEqual(versionsIn(root), ["20240104"]);
    assert.deepEqual(readdirSync(outside).sort(), [".items.json", ...Object.keys(imageFiles(""))]);
  });

  it("keeps what lies out of the root behind a link, and says so", async (test) => {
    const root = await publishedRoot(test, ["02"]);
    const outside = makeTempDirectory(test);
    for (const day of ["01", "02"]) {
      writeFiles(join(outside, `202401${day}`), imageFiles(`outside ${day}`));
    }
    symlinkSync(outside, join(root, "images/debian/12/amd64/linked"));
    await succeed(["-N", "--quiet", root]);
    await succeed(["prune", "-N", "--quiet", "--keep", "1", "--grace", "0s", root]);
    const { stderr } = await simplestreams(["prune", "-N", "--quiet", "--grace", "0s", root]);
    assert.match(stderr, /^warning: .*linked\/20240101: is not removed: a symbolic link leads to/);
    assert.ok(existsSync(join(outside, "20240101", "incus.tar.xz")));
    assert.equal(readDocument(root), await succeed(["--quiet", root]), "it is not published again");
  });

  it("takes a version out for good where a link gives its release another name", async (test) => {
    const root = await publishedRoot(test, ["01", "02"]);
    symlinkSync("12", join(root, "images/debian/bookworm"));
    await succeed(["-N", "--quiet", root]);
    await succeed(["prune", "-N", "--quiet", "--keep", "1", root]);
    const { stdout } = await simplestreams(["-N", "--json", root]);
    assert.deepEqual(JSON.parse(stdout).counts.versions, 1);
    assert.deepEqual(listedVersions(root), ["20240102"]);
    await succeed(["prune", "-N", "--quiet", "--grace", "0s", root]);
    assert.deepEqual(versionsIn(root), ["20240102"]);
  });

  it("keeps each link on the way to a file that is listed", async (test) => {
    const root = await publishedRoot(test, ["01", "02"]);
    const [pool, one, two] = [makeTempDirectory(test), "20240101", "20240102"];
    for (const [place, version] of [one, two].entries()) {
      const path = join(root, PRODUCT, version, "root.tar.xz");
      if (place === 0) renameSync(path, join(pool, "root.tar.xz"));
      else rmSync(path);
      symlinkSync(place === 0 ? join(pool, "root.tar.xz") : `../${one}/root.tar.xz`, path);
    }
    await succeed(["-N", "--quiet", root]);
    for (let round = 0; round < 3; round++) {
      await succeed(["prune", "-N", "--quiet", "--keep", "1", "--grace", "0s", root]);
    }
    assert.deepEqual(listedVersions(root), [two]);
    assertFilesExist(root);
  });

  it("keeps what a listed link leads to", async (test) => {
    const root = await publishedRoot(test, ["02"]);
    const cloud = join(root, "images/debian/12/amd64/cloud");
    mkdirSync(cloud);
    renameSync(writeVersion(root, "debian/12/amd64/default/20240101"), join(cloud, "20240101"));
    symlinkSync("../cloud/20240101", join(root, PRODUCT, "20240101"));
    // Of two images with the same bytes one is listed: here by another tool, under the link's name
    await succeed(["-N", "--quiet", root]);
    const text = readDocument(root).replaceAll("amd64/cloud/20240101/", "amd64/default/20240101/");
    writeFileSync(join(root, IMAGES), text);
    writeVersion(root, "debian/12/amd64/cloud/20240103");
    for (let round = 0; round < 2; round++) {
      await succeed(["prune", "-N", "--quiet", "--orphans", "--grace", "0s", root]);
    }
    assertFilesExist(root);
  });
});

describe("simplestreams remove", () => {
  it("takes an image out by the first digits of its fingerprint", async (test) => {
    const root = await publishedRoot(test, ["01", "02"]);
    const fingerprint = JSON.parse(await succeed(["show", "--json", "debian/12", root]))
      .products[0].images[0].fingerprint;
    const before = listTree(root);
    const lines = (await succeed(["remove", fingerprint.slice(0, 12), root])).split("\n");
    assert.match(lines[0] ?? "", /^withdraw debian:12:amd64:default@20240102 \(asked for, /);
    assert.equal(lines[1], `  image ${fingerprint}`);
    assert.deepEqual(listTree(root), before);
    await succeed(["remove", "-N", "--quiet", fingerprint, root]);
    assert.deepEqual(listedVersions(root), ["20240101"]);
    assert.equal(readDocument(root), await succeed(["--quiet", root]));
  });

  it("refuses an alias, what is unknown, and the last product", async (test) => {
    const root = await publishedRoot(test, ["01"]);
    const before = readDocument(root);
    for (
      const [name, message] of [
        ["debian/12", /it is an alias, expected a fingerprint/],
        [`${ID}@20240102`, /Cannot find/],
        [ID, /--allow-empty replaces it all the same/],
      ] as const
    ) {
      const { status, stderr } = await simplestreams(["remove", "-N", name, root]);
      assert.equal(status, 1);
      assert.match(stderr, message);
    }
    assert.equal(readDocument(root), before);
    await succeed(["remove", "-N", "--allow-empty", ID, root]);
    assert.deepEqual(readProducts(root).products, {});
  });
});

describe("Killed and concurrent runs", () => {
  it("leave nothing that is listed without its files, and the next run finishes", async (test) => {
    const dice = createDice(7);
    const words = ["prune", "-N", "--quiet", "--keep", "1", "--grace", "0s"];
    async function createRoot(): Promise<string> {
      const root = await publishedRoot(test, ["01", "02", "03", "04"]);
      for (let file = 0; file < 50; file++) {
        writeFiles(join(root, PRODUCT, "20240101"), { [`notes${file}`]: "x" });
        writeFiles(join(root, PRODUCT, "20240102"), { [`notes${file}`]: "x" });
      }
      await succeed(["prune", "-N", "--quiet", "--keep", "2", root]);
      return root;
    }
    const first = await createRoot();
    const whole = { durationMs: await durationMs(() => succeed([...words, first])), changes: 10 };
    let killed = 0;
    const rounds = 30;
    for (let round = 0; round < rounds; round++) {
      const root = await createRoot();
      // Where documents, memory and versions change, in turn
      const folder = join(root, ["streams/v1", ".simplestreams", PRODUCT][round % 3] ?? "");
      const running = startSimplestreams(test, [...words, root]);
      if (await killAt(running, pickMoment(dice, round, { ...whole, folder }))) killed++;
      for (const name of ["20240103", "20240104"]) {
        assert.ok(existsSync(join(root, PRODUCT, name, "root.tar.xz")), `${name} is there`);
      }
      for (const name of versionsIn(root).filter((name) => !name.startsWith("."))) {
        const isOld = ["20240101", "20240102"].includes(name);
        assert.equal(versionsIn(root, `${PRODUCT}/${name}`).length, isOld ? 53 : 3, name);
      }
      await succeed([...words, ...PATIENT, root]);
      assertFilesExist(root);
      assert.deepEqual(listedVersions(root), ["20240104"]);
      await succeed([...words, ...PATIENT, root]);
      assert.deepEqual(versionsIn(root), ["20240104"]);
      assert.equal(readDocument(root), await succeed(["--quiet", root]));
    }
    test.diagnostic(`${killed} of ${rounds} runs were killed before they were done`);
    assert.ok(killed >= rounds / 8, `${killed} runs were killed`);
  });

  it("lose nothing: two prunes, a removal and an index run at once", async (test) => {
    const root = await publishedRoot(test, ["01", "02", "03", "04"]);
    writeVersion(root, "alpine/edge/amd64/default/20240101");
    await succeed(["-N", "--quiet", root]);
    for (let round = 0; round < 5; round++) {
      const day = 10 + round;
      writeVersion(root, `debian/12/amd64/default/202401${day}`);
      const oldest = listedVersions(root)[0];
      const ended = await Promise.all([
        simplestreams(["prune", "-N", "--keep", "3", "--wait", "60", root]),
        simplestreams(["-N", "--wait", "60", root]),
        simplestreams(["remove", "-N", "--wait", "60", `${ID}@${oldest}`, root]),
        simplestreams(["prune", "-N", "--keep", "3", "--orphans", "--wait", "60", root]),
      ]);
      for (const { status, stderr } of ended) {
        // A prune may have been faster with the version to remove
        assert.ok(status === 0 || /Cannot find/.test(stderr), stderr);
      }
      assertFilesExist(root);
      assert.equal(readDocument(root), await succeed(["--quiet", root]));
      assert.ok(listedVersions(root).includes(`202401${day}`));
      assert.ok("alpine:edge:amd64:default" in readProducts(root).products);
    }
    // Nothing has been out for the grace
    assert.equal(versionsIn(root).length, 9);
    await assertDigestsHold(root);
  });
});

describe("simplestreams prune of a tree by incus-simplestreams", () => {
  it("leaves a tree that incus-simplestreams accepts", { skip: OTHER }, async (test) => {
    const root = makeTempDirectory(test);
    for (let day = 1; day <= 3; day++) {
      const source = makeTempDirectory(test);
      await writeSource(source, {
        yaml: [
          "architecture: x86_64",
          `creation_date: ${1704164640 + day * 86400}`,
          "properties: {os: debian, release: '12', variant: default, architecture: amd64,",
          "  description: Debian 12}",
          "",
        ].join("\n"),
        roots: { "rootfs.squashfs": `hsqs of day ${day}\n` },
      });
      const files = ["incus.tar.xz", "rootfs.squashfs"].map((name) => join(source, name));
      await run(["incus-simplestreams", "add", ...files], { directory: root });
    }
    assert.equal(readdirSync(join(root, "images")).length, 6);
    const words = ["prune", "-N", "--quiet", "--keep", "1", "--orphans", "--grace", "0s", root];
    await succeed(words);
    assert.equal(readdirSync(join(root, "images")).length, 6);
    await run(["incus-simplestreams", "verify"], { directory: root });
    await succeed(words);
    assert.equal(readdirSync(join(root, "images")).length, 2);
    await run(["incus-simplestreams", "verify"], { directory: root });
    const listed = await run(["incus-simplestreams", "list", "-f", "json"], { directory: root });
    assert.equal(JSON.parse(listed).length, 1);
    assert.match(readDocument(root), /"202401050304"/);
  });
});
