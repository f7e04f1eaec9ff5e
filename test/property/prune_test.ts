import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { errorCodeOf } from "../../core/errors.ts";
import { createMemoryPorts, type MemoryPorts, publishRoot } from "../support/memory_ports.ts";
import { publishedImages } from "../support/memory_ports.ts";
import { documentsOf, listedPaths, prune, remove, wait } from "../support/pruned_root.ts";

const GRACE_MINUTES = 90;
const ROOTS = ["root.squashfs", "rootfs.squashfs", "root.tar.xz", "disk.qcow2"];
const policy = fc.record({
  keep: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
  maxAgeMs: fc.option(fc.constantFrom(1, 4, 30).map((days) => days * 86_400_000), {
    nil: undefined,
  }),
  orphans: fc.boolean(),
  incompleteMs: fc.option(fc.constantFrom(0, 6).map((hours) => hours * 3_600_000), {
    nil: undefined,
  }),
});
const step = fc.oneof(
  fc.record({
    kind: fc.constant("add" as const),
    folder: fc.tuple(
      fc.constantFrom("debian", "alpine"),
      fc.constantFrom("amd64", "arm64"),
      fc.integer({ min: 20, max: 31 }),
    ).map(([os, arch, day]) => `images/${os}/12/${arch}/default/202405${day}`),
    // Without metadata or root at times, so that there are orphans and incomplete versions.
    files: fc.subarray(["incus.tar.xz", "lxd.tar.xz", ...ROOTS, "notes.txt"], { minLength: 2 }),
  }),
  fc.record({ kind: fc.constant("index" as const) }),
  fc.record({ kind: fc.constant("prune" as const), policy }),
  fc.record({ kind: fc.constant("remove" as const), which: fc.nat() }),
  fc.record({ kind: fc.constant("wait" as const), minutes: fc.constantFrom(1, 45, 90, 600) }),
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

/** What is known from outside of each file that was ever listed: when it was listed for the last time. */
type LastListed = Map<string, number>;

async function take(ports: MemoryPorts, step: Step): Promise<void> {
  if (step.kind === "wait") return wait(ports, step.minutes);
  if (step.kind === "index") return void await publishRoot(ports);
  if (step.kind === "add") {
    for (const name of step.files) {
      const path = `/root/${step.folder}/${name}`;
      if (ports.tree.stat(path) === undefined) {
        ports.tree.put(path, path, { mtimeMs: ports.clock.now().getTime() });
      }
    }
    return;
  }
  try {
    if (step.kind === "prune") await prune(ports, step.policy);
    else await remove(ports, nameOf(ports, step.which));
  } catch (error) {
    // The last product, or nothing is published yet
    if (!["REFUSED", "NOT_FOUND"].includes(errorCodeOf(error) ?? "")) throw error;
  }
}

/** The name of something that is published: a fingerprint, a version or a product. */
function nameOf(ports: MemoryPorts, which: number): string {
  const text = ports.tree.files().get("/root/streams/v1/images.json") ?? "";
  const fingerprints = [...text.matchAll(/"combined_[^"]+":"([0-9a-f]{64})"/g)];
  const versions = [...text.matchAll(/"path":"images\/([^"]+)\/(\d+)\/[^"]+"/g)];
  const names = [
    ...fingerprints.map(([, fingerprint = ""]) => fingerprint),
    ...versions.map(([, product = "", version]) => `${product.replaceAll("/", ":")}@${version}`),
    ...versions.map(([, product = ""]) => product.replaceAll("/", ":")),
  ];
  return names[which % names.length] ?? "nothing";
}

function assertFilesOf(ports: MemoryPorts, before: ReadonlySet<string>, last: LastListed): void {
  const now = ports.clock.now().getTime();
  const after = new Set(ports.tree.files().keys());
  const listed = after.has("/root/streams/v1/images.json") ? listedPaths(ports) : [];
  for (const path of listed) {
    assert.ok(after.has(`/root/${path}`), `${path} is listed and gone`);
    last.set(`/root/${path}`, now);
  }
  for (const path of before) {
    const out = last.get(path);
    if (after.has(path) || out === undefined) continue;
    assert.ok(now - out >= GRACE_MINUTES * 60_000, `${path} went inside the grace`);
    last.delete(path);
  }
}

function versionsOf(ports: MemoryPorts): ReadonlyMap<string, readonly string[]> {
  const { products } = publishedImages(ports);
  return new Map(
    Object.keys(products).map((id) => [id, Object.keys(products[id].versions).sort()]),
  );
}

test("pruneTree(), removeImages() and indexTree() in any order lose nothing that is listed or was just now", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 16 }), async (steps) => {
      const ports = createMemoryPorts();
      ports.tree.put("/root/images/.keep", "");
      const last: LastListed = new Map();
      for (const one of steps) {
        const before = new Set(ports.tree.files().keys());
        await take(ports, one);
        assertFilesOf(ports, before, last);
        assert.ok(ports.tree.stat("/root/images/.keep"));
      }
    }),
    { numRuns: 400 },
  );
});

test("pruneTree() leaves the versions of its policy and the newest, and changes nothing when it runs again", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), policy, async (steps, options) => {
      const ports = createMemoryPorts();
      ports.tree.put("/root/images/.keep", "");
      for (const one of steps) await take(ports, one);
      await publishRoot(ports, { allowEmpty: true });
      const before = versionsOf(ports);
      fc.pre(before.size > 0);
      await prune(ports, options);
      const [{ keep, maxAgeMs }, after] = [options, versionsOf(ports)];
      const now = ports.clock.now().getTime();
      const expected = new Map(
        [...before].map(([id, names]) => [
          id,
          names.filter((name, place) => {
            const newer = names.length - 1 - place;
            const iso = `${name.slice(0, 4)}-${name.slice(4, 6)}-${name.slice(6, 8)}T00:00:00Z`;
            const isKept = keep === undefined || newer < keep;
            return newer === 0 ||
              isKept && (maxAgeMs === undefined || now - Date.parse(iso) <= maxAgeMs);
          }),
        ]),
      );
      assert.deepEqual(after, expected);

      const [files, documents] = [ports.tree.files(), documentsOf(ports)];
      await prune(ports, options);
      assert.deepEqual(ports.tree.files(), files, "another run changes nothing");
      await publishRoot(ports);
      assert.deepEqual(documentsOf(ports), documents, "an index run says the same");

      wait(ports, GRACE_MINUTES);
      await prune(ports, options);
      wait(ports, GRACE_MINUTES);
      await prune(ports, { ...options, orphans: true });
      const left = JSON.parse(
        ports.tree.files().get("/root/.simplestreams/withdrawn.json") ?? '{"withdrawn":[]}',
      );
      assert.deepEqual(left.withdrawn, [], "all that left is gone in the end");
    }),
    { numRuns: 400 },
  );
});
