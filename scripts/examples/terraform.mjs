// examples/terraform: applied, planned again, changed, and destroyed.
import assert from "node:assert/strict";
import { cpSync, existsSync, readFileSync, writeFileSync } from "node:fs";

const DEBIAN = "debian:12:amd64:default";
const UBUNTU = "ubuntu:24.04:amd64:default";

export async function tryTerraform(stage) {
  const folder = stage.at("terraform");
  cpSync("examples/terraform", folder, { recursive: true });
  writeFileSync(stage.at("terraformrc"), "");
  const call = async (levels, ...args) => {
    const { output, status } = await stage.run(["terraform", ...args], {
      cwd: folder,
      expected: args.includes("-detailed-exitcode") ? [0, 2] : [0],
      env: {
        // Nothing of this user's settings, and no question to anybody about newer versions.
        TF_CLI_CONFIG_FILE: stage.at("terraformrc"),
        CHECKPOINT_DISABLE: "1",
        TF_IN_AUTOMATION: "1",
        TF_INPUT: "0",
        TF_VAR_url: stage.url,
        TF_VAR_token_file: stage.tokenFile,
        ...(levels === undefined ? {} : { TF_VAR_levels: JSON.stringify(levels) }),
      },
    });
    const state = `${folder}/terraform.tfstate`;
    stage.assertNoToken(output, existsSync(state) ? readFileSync(state, "utf8") : "");
    return status;
  };
  const plan = (levels) => call(levels, "plan", "-detailed-exitcode", "-no-color");
  const apply = (levels) => call(levels, "apply", "-auto-approve", "-no-color");

  await call(undefined, "fmt", "-check", "-recursive");
  await call(undefined, "init", "-no-color");
  await call(undefined, "validate", "-no-color");

  assert.equal(await plan(), 2);
  await apply();
  assert.deepEqual(await published(stage), [
    { secureboot: "false" },
    { nesting: "true", secureboot: "true" },
  ]);
  assert.equal(await plan(), 0);

  const changed = { "debian/12": { secureboot: "true" }, "ubuntu/24.04": { nesting: "true" } };
  assert.equal(await plan(changed), 2);
  await apply(changed);
  assert.deepEqual(await published(stage), [{ secureboot: "true" }, { nesting: "true" }]);
  assert.equal(await plan(changed), 0);

  const fewer = { "debian/12": { secureboot: "true" } };
  await apply(fewer);
  assert.deepEqual(await published(stage), [{ secureboot: "true" }, {}]);
  assert.equal(await plan(fewer), 0);

  await call(fewer, "destroy", "-auto-approve", "-no-color");
  assert.deepEqual(await published(stage), [{}, {}]);
  assert.ok(!existsSync(`${stage.root}/images/debian/12/.requirements`));
  console.log("apply, an empty plan, a change, a level less, destroy: as they should be");
}

async function published(stage) {
  const products = await Promise.all([DEBIAN, UBUNTU].map((id) => stage.product(id)));
  return products.map(({ requirements }) => requirements);
}
