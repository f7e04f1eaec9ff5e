import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { planHashGroups } from "../../../core/format/plan_hash_groups.ts";

function claim(metadata: string, root: string) {
  return { metadata, root, field: "combined_squashfs_sha256", fingerprint: "", place: "" };
}

describe("planHashGroups()", () => {
  it("puts two versions that share a metadata file into one group", () => {
    const claims = [claim("m", "r1"), claim("m", "r2")];
    assert.deepEqual(planHashGroups(["m", "r1", "r2", "alone"], claims), [
      { metadata: ["m"], roots: ["r1", "r2"], claims },
      { metadata: [], roots: ["alone"], claims: [] },
    ]);
  });

  it("has every file once and every claim in the group of its files", () => {
    const pairs = fc.array(fc.tuple(fc.nat({ max: 9 }), fc.nat({ max: 9 })), { maxLength: 20 });
    fc.assert(fc.property(pairs, (pairs) => {
      const claims = pairs.map(([m, r]) => claim(`m${m}`, `r${r}`));
      const paths = new Set([...claims.flatMap(({ metadata, root }) => [metadata, root]), "x"]);
      const groups = planHashGroups([...paths], claims);
      const read = groups.flatMap(({ metadata, roots }) => [...metadata, ...roots]);
      assert.deepEqual([...read].sort(), [...paths].sort());
      for (const { metadata, roots, claims } of groups) {
        assert.ok(
          claims.every((one) => metadata.includes(one.metadata) && roots.includes(one.root)),
        );
      }
      assert.equal(groups.flatMap(({ claims }) => claims).length, claims.length);
    }));
  });
});
