// examples/ansible: the play in check mode, for real, and again.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { makeSampleImage } from "../sample_image.mjs";

export async function tryAnsible(stage) {
  const incoming = stage.at("incoming-debian");
  const image = { os: "debian", release: "13", created: new Date("2026-02-01T00:00:00Z") };
  makeSampleImage(incoming, image);
  const requirements = [
    { level: "debian", requirements: { secureboot: false } },
    { level: "debian/13", requirements: { nesting: true, secureboot: "true" } },
    { level: "ubuntu", client: "lxd", requirements: { secureboot: true } },
    { level: "ubuntu/24.04", state: "absent" },
    { level: "nowhere", state: "absent" },
  ];
  const play = (...options) => playWith(stage, { incoming, requirements }, options);

  await play("--syntax-check");
  const before = stage.snapshot(stage.root, incoming);
  const foreseen = await play("--check");
  assert.equal(foreseen.changed, 3, foreseen.output);
  assert.deepEqual(stage.snapshot(stage.root, incoming), before, "Check mode has written");

  const first = await play("-vvv");
  assert.equal(first.changed, 3, first.output);
  assert.deepEqual(readdirSync(incoming), []);
  const { versions, requirements: published } = await stage.product("debian:13:amd64:default");
  assert.deepEqual(versions.map(({ name }) => name), ["20260201_00:00"]);
  assert.deepEqual(published, { nesting: "true", secureboot: "true" });
  const old = await stage.product("debian:12:amd64:default");
  assert.deepEqual(old.requirements, { secureboot: "false" });

  const after = stage.snapshot(stage.root, incoming);
  assert.equal((await play("-vvv")).changed, 0);
  assert.equal((await play("--check", "-vvv")).changed, 0);
  assert.deepEqual(withoutLocks(stage.snapshot(stage.root, incoming)), withoutLocks(after));

  // The same version once more: it is in the tree already, so its files stay where they are.
  makeSampleImage(incoming, image);
  assert.equal((await play()).changed, 0);
  assert.equal((await play("--check")).changed, 0);
  assert.ok(existsSync(`${incoming}/incus.tar.xz`));

  await refuse(stage, {
    ...{ incoming, requirements: [{ level: "nowhere", requirements: {} }] },
    says: /nowhere: Cannot/,
  });
  await refuse(stage, { incoming: stage.at("nowhere"), requirements: [], says: /nowhere/ });
  await refuse(stage, { incoming, requirements, token: "x".repeat(32), says: /token is none of/ });

  const undo = requirements.map(({ level, client }) => ({ level, client, state: "absent" }));
  const undone = await playWith(stage, {
    incoming,
    requirements: JSON.parse(JSON.stringify(undo)),
  }, []);
  assert.equal(undone.changed, 2, undone.output);
  console.log("check mode, first run, second run, check mode again: as they should be");
}

async function playWith(stage, settings, options) {
  const { output, status } = await callPlay(stage, settings, options);
  assert.equal(status, 0, output);
  const [, changed] = /\bok=\d+ +changed=(\d+) +unreachable=0 +failed=0\b/.exec(output) ?? [];
  assert.ok(changed !== undefined || options.includes("--syntax-check"), output);
  return { changed: Number(changed), output };
}

async function refuse(stage, { says, ...settings }) {
  for (const mode of [[], ["--check"]]) {
    // A level that is not there may be one that the import makes.
    if (mode.length > 0 && /Cannot/.test(says.source)) continue;
    const { output, status } = await callPlay(stage, settings, ["-vvv", ...mode]);
    assert.equal(status, 2, output);
    assert.match(output, says);
    if (settings.token !== undefined) assert.ok(!output.includes(settings.token), output);
  }
}

async function callPlay(stage, { incoming, requirements, token }, options) {
  const vars = stage.at("vars.json");
  writeFileSync(
    vars,
    JSON.stringify({
      simplestreams_root: stage.root,
      simplestreams_command: stage.CLI,
      simplestreams_url: stage.url,
      simplestreams_images: [incoming],
      simplestreams_requirements: requirements,
    }),
  );
  const tokenFile = token === undefined ? stage.tokenFile : stage.at("wrong-token");
  if (token !== undefined) writeFileSync(tokenFile, `${token}\n`);
  const folder = "examples/ansible";
  const result = await stage.run(
    ["ansible-playbook", "-i", "inventory.ini", "site.yml", "-e", `@${vars}`, ...options],
    {
      cwd: folder,
      expected: [0, 2],
      env: {
        SIMPLESTREAMS_TOKEN_FILE: tokenFile,
        ANSIBLE_NOCOLOR: "1",
        ANSIBLE_REMOTE_TEMP: stage.at("ansible"),
      },
    },
  );
  assert.ok(!readFileSync(vars, "utf8").includes(stage.token));
  stage.assertNoToken(result.output);
  return result;
}

/** An index run takes the lock, whatever comes of it. */
function withoutLocks(lines) {
  return lines.filter((line) => !line.includes("/.simplestreams"));
}
