import assert from "node:assert/strict";
import { test } from "node:test";
import { keepDeltas } from "../../../core/format/keep_deltas.ts";
import type { Item, Version } from "../../../core/format/model.ts";

const [METADATA, ROOT] = ["0".repeat(64), "1".repeat(64)];

function version(name: string, bases: readonly string[] = [], field = "squashfs"): Version {
  const combined = new Map([[`combined_${field}_sha256`, METADATA]]);
  const item = (key: string, more: Partial<Item> = {}): Item => ({
    key,
    ftype: key,
    path: `${name}/${key}`,
    sizeBytes: 1,
    sha256: ROOT,
    combined: new Map(),
    ...more,
  });
  const deltas = bases.map((deltaBase) => item(`root.${deltaBase}.vcdiff`, { deltaBase }));
  return { name, items: [item("incus.tar.xz", { combined }), item("root.squashfs"), ...deltas] };
}

function kept(...versions: readonly Version[]) {
  const { versions: after, findings } = keepDeltas(versions);
  return {
    deltas: after.flatMap(({ items }) => items.flatMap(({ deltaBase }) => deltaBase ?? [])),
    findings: findings.map(({ code, path }) => `${code} ${path}`),
  };
}

test("keepDeltas() keeps one from a version that is listed", () => {
  assert.deepEqual(kept(version("1"), version("2", ["1"])), { deltas: ["1"], findings: [] });
});

test("keepDeltas() drops one from a version that is not listed", () => {
  assert.deepEqual(kept(version("2", ["1"])), {
    deltas: [],
    findings: ["DELTA_BASE 2/root.1.vcdiff"],
  });
});

test("keepDeltas() drops one whose base or target has no squashfs fingerprint", () => {
  for (const [base, target] of [["rootxz", "squashfs"], ["squashfs", "rootxz"]]) {
    const { findings } = kept(version("1", [], base), version("2", ["1"], target));
    assert.deepEqual(findings, ["DELTA_BASE 2/root.1.vcdiff"]);
  }
});

test("keepDeltas() drops one from a newer version, or from its own", () => {
  const { deltas } = kept(version("1", ["2"]), version("2", ["2"]));
  assert.deepEqual(deltas, []);
});

test("keepDeltas() keeps of several the one from the newest that is listed", () => {
  assert.deepEqual(kept(version("1"), version("2"), version("4", ["1", "2", "3"])), {
    deltas: ["2"],
    findings: ["DELTA_TWICE 4/root.1.vcdiff", "DELTA_BASE 4/root.3.vcdiff"],
  });
});
