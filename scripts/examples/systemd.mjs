// examples/systemd: systemd reads the units and says how exposed they leave the services.
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";

const FOLDER = "examples/systemd";
/** Of 10; systemd calls up to 2 "OK". */
const MAX_EXPOSURE = 2;

export async function trySystemd(stage) {
  const folder = stage.at("systemd");
  mkdirSync(folder);
  const units = readdirSync(FOLDER).map((name) => `${folder}/${name}`);
  for (const unit of units) {
    // verify looks for the program, and Node may be elsewhere here.
    const text = readFileSync(unit.replace(folder, FOLDER), "utf8");
    writeFileSync(unit, text.replace("=/usr/bin/node ", `=${process.execPath} `));
  }
  const { output } = await stage.run(["systemd-analyze", "verify", ...units]);
  assert.equal(output, "");
  for (const unit of units.filter((name) => name.endsWith(".service"))) {
    const name = unit.slice(folder.length + 1);
    const security = ["systemd-analyze", "security", "--offline=true", "--no-pager", unit];
    const [, exposure] = /exposure level for \S+: ([0-9.]+)/
      .exec((await stage.run(security)).output) ?? [];
    assert.ok(Number(exposure) <= MAX_EXPOSURE, `${name}: exposure ${exposure}`);
    console.log(`${name}: sound, exposure ${exposure} of 10`);
  }
}
