import assert from "node:assert/strict";
import { test } from "node:test";
import { MOST_SELECTORS, planRun } from "../../../server/watch/plan_run.ts";

const DISK = ["alpine:3:amd64:default", "debian:12:amd64:cloud", "debian:12:amd64:default"];

function plan(ready: readonly string[], waiting: readonly string[] = []) {
  return planRun({
    ready,
    waiting,
    productsBelow: (selector) => DISK.filter((id) => `:${id}:`.startsWith(`:${selector}`)),
  });
}

test("planRun() gives products as they are, sorted, on disk or not", () => {
  assert.deepEqual(plan(["z:1:amd64:x", "debian:12:amd64:cloud"]), [
    "debian:12:amd64:cloud",
    "z:1:amd64:x",
  ]);
});

test("planRun() gives a level for the products in it", () => {
  assert.deepEqual(plan(["debian:12:amd64:cloud", "debian:12", "debian"]), ["debian"]);
});

test("planRun() leaves a level without products out", () => {
  assert.equal(plan(["void"]), undefined);
  assert.equal(plan(["void"], ["void:1:amd64:default"]), undefined);
});

test("planRun() gives the other products of a level when some of it must wait", () => {
  assert.deepEqual(plan(["debian"], ["debian:12:amd64:cloud"]), ["debian:12:amd64:default"]);
  assert.deepEqual(plan([""], ["debian:12"]), ["alpine:3:amd64:default"]);
});

test("planRun() gives a product whose level must wait", () => {
  assert.deepEqual(plan(["debian:12:amd64:cloud"], ["debian"]), ["debian:12:amd64:cloud"]);
});

test("planRun() gives everything when all of it is ready, products or not", () => {
  assert.equal(plan(["", "debian"]), "all");
  assert.equal(planRun({ ready: [""], waiting: [], productsBelow: () => [] }), "all");
});

test("planRun() gives everything instead of very many, but not when something must wait", () => {
  const many = Array.from({ length: MOST_SELECTORS + 1 }, (_, place) => `a:1:amd64:${place}`);
  assert.equal(plan(many), "all");
  assert.equal(plan(many.slice(1))?.length, MOST_SELECTORS);
  assert.equal(plan(many, ["debian:12:amd64:cloud"])?.length, MOST_SELECTORS + 1);
});
