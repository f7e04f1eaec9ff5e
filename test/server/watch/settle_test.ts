import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createSettling, LOOK_MS, SETTLE_MS } from "../../../server/watch/settle.ts";

const PRODUCTS = ["alpine:3:amd64:default", "debian:12:amd64:cloud", "debian:12:amd64:default"];

/** Products on disk, each with one version of one file, and a clock that a test moves. */
function makeSettling() {
  const sizes = new Map(PRODUCTS.map((id) => [folderOf(id), 0]));
  const settling = createSettling({
    sampleFolder: (folder) => String(sizes.get(folder)),
    productsBelow: (selector) =>
      PRODUCTS.filter((id) => selector === "" || id.startsWith(`${selector}:`)),
  });
  let nowMs = 0;
  return {
    touch: (id: string, more = "") => settling.touch({ selector: id, folder: folderOf(id) + more }),
    touchLevel: (selector: string) => settling.touch({ selector }),
    grow(id: string) {
      sizes.set(folderOf(id), (sizes.get(folderOf(id)) ?? 0) + 1);
    },
    /** Looks until so many milliseconds have passed; returns what came out, by time. */
    wait(ms: number) {
      const out: [number, readonly string[] | "all"][] = [];
      for (const end = nowMs + ms; nowMs < end;) {
        nowMs += LOOK_MS;
        const products = settling.look(nowMs);
        if (products !== undefined) out.push([nowMs, products]);
      }
      return out;
    },
  };
}

function folderOf(id: string): string {
  return `images/${id.replaceAll(":", "/")}/20240101`;
}

const [ALPINE = "", CLOUD = "", DEBIAN = ""] = PRODUCTS;

test("look() gives a product once nothing happened to it for two seconds, and once only", () => {
  const settling = makeSettling();
  settling.touch(DEBIAN);
  assert.deepEqual(settling.wait(10_000), [[LOOK_MS + SETTLE_MS, [DEBIAN]]]);
});

test("look() has a product wait while more of its versions change", () => {
  const settling = makeSettling();
  for (let round = 0; round < 5; round++) {
    settling.touch(DEBIAN, String(round));
    assert.deepEqual(settling.wait(1500), []);
  }
  assert.equal(settling.wait(SETTLE_MS).length, 1);
});

test("look() has no product wait for events that come though nothing changes", () => {
  const settling = makeSettling();
  for (let round = 0; round < 5; round++) {
    settling.touch(DEBIAN);
    assert.deepEqual(settling.wait(LOOK_MS), round === 4 ? [[2500, [DEBIAN]]] : []);
  }
});

test("look() has requirements wait while they are written", () => {
  const settling = makeSettling();
  for (let round = 0; round < 5; round++) {
    settling.touchLevel("debian");
    assert.deepEqual(settling.wait(1500), []);
  }
  assert.deepEqual(settling.wait(SETTLE_MS).map(([, products]) => products), [["debian"]]);
});

test("look() has a product wait while its file grows, whether events come or not", () => {
  const settling = makeSettling();
  settling.touch(DEBIAN);
  for (let round = 0; round < 5; round++) {
    assert.deepEqual(settling.wait(1500), []);
    settling.grow(DEBIAN);
    if (round % 2 === 0) settling.touch(DEBIAN);
  }
  assert.equal(settling.wait(SETTLE_MS + LOOK_MS).length, 1);
});

test("look() gives products that settle together in one go, and the others on their own", () => {
  const settling = makeSettling();
  settling.touch(CLOUD);
  settling.touch(DEBIAN);
  settling.wait(1000);
  settling.touch(ALPINE);
  assert.deepEqual(settling.wait(4000), [[2500, [CLOUD, DEBIAN]], [3500, [ALPINE]]]);
});

test("look() gives the rest of a level while a product in it does not come to rest", () => {
  const settling = makeSettling();
  settling.touchLevel("debian");
  for (let round = 0; round < 4; round++) {
    settling.touch(CLOUD);
    settling.grow(CLOUD);
    const expected = round === 1 ? [[2500, [DEBIAN]]] : [];
    assert.deepEqual(settling.wait(1500), expected);
  }
  assert.deepEqual(settling.wait(SETTLE_MS + LOOK_MS).map(([, products]) => products), [[CLOUD]]);
});

test("look() has each of very many products wait until it is the same", () => {
  let size = 0;
  const settling = createSettling({
    sampleFolder: () => String(size),
    productsBelow: () => [],
  });
  for (let place = 0; place < 150; place++) {
    settling.touch({ selector: `a:1:b:${place}`, folder: "a" });
  }
  for (let nowMs = 0; nowMs <= 6000; nowMs += LOOK_MS, size++) {
    assert.equal(settling.look(nowMs), undefined);
  }
  size = 0;
  const looks = [8000, 8500, 9000, 9500, 10_000].map((nowMs) => settling.look(nowMs));
  assert.deepEqual(looks.slice(0, -1), Array(4).fill(undefined));
  assert.equal(looks.at(-1)?.length, 150);
});

test("look() gives everything after a change of everything", () => {
  const settling = makeSettling();
  settling.touchLevel("");
  settling.touch(DEBIAN);
  assert.deepEqual(settling.wait(3000), [[2500, "all"]]);
});

const product = fc.constantFrom(...PRODUCTS);
const step = fc.oneof(
  fc.record({ kind: fc.constant("touch" as const), id: product }),
  fc.record({ kind: fc.constant("grow" as const), id: product }),
  fc.record({ kind: fc.constant("level" as const), id: fc.constantFrom("", "debian", "alpine:3") }),
  fc.record({ kind: fc.constant("wait" as const), looks: fc.integer({ min: 1, max: 6 }) }),
);

test("look() loses no change, and gives nothing that is known to change, whatever happens", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const settling = makeSettling();
      /** When something last happened to a product that is known to change. */
      const changed = new Map<string, number>();
      const owed = new Set<string>();
      let nowMs = 0;
      const covers = (products: readonly string[] | "all", id: string) =>
        products === "all" || products.some((one) => `${id}:`.startsWith(`${one}:`));
      function wait(looks: number): void {
        for (const [atMs, products] of settling.wait(looks * LOOK_MS)) {
          for (const id of PRODUCTS.filter((id) => covers(products, id))) {
            const since = changed.get(id);
            assert.ok(since === undefined || atMs - since >= SETTLE_MS, `${id} at ${atMs}`);
            changed.delete(id);
            owed.delete(id);
          }
        }
        nowMs += looks * LOOK_MS;
      }
      for (const one of steps) {
        if (one.kind === "wait") wait(one.looks);
        else if (one.kind === "level") {
          settling.touchLevel(one.id);
          for (const id of PRODUCTS.filter((id) => covers(one.id === "" ? "all" : [one.id], id))) {
            owed.add(id);
          }
        } else if (one.kind === "touch") {
          settling.grow(one.id);
          settling.touch(one.id);
          changed.set(one.id, nowMs);
          owed.add(one.id);
        } else {
          settling.grow(one.id);
          if (changed.has(one.id)) changed.set(one.id, nowMs);
        }
      }
      wait(2 * (SETTLE_MS / LOOK_MS) + 2);
      assert.deepEqual([...owed], []);
    }),
    { numRuns: 500 },
  );
});
