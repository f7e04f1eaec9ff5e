import assert from "node:assert/strict";
import { appendFileSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { playScenarios, type Scenarios, VERSION, write } from "./watching.ts";

// The clock is the real one here: events of a real file system are what this is about. All scenarios
// go on at the same time, so that they take as long as the longest.

/** Of the os that they are called after. */
const PRODUCT = "12:amd64:default";
const SCENARIOS: Scenarios = {
  async renamed({ root, next }) {
    const variant = `${root}/images/renamed/12/amd64/default`;
    write(`${variant}/.import-1/disk.qcow2`);
    await sleep(700);
    const startMs = performance.now();
    renameSync(`${variant}/.import-1`, `${variant}/20240102`);
    assert.deepEqual(await next(), [`renamed:${PRODUCT}`]);
    assert.ok(performance.now() - startMs < 5000);
  },
  async growing({ root, told, next }) {
    for (let round = 0; round < 12; round++) {
      appendFileSync(`${root}/images/growing/${VERSION}/disk.qcow2`, "more");
      await sleep(300);
      assert.deepEqual(told, []);
    }
    assert.deepEqual(await next(), [`growing:${PRODUCT}`]);
  },
  async removed({ root, next }) {
    rmSync(`${root}/images/removed/${VERSION}`, { recursive: true });
    assert.deepEqual(await next(), [`removed:${PRODUCT}`]);
  },
  async moved({ root, next }) {
    renameSync(`${root}/images/moved`, `${root}/elsewhere`);
    assert.deepEqual(await next(), [`moved:${PRODUCT}`]);
  },
  async unfiled({ root, next }) {
    rmSync(`${root}/images/unfiled/${VERSION}/disk.qcow2`);
    assert.deepEqual(await next(), [`unfiled:${PRODUCT}`]);
  },
  async required({ root, next }) {
    const folder = `${root}/images/required`;
    write(`${folder}/.requirements`, "{}");
    assert.deepEqual(await next(), ["required"]);
    write(`${folder}/.new`, "{}");
    renameSync(`${folder}/.new`, `${folder}/.lxd_requirements`);
    assert.deepEqual(await next(), ["required"]);
  },
  async copied({ root, told, next }) {
    rmSync(`${root}/images/copied`, { recursive: true });
    await next();
    mkdirSync(`${root}/images/copied/${VERSION}`, { recursive: true });
    for (const name of ["incus.tar.xz", "rootfs.squashfs", "disk.qcow2"]) {
      write(`${root}/images/copied/${VERSION}/${name}`);
      await sleep(900);
    }
    assert.deepEqual(told, []);
    const products = await next();
    assert.ok(["copied", `copied:${PRODUCT}`].includes(products.join()), products.join());
  },
  async dotted({ root, told }) {
    write(`${root}/images/dotted/${VERSION}/.items.json`, "{}");
    write(`${root}/images/dotted/12/amd64/default/.import-1/disk.qcow2`);
    write(`${root}/images/dotted/.x/amd64/default/20240101/disk.qcow2`);
    await sleep(4000);
    assert.deepEqual(told, []);
  },
  async replaced({ root, told, next }) {
    const folder = `${root}/images/replaced/${VERSION}`;
    rmSync(folder, { recursive: true });
    write(`${folder}/disk.qcow2`, "other");
    assert.deepEqual(await next(), [`replaced:${PRODUCT}`]);
    told.length = 0;
    write(`${folder}/rootfs.squashfs`);
    assert.deepEqual(await next(), [`replaced:${PRODUCT}`]);
  },
};
/** These have a tree of their own, without images/ at first. */
const APPEARING: Scenarios = {
  async appearing({ root, next }) {
    const variant = `${root}/images/appearing/12/amd64/default`;
    write(`${variant}/20240101/disk.qcow2`);
    assert.deepEqual(await next(), ["all"]);
    await untilTold(`${variant}/20240102`);

    renameSync(`${root}/images`, `${root}/old`);
    write(`${variant}/20240101/disk.qcow2`, "other");
    assert.deepEqual(await next(), ["all"]);
    await untilTold(`${variant}/20240101`);

    /** The watch on new folders may begin only now: what comes just before is for the full pass. */
    async function untilTold(folder: string): Promise<void> {
      let round = 0;
      const again = () => write(`${folder}/disk${round++}.qcow2`);
      again();
      for (let product = ""; product !== `appearing:${PRODUCT}`;) {
        product = (await next(again)).join();
      }
    }
  },
};

const outcomes = Promise.all([
  playScenarios(SCENARIOS),
  playScenarios(APPEARING, { isEmpty: true }),
]);

function testScenario(name: string, scenario: string): void {
  test(`watchTree() ${name}`, async () => {
    const outcome = (await outcomes).find((one) => one.has(scenario));
    const error = outcome?.get(scenario);
    if (error !== undefined) throw error;
  });
}

testScenario("tells a version that appears by rename within five seconds", "renamed");
testScenario("tells a version whose file grows only after it stopped", "growing");
testScenario("tells a removed version", "removed");
testScenario("tells the products of a folder that is moved away", "moved");
testScenario("tells a version that loses a file", "unfiled");
testScenario("tells the level whose requirements change", "required");
testScenario("tells new folders from the os down once they are copied", "copied");
testScenario('tells nothing of names that start with "."', "dotted");
testScenario("tells what changes in a version that took another's place", "replaced");
testScenario(
  "tells everything when images/ appears or is replaced, then what changes",
  "appearing",
);
