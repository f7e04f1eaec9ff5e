import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createFixedClock } from "../../core/adapters/fixed_clock.ts";
import { MemoryTree } from "../../core/adapters/memory.ts";
import { createMemoryCoder } from "../../core/adapters/memory_coder.ts";
import { createDeltaCoder } from "../../core/adapters/xdelta.ts";
import type { DeltaCoder } from "../../core/delta_coder.ts";
import { isStorageError } from "../../core/errors.ts";
import { noise } from "../support/archives.ts";

interface Place {
  readonly coder: DeltaCoder;
  readonly put: (name: string, text: string) => string;
  readonly path: (name: string) => string;
  readonly read: (path: string) => Uint8Array;
  readonly names: () => readonly string[];
}

const BASE = "0123456789".repeat(1000);
const TARGET = `${BASE}and one package more`;
// printf '0123456789%.0s' $(seq 1000), then printf 'and one package more', | sha256sum
const TARGET_SHA256 = "4a1412ddfe0c9240340d429519b2c05657811a6044da102464cc26c811857361";
const LIMIT = { limitBytes: 1_000_000 };
/** Names that a shell, or a program that reads options, would take for more than names. */
const HOSTILE = ["-rf", "$(touch x)", "a'b\"c", "two words", "ü\u00a0;"];

const PLACES: Readonly<Record<string, (use: (place: Place) => Promise<void>) => Promise<void>>> = {
  memory(use) {
    const tree = new MemoryTree(createFixedClock(new Date(0)));
    return use({
      coder: createMemoryCoder(tree),
      path: (name) => `/${name}`,
      put(name, text) {
        tree.put(`/${name}`, text);
        return `/${name}`;
      },
      read: (path) => tree.readBytes(path),
      names: () => tree.list("/") ?? [],
    });
  },
  async xdelta3(use) {
    const folder = mkdtempSync(join(tmpdir(), "simplestreams-delta-"));
    try {
      await use({
        coder: createDeltaCoder(),
        path: (name) => `${folder}/${name}`,
        put(name, text) {
          writeFileSync(`${folder}/${name}`, text);
          return `${folder}/${name}`;
        },
        read: (path) => readFileSync(path),
        names: () => readdirSync(folder),
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

for (const [name, withPlace] of Object.entries(PLACES)) {
  test(`${name}: a delta makes the target of its base, and is small`, () =>
    withPlace(async ({ coder, put, path, read }) => {
      assert.equal(await coder.isThere(), true);
      const [base, target, delta] = [put("base", BASE), put("target", TARGET), path("delta")];
      const written = await coder.encode({ base, target, out: delta }, LIMIT);
      assert.ok(written !== undefined && written.sizeBytes < 200, `${written?.sizeBytes}`);
      assert.equal(written.sha256, createHash("sha256").update(read(delta)).digest("hex"));
      assert.deepEqual(await coder.decode({ base, delta }, { limitBytes: TARGET.length }), {
        sha256: TARGET_SHA256,
        sizeBytes: 10_020,
      });
    }));

  test(`${name}: a delta with another base does not make the target`, () =>
    withPlace(async ({ coder, put, path }) => {
      const [base, target, delta] = [put("base", BASE), put("target", TARGET), path("delta")];
      await coder.encode({ base, target, out: delta }, LIMIT);
      const made = await coder.decode({ base: put("other", BASE.replace("0", "1")), delta }, LIMIT);
      assert.notEqual("sha256" in made && made.sha256, TARGET_SHA256);
    }));

  test(`${name}: what is no delta makes nothing, and says why`, () =>
    withPlace(async ({ coder, put }) => {
      const made = await coder.decode({ base: put("base", BASE), delta: put("d", "junk") }, LIMIT);
      assert.ok("unusable" in made && made.unusable.length > 0);
    }));

  test(`${name}: a delta that makes more than the limit is unusable`, () =>
    withPlace(async ({ coder, put, path }) => {
      const [base, target, delta] = [put("base", BASE), put("target", TARGET), path("delta")];
      await coder.encode({ base, target, out: delta }, LIMIT);
      assert.deepEqual(await coder.decode({ base, delta }, { limitBytes: 10_019 }), {
        unusable: "it makes more than 10019 bytes",
      });
    }));

  test(`${name}: a delta over the limit is not kept`, () =>
    withPlace(async ({ coder, put, path, names }) => {
      const [base, target] = [put("base", BASE), put("target", TARGET)];
      const size = await coder.encode({ base, target, out: path("out") }, { limitBytes: 5 });
      assert.equal(size, undefined);
      assert.deepEqual([...names()].sort(), ["base", "target"]);
    }));

  test(`${name}: a name that is taken is not written to`, () =>
    withPlace(async ({ coder, put }) => {
      const [base, target, out] = [put("base", BASE), put("target", TARGET), put("out", "mine")];
      await assert.rejects(
        coder.encode({ base, target, out }, LIMIT),
        (error) => isStorageError(error, "exists"),
      );
    }));

  for (const hostile of HOSTILE) {
    test(`${name}: files may be called ${JSON.stringify(hostile)}`, () =>
      withPlace(async ({ coder, put, path }) => {
        const [base, target] = [put(hostile, BASE), put(`${hostile} target`, TARGET)];
        const delta = path(`${hostile} delta`);
        await coder.encode({ base, target, out: delta }, LIMIT);
        const made = await coder.decode({ base, delta }, LIMIT);
        assert.equal("sha256" in made && made.sha256, TARGET_SHA256);
      }));
  }
}

test("createDeltaCoder() says when the program is not there", async () => {
  assert.equal(await createDeltaCoder({ program: "no-such-xdelta3" }).isThere(), false);
});

/** Programs that stand for xdelta3 in trouble, and what is said of them. */
const TROUBLE: Readonly<Record<string, readonly [string, RegExp]>> = {
  "is killed": ["kill -9 $$", /^.*ended with SIGKILL$/],
  "has no memory": ["echo 'xdelta3: out of memory: Cannot allocate memory' >&2; exit 1", /memory/],
  "cannot be started": ["", /^Cannot start ".*": .*ENOENT/],
};

for (const [what, [script, message]] of Object.entries(TROUBLE)) {
  test(`createDeltaCoder() knows nothing of a delta when the program ${what}`, () =>
    PLACES.xdelta3?.(async ({ put, path }) => {
      const program = path("program");
      if (script !== "") writeFileSync(program, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
      const coder = createDeltaCoder({ program });
      const [base, target] = [put("base", BASE), put("target", TARGET)];
      const made = await coder.decode({ base, delta: target }, LIMIT);
      assert.match("undecided" in made ? made.undecided : "decided", message);
      await assert.rejects(
        coder.encode({ base, target, out: path("out") }, LIMIT),
        (error) => isStorageError(error) && (script !== "" || message.test(error.message)),
      );
      assert.equal(existsSync(path("out")), false);
    }));
}

test("createDeltaCoder() tells what xdelta3 complains of without the folders of the files", () =>
  PLACES.xdelta3?.(async ({ coder, put }) => {
    const made = await coder.decode({ base: put("base", BASE), delta: put("empty", "") }, LIMIT);
    assert.ok("unusable" in made && made.unusable.includes("empty"), JSON.stringify(made));
    assert.ok(!made.unusable.includes("/"), made.unusable);
  }));

test("createDeltaCoder() is not led astray by options in the environment", () =>
  PLACES.xdelta3?.(async ({ coder, put, path }) => {
    process.env.XDELTA = "-no-such-option";
    try {
      const [base, target, out] = [put("base", BASE), put("target", TARGET), path("out")];
      assert.ok(await coder.encode({ base, target, out }, LIMIT));
    } finally {
      delete process.env.XDELTA;
    }
  }));

test("createDeltaCoder() ends the program as soon as the delta is over the limit", () =>
  PLACES.xdelta3?.(async ({ coder, put, path }) => {
    const bytes = Buffer.from(noise(8_000_000)).toString("latin1");
    const [base, target, out] = [put("base", BASE), put("target", bytes), path("out")];
    assert.equal(await coder.encode({ base, target, out }, { limitBytes: 1000 }), undefined);
    assert.equal(existsSync(out), false);
  }));

test("createDeltaCoder() names both files when the base cannot be read, and leaves nothing", () =>
  PLACES.xdelta3?.(async ({ coder, put, path }) => {
    const [target, out] = [put("target", TARGET), path("out")];
    await assert.rejects(
      coder.encode({ base: path("gone"), target, out }, LIMIT),
      (error) =>
        isStorageError(error) && /^Cannot make a delta of ".*target": /.test(error.message),
    );
    assert.equal(existsSync(out), false);
    assert.equal(readFileSync(target, "utf8"), TARGET);
  }));
