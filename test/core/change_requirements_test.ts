import assert from "node:assert/strict";
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { after, test } from "node:test";
import { createLocker } from "../../core/adapters/lock.ts";
import { createYamlReader } from "../../core/adapters/yaml_reader.ts";
import { createNodeReader, createNodeWriter } from "../../core/adapters/node.ts";
import { changeLevelRequirements, type LevelBefore } from "../../core/change_requirements.ts";
import { FormatError } from "../../core/errors.ts";
import { changeRequirements, choice, createLevelPorts } from "../support/levels.ts";

const top = mkdtempSync(`${tmpdir()}/simplestreams-change-`);
after(() => rmSync(top, { recursive: true }));

const PATH = "/root/images/debian/.requirements";
const LXD_PATH = "/root/images/debian/.lxd_requirements";
const DELETE = { kind: "delete" } as const;

test("changeLevelRequirements() puts a file with sorted keys, two spaces and a final newline", async () => {
  const ports = createLevelPorts();
  const result = await changeRequirements(
    ports,
    put('{"secureboot":false,"20240101":1,"cgroup":"v1"}'),
  );
  assert.deepEqual(result, {
    changed: true,
    own: { 20240101: "1", cgroup: "v1", secureboot: "false" },
    effective: { 20240101: "1", cgroup: "v1", secureboot: "false" },
    findings: result.findings,
  });
  assert.equal(
    ports.tree.readText(PATH),
    '{\n  "20240101": "1",\n  "cgroup": "v1",\n  "secureboot": "false"\n}\n',
  );
  assert.equal(ports.tree.identify(PATH)?.owner.mode, 0o644);
});

test("changeLevelRequirements() changes the file of the level and the client that are meant", async () => {
  const ports = createLevelPorts();
  await changeRequirements(ports, put('{"nesting":"1"}'), choice("debian/12", "lxd"));
  assert.deepEqual([...ports.tree.files().keys()], [
    "/root/images/debian/12/.lxd_requirements",
    "/root/images/debian/12/readme",
  ]);
});

test("changeLevelRequirements() gives own and effective requirements and findings after the change", async () => {
  const ports = createLevelPorts();
  ports.tree.put(PATH, '{"nesting": true}');
  const result = await changeRequirements(ports, put('{"secure_boot": 1}'), choice("debian/12"));
  assert.deepEqual(result.own, { secure_boot: "1" });
  assert.deepEqual(result.effective, { nesting: "true", secure_boot: "1" });
  assert.deepEqual(result.findings.map(({ code, path }) => [code, path]), [
    ["REQUIREMENT_UNKNOWN", "images/debian/12/.requirements"],
  ]);
});

test("changeLevelRequirements() does not touch a file that says the same in another form", async () => {
  const ports = createLevelPorts();
  ports.tree.put(PATH, ' {"nesting" : true,\n"cgroup":"v1"}', { mtimeMs: 5 });
  const before = ports.tree.identify(PATH);
  const changes: string[] = [];
  ports.tree.onChange = (change) => changes.push(change);
  for (
    const change of [
      put('{"cgroup":"v1","nesting":"true"}'),
      patch('{"nesting":true}'),
      patch('{"privileged":null}'),
      patch("{}"),
    ]
  ) {
    const result = await changeRequirements(ports, change);
    assert.equal(result.changed, false);
    assert.deepEqual(result.own, { cgroup: "v1", nesting: "true" });
  }
  assert.deepEqual(changes, []);
  assert.deepEqual(ports.tree.identify(PATH), before);
});

test("changeLevelRequirements() patches what the patch names and nothing else", async () => {
  const ports = createLevelPorts();
  ports.tree.put(PATH, '{"nesting": true, "cgroup": "v1"}');
  const { changed, own } = await changeRequirements(
    ports,
    patch('{"nesting":null,"secureboot":0}'),
  );
  assert.deepEqual({ changed, own }, { changed: true, own: { cgroup: "v1", secureboot: "0" } });
});

test("changeLevelRequirements() leaves an empty file when a patch takes the last key", async () => {
  const ports = createLevelPorts();
  ports.tree.put(PATH, '{"nesting": true}');
  ports.tree.put(LXD_PATH, '{"nesting": true}');
  const result = await changeRequirements(
    ports,
    patch('{"nesting":null}'),
    choice("debian", "lxd"),
  );
  assert.deepEqual(result, { changed: true, own: {}, effective: {}, findings: [] });
  assert.equal(ports.tree.readText(LXD_PATH), "{}\n");
});

test("changeLevelRequirements() makes a file by a patch that sets a key, and none by one that does not", async () => {
  const ports = createLevelPorts();
  const nothing = { changed: false, own: null, effective: {}, findings: [] };
  assert.deepEqual(await changeRequirements(ports, patch('{"nesting":null}')), nothing);
  assert.deepEqual(await changeRequirements(ports, patch("{}")), nothing);
  assert.equal((await changeRequirements(ports, patch('{"nesting":true}'))).changed, true);
});

test("changeLevelRequirements() puts an empty file where there is none", async () => {
  const ports = createLevelPorts();
  const { changed, own } = await changeRequirements(ports, put("{}"));
  assert.deepEqual({ changed, own }, { changed: true, own: {} });
  assert.equal((await changeRequirements(ports, put("{}"))).changed, false);
});

test("changeLevelRequirements() removes a file, once", async () => {
  const ports = createLevelPorts();
  ports.tree.put("/root/images/debian/.requirements", '{"nesting": true}');
  const result = await changeRequirements(ports, DELETE);
  assert.deepEqual(result, { changed: true, own: null, effective: {}, findings: [] });
  assert.equal(ports.tree.stat(PATH), undefined);
  assert.equal((await changeRequirements(ports, DELETE)).changed, false);
});

test("changeLevelRequirements() throws a FormatError with the place in the request when its text is bad", async () => {
  const ports = createLevelPorts();
  for (const change of [put('{"a":\n[]}'), patch('{"a":\n[]}'), put('{"b":\nnull}')]) {
    await assert.rejects(changeRequirements(ports, change), (error) => {
      assert.ok(error instanceof FormatError);
      assert.deepEqual(error.where, { path: "request body", line: 2, column: 1 });
      return true;
    });
  }
  assert.equal(ports.tree.stat(PATH), undefined);
});

test("changeLevelRequirements() mends a broken file by a put or a delete, and refuses to patch it", async () => {
  for (const change of [put('{"nesting":true}'), put("{}"), DELETE]) {
    const ports = createLevelPorts();
    ports.tree.put(PATH, "{");
    assert.equal((await changeRequirements(ports, change)).changed, true);
  }
  const ports = createLevelPorts();
  ports.tree.put(PATH, "{");
  await assert.rejects(changeRequirements(ports, patch("{}")), (error) => {
    assert.ok(error instanceof FormatError);
    assert.deepEqual(error.where, { path: "images/debian/.requirements", line: 1, column: 2 });
    return true;
  });
  assert.equal(ports.tree.readText(PATH), "{");
});

test("changeLevelRequirements() cannot tell what is effective while another file is broken", async () => {
  const ports = createLevelPorts();
  ports.tree.put(LXD_PATH, "{");
  const { changed, own, effective } = await changeRequirements(ports, put('{"nesting":true}'));
  assert.deepEqual([changed, own, effective], [true, { nesting: "true" }, null]);
});

test("changeLevelRequirements() shows the check what there was, and does nothing when it throws", async () => {
  const ports = createLevelPorts();
  const seen: LevelBefore[] = [];
  const check = (before: LevelBefore) => {
    seen.push(before);
    throw new TypeError("no match");
  };
  const tryChange = () =>
    assert.rejects(changeRequirements(ports, put('{"cgroup":"v1"}'), { check }), TypeError);
  await tryChange();
  ports.tree.put(PATH, '{"nesting": true}');
  await tryChange();
  ports.tree.put(PATH, "{");
  await tryChange();
  assert.deepEqual(seen, [
    { own: null, effective: {} },
    { own: { nesting: "true" }, effective: { nesting: "true" } },
    { own: "broken", effective: null },
  ]);
  assert.equal(ports.tree.readText(PATH), "{");
});

test("changeLevelRequirements() lets one change after another check and change", async () => {
  const ports = createLevelPorts();
  const append = (key: string) =>
    changeRequirements(ports, patch(`{"${key}":"1"}`), { waitMs: 60_000 });
  await Promise.all(["a", "b", "c", "d"].map(append));
  assert.equal(
    ports.tree.readText(PATH),
    '{\n  "a": "1",\n  "b": "1",\n  "c": "1",\n  "d": "1"\n}\n',
  );
});

test("changeLevelRequirements() holds the lock of settings while it checks, and not that of the index", async () => {
  const ports = createLevelPorts();
  const index = await ports.locker.acquire("/root", { waitMs: 0 });
  let refused: Promise<unknown> | undefined;
  await changeRequirements(ports, put("{}"), {
    check: () => {
      const asked = ports.locker.acquire("/root", { waitMs: 0, name: "settings" });
      refused = assert.rejects(asked, { code: "LOCKED" });
    },
  });
  await refused;
  index.release();
  const settings = await ports.locker.acquire("/root", { waitMs: 0, name: "settings" });
  await assert.rejects(changeRequirements(ports, DELETE), { code: "LOCKED" });
  settings.release();
});

test("changeLevelRequirements() throws NOT_FOUND, and takes no lock, when there is no such folder", async () => {
  const ports = createLevelPorts();
  const lock = await ports.locker.acquire("/root", { waitMs: 0, name: "settings" });
  for (const change of [put("{}"), patch("{}"), DELETE]) {
    await assert.rejects(changeRequirements(ports, change, choice("debian/13")), {
      code: "NOT_FOUND",
    });
  }
  lock.release();
});

test("changeLevelRequirements() removes what a killed run left, whatever the change", async () => {
  for (const change of [put('{"nesting":"1"}'), put('{"cgroup":"v1"}'), patch("{}"), DELETE]) {
    const ports = createLevelPorts();
    ports.tree.put(PATH, '{"nesting": true}');
    ports.tree.put(`${PATH}.new`, "half");
    await changeRequirements(ports, change);
    assert.equal(ports.tree.stat(`${PATH}.new`), undefined);
  }
});

test("changeLevelRequirements() keeps mode, owner and neighbours of a real file", async () => {
  const { root, folder } = createRoot();
  writeFileSync(`${folder}/.requirements`, '{"nesting": true}');
  chmodSync(`${folder}/.requirements`, 0o640);
  const before = statSync(`${folder}/.requirements`);
  assert.equal((await changeReal(root, put('{"nesting":"true"}'))).changed, false);
  const same = statSync(`${folder}/.requirements`);
  assert.deepEqual([same.ino, same.mtimeMs], [before.ino, before.mtimeMs]);

  assert.equal((await changeReal(root, put('{"nesting":false}'))).changed, true);
  const changed = statSync(`${folder}/.requirements`);
  assert.deepEqual(
    [changed.mode, changed.uid, changed.gid],
    [before.mode, before.uid, before.gid],
  );
  assert.deepEqual(readdirSync(folder), [".requirements"]);
  assert.deepEqual(readdirSync(root).sort(), [".simplestreams", "images"]);
});

test("changeLevelRequirements() puts a file in place of a link, and leaves alone what it leads to", async () => {
  const { root, folder } = createRoot();
  writeFileSync(`${root}/shared`, '{"nesting": true}');
  symlinkSync(`${root}/shared`, `${folder}/.requirements`);
  assert.equal((await changeReal(root, patch('{"nesting":true}'))).changed, false);
  assert.ok(lstatSync(`${folder}/.requirements`).isSymbolicLink());
  await changeReal(root, patch('{"cgroup":"v1"}'));
  assert.equal(lstatSync(`${folder}/.requirements`).mode & 0o777, 0o644);
  assert.ok(lstatSync(`${folder}/.requirements`).isFile());
  assert.equal(readFileSync(`${root}/shared`, "utf8"), '{"nesting": true}');
});

test("changeLevelRequirements() removes a link that leads nowhere", async () => {
  const { root, folder } = createRoot();
  symlinkSync("nothing", `${folder}/.requirements`);
  assert.equal((await changeReal(root, DELETE)).changed, true);
  assert.deepEqual(readdirSync(folder), []);
});

test("changeLevelRequirements() writes nothing where a link leads out of the root, unless it may", async () => {
  const { root } = createRoot();
  const outside = mkdtempSync(`${top}/root-`);
  symlinkSync(outside, `${root}/images/ubuntu`);
  const level = choice("ubuntu");
  await assert.rejects(changeReal(root, put("{}"), level), { code: "NOT_FOUND" });
  assert.deepEqual(readdirSync(outside), []);
  assert.deepEqual(readdirSync(root), ["images"]);
  await changeReal(root, put("{}"), { ...level, followLinks: true });
  assert.deepEqual(readdirSync(outside), [".requirements"]);
});

function put(text: string) {
  return { kind: "put", text } as const;
}

function patch(text: string) {
  return { kind: "patch", text } as const;
}

function createRoot() {
  const root = mkdtempSync(`${top}/root-`);
  const folder = `${root}/images/debian`;
  mkdirSync(folder, { recursive: true });
  return { root, folder };
}

function changeReal(
  root: string,
  change: Parameters<typeof changeLevelRequirements>[2]["change"],
  level: ReturnType<typeof choice> & { readonly followLinks?: boolean } = choice("debian"),
) {
  const ports = {
    reader: createNodeReader(),
    writer: createNodeWriter(),
    locker: createLocker(),
    yaml: createYamlReader(),
  };
  return changeLevelRequirements(ports, root, { ...level, change, waitMs: 0 });
}
