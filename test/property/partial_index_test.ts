import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseSelection, selectsProduct } from "../../core/selection.ts";
import {
  createMemoryPorts,
  type MemoryPorts,
  publishedImages,
  publishRoot,
  putImage,
} from "../support/memory_ports.ts";
import { putDelta } from "../support/put_delta.ts";
import {
  assertPublishedAsFromScratch,
  assertWholeRunFindsAll,
  IMAGES_JSON,
  publishPart,
  removeFolder,
  SNAPSHOT,
} from "../support/partial_runs.ts";

// amd64 and x86_64 fight for aliases; "a-b" sorts before "a/" as text, and after it as a folder.
const names = fc.tuple(
  fc.constantFrom("a", "a-b"),
  fc.constantFrom("1", "2"),
  fc.constantFrom("amd64", "x86_64", "arm64"),
  fc.constantFrom("default", "cloud"),
);
const PRODUCTS = ["a/1/amd64/default", "a/1/arm64/default", "a/2/arm64/cloud", "a-b/1/arm64/cloud"];
const versionName = fc.constantFrom("20240101", "20240102", "20240103_00:00", "2024bad");
const levels = fc.integer({ min: 1, max: 4 });

/** One change below the folder of these names. */
interface TreeChange {
  readonly names: readonly string[];
  /** @param step gives files a time that no other step gives */
  readonly apply: (ports: MemoryPorts, step: number) => void;
}

function folderOf(names: readonly string[]): string {
  return ["images", ...names].join("/");
}

/** A version of which all is new; few seeds make versions with the same bytes. */
const newVersion = fc.record({ names, version: versionName, seed: fc.nat({ max: 40 }) }).map(
  ({ names, version, seed }): TreeChange => ({
    names,
    apply: (ports, step) => putImage(ports, `${folderOf(names)}/${version}`, `seed ${seed}`, step),
  }),
);
/** As good as new: no digest of it is believed twice. */
const unsettledVersion = fc.record({ names, seed: fc.nat({ max: 40 }) }).map(
  ({ names, seed }): TreeChange => ({
    names,
    apply: (ports) => {
      const now = ports.clock.now().getTime();
      putImage(ports, `${folderOf(names)}/20240104`, `seed ${seed}`, now);
    },
  }),
);
const loneFile = fc.record({ names, version: versionName }).map(
  ({ names, version }): TreeChange => ({
    names,
    apply: (ports, step) => {
      const path = `/root/${folderOf(names)}/${version}/disk.qcow2`;
      ports.tree.put(path, `disk ${step % 3}`, { mtimeMs: step });
    },
  }),
);
/** A version with a delta that is right or wrong, from one that may change or go later. */
const delta = fc.record({
  product: fc.constantFrom(...PRODUCTS),
  baseSeed: fc.option(fc.nat({ max: 2 })),
  seed: fc.nat({ max: 2 }),
  isRight: fc.boolean(),
}).map(({ product, baseSeed, seed, isRight }): TreeChange => ({
  names: product.split("/"),
  apply: (ports, step) => {
    const folder = `images/${product}`;
    const [base, target] = ["20240101", "20240102"] as const;
    const root = `/root/${folder}/${base}/root.squashfs`;
    const isThere = ports.tree.stat(root) !== undefined;
    if (baseSeed !== null) putImage(ports, `${folder}/${base}`, `${product} ${baseSeed}`, step);
    putImage(ports, `${folder}/${target}`, `${product} then ${seed}`, step);
    if (isRight && (isThere || baseSeed !== null)) {
      putDelta(ports, { product: folder, base, target, mtimeMs: step });
    } else {
      const path = `/root/${folder}/${target}/root.${base}.vcdiff`;
      ports.tree.put(path, `delta ${step}`, { mtimeMs: step });
    }
  },
}));
/** The base alone becomes another, so that a delta that was right is not any more. */
const newBase = fc.record({ product: fc.constantFrom(...PRODUCTS), seed: fc.nat({ max: 2 }) }).map(
  ({ product, seed }): TreeChange => ({
    names: product.split("/"),
    apply: (ports, step) => {
      const folder = `images/${product}/20240101`;
      if (seed === 0) removeFolder(ports, folder);
      else putImage(ports, folder, `${product} ${seed}`, step);
    },
  }),
);
const removal = fc.record({ names, length: levels, version: fc.option(versionName) }).map(
  ({ names, length, version }): TreeChange => {
    const shorter = names.slice(0, version === null ? length : 4);
    const folder = folderOf(version === null ? shorter : [...shorter, version]);
    return { names: shorter, apply: (ports) => removeFolder(ports, folder) };
  },
);
const requirements = fc.record({
  names,
  length: levels,
  file: fc.constantFrom(".requirements", ".lxd_requirements"),
  text: fc.constantFrom("{}", '{"nesting":0}', '{"nesting":1}', '{"kernel":"6"}', undefined),
}).map(({ names, length, file, text }): TreeChange => ({
  names: names.slice(0, length),
  apply: (ports) => {
    const path = `/root/${folderOf(names.slice(0, length))}/${file}`;
    if (text !== undefined) ports.tree.put(path, text);
    else if (ports.tree.stat(path) !== undefined) ports.tree.removeFile(path);
  },
}));
const unusableName = fc.record({ names, length: levels }).map(
  ({ names, length }): TreeChange => ({
    names: names.slice(0, length),
    apply: (ports) => ports.tree.put(`/root/${folderOf(names.slice(0, length))}/a%/file`, ""),
  }),
);
const change = fc.oneof(
  { arbitrary: newVersion, weight: 5 },
  unsettledVersion,
  loneFile,
  { arbitrary: delta, weight: 2 },
  { arbitrary: newBase, weight: 2 },
  removal,
  { arbitrary: requirements, weight: 3 },
  unusableName,
);

/** A change, and how much of its names selects what it changed. */
const selectedChange = fc.record({ change, length: levels });
const selectors = fc.array(
  fc.tuple(names, levels).map(([names, length]) => names.slice(0, length).join(":")),
  { minLength: 1, maxLength: 3 },
);
type Step = (ports: MemoryPorts, step: number) => Promise<void>;
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    arbitrary: change.map(({ apply }): Step => (...args) => Promise.resolve(apply(...args))),
    weight: 5,
  },
  {
    arbitrary: fc.record({ selectors, write: fc.boolean(), useCache: fc.boolean() }).map(
      ({ selectors, ...options }): Step => (ports) => runPart(ports, selectors, options),
    ),
    weight: 4,
  },
  fc.record({ useCache: fc.boolean() }).map((options): Step => async (ports) => {
    await publishRoot(ports, { ...options, allowEmpty: true });
  }),
  fc.constant<Step>((ports) => {
    ports.clock.time = new Date(ports.clock.time.getTime() + 60_000);
    return Promise.resolve();
  }),
  fc.constant<Step>((ports) => {
    if (ports.tree.stat(SNAPSHOT) !== undefined) ports.tree.removeFile(SNAPSHOT);
    return Promise.resolve();
  }),
);

/** Runs over a part, and fails when that changes a product that is not selected. */
async function runPart(
  ports: MemoryPorts,
  selectors: readonly string[],
  options: { readonly write: boolean; readonly useCache: boolean },
): Promise<void> {
  const before = otherLines(ports, selectors);
  const { result } = await publishPart(ports, selectors, {
    ...options,
    allowEmpty: true,
  });
  if (result.scope === "all") return;
  assert.deepEqual(otherLines(ports, selectors), before);
  if (!options.write) return;
  const products: unknown = publishedImages(ports).products;
  assert.equal(result.counts.products, Object.keys(products ?? {}).length);
}

/** What is published of all products that are not selected, line by line. */
function otherLines(ports: MemoryPorts, selectors: readonly string[]): readonly string[] {
  if (ports.tree.stat(IMAGES_JSON) === undefined) return [];
  const selection = parseSelection(selectors);
  return ports.tree.readText(IMAGES_JSON).split("\n").slice(1, -2)
    .map((line) => line.replace(/,$/, ""))
    .filter((line) => !selectsProduct(selection, /"([^"]*)"/.exec(line)?.[1] ?? ""));
}

function createTree(): MemoryPorts {
  const ports = createMemoryPorts();
  putImage(ports, "images/always/1/amd64/default/20240101", "always");
  for (const product of PRODUCTS) putImage(ports, `images/${product}/20240101`, product);
  return ports;
}

test("indexTree() makes of any tree, after any runs over parts, what a run makes that believes nothing", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20, size: "max" }), async (steps) => {
      const ports = createTree();
      for (const [number, step] of steps.entries()) await step(ports, number);
      await assertWholeRunFindsAll(ports);
      await assertPublishedAsFromScratch(ports);
    }),
    { numRuns: 300 },
  );
});

test("indexTree() makes of a part that holds all changes what it makes of the whole tree", async () => {
  const rounds = fc.array(fc.array(selectedChange, { minLength: 1, maxLength: 4 }), {
    maxLength: 8,
  });
  await fc.assert(
    fc.asyncProperty(fc.array(change, { maxLength: 12 }), rounds, async (first, rounds) => {
      const ports = createTree();
      let step = 0;
      for (const { apply } of first) apply(ports, ++step);
      await publishRoot(ports);
      for (const round of rounds) {
        for (const { change } of round) change.apply(ports, ++step);
        const selectors = round.map(({ change: { names }, length }) =>
          names.slice(0, length).join(":")
        );
        await publishPart(ports, selectors);
        await assertPublishedAsFromScratch(ports);
      }
      await assertWholeRunFindsAll(ports);
    }),
    { numRuns: 300 },
  );
});
