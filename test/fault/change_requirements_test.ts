import assert from "node:assert/strict";
import { test } from "node:test";
import type { RequirementsChange } from "../../core/change_requirements.ts";
import { FAULTS, runWithFault } from "../support/faults.ts";
import { changeRequirements, createLevelPorts } from "../support/levels.ts";

const FOLDER = "/root/images/debian";
const OLD = '{"nesting": true}';
const CHANGES: readonly {
  readonly change: RequirementsChange;
  readonly old: string | undefined;
  readonly after: string | undefined;
}[] = [
  { change: { kind: "put", text: '{"cgroup":"v1"}' }, old: OLD, after: '{\n  "cgroup": "v1"\n}\n' },
  { change: { kind: "put", text: "{}" }, old: undefined, after: "{}\n" },
  { change: { kind: "patch", text: '{"nesting":null}' }, old: OLD, after: "{}\n" },
  { change: { kind: "delete" }, old: OLD, after: undefined },
];

for (const { change, old, after } of CHANGES) {
  for (const kind of FAULTS) {
    const what = `${change.kind} ${old === undefined ? "where there was none" : "of a file"}`;
    test(`changeLevelRequirements() leaves the file old or new when a change of a ${what} is ${kind}`, async () => {
      let at = 0;
      for (let isComplete = false; !isComplete;) {
        const ports = createLevelPorts();
        if (old !== undefined) ports.tree.put(`${FOLDER}/.requirements`, old);
        // What an earlier run left is one more thing to remove.
        ports.tree.put(`${FOLDER}/.requirements.new`, "half");
        const now = () => ports.tree.files().get(`${FOLDER}/.requirements`);
        const run = await runWithFault(
          ports,
          { kind, at: ++at },
          () => changeRequirements(ports, change),
        );
        isComplete = run.isComplete;
        assert.equal(run.error === undefined, isComplete, `change ${at}`);
        assert.ok(now() === old || now() === after, `change ${at}: neither old nor new`);
        if (isComplete) assert.equal(now(), after);

        const hidden = () => [...ports.tree.files().keys()].filter((path) => path.endsWith(".new"));
        // The first change removes what the earlier run left; a run that goes on leaves nothing new.
        if (at > 1 && (kind === "full" || kind === "denied")) {
          assert.deepEqual(hidden(), [], `change ${at}: something is left behind`);
        }
        await changeRequirements(ports, change);
        assert.equal(now(), after, `change ${at}: the next run mends it`);
        assert.deepEqual(hidden(), [], `change ${at}: the next run tidies up`);
      }
      assert.ok(at > 3, `only ${at} changes were tried`);
    });
  }
}
