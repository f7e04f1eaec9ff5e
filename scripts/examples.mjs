// `npm run examples`: runs all that is in examples/ against the real service, with the real programs.
// Arguments: names of rounds, to run only those. Everything is in a temporary directory that goes away.
import { existsSync } from "node:fs";
import { tryAnsible } from "./examples/ansible.mjs";
import { tryCurl } from "./examples/curl.mjs";
import { openStage } from "./examples/stage.mjs";
import { tryCaddy } from "./examples/caddy.mjs";
import { tryNginx } from "./examples/nginx.mjs";
import { findProgram } from "./examples/processes.mjs";
import { trySystemd } from "./examples/systemd.mjs";
import { tryTerraform } from "./examples/terraform.mjs";

const ROUNDS = {
  curl: { needs: ["curl", "jq"], run: tryCurl },
  ansible: { needs: ["ansible-playbook"], run: tryAnsible },
  terraform: { needs: ["curl"], where: "terraform", run: tryTerraform },
  nginx: { needs: ["nginx", "openssl"], run: tryNginx },
  caddy: { needs: ["caddy", "openssl"], run: tryCaddy },
  systemd: { needs: [], where: "systemd-analyze", run: trySystemd },
};

process.exitCode = await main(process.argv.slice(2));

async function main(names) {
  const obstacle = findObstacle(names);
  if (obstacle !== undefined) {
    console.error(`Cannot run the examples: ${obstacle}`);
    return 1;
  }
  const stage = openStage();
  for (const [signal, status] of [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129]]) {
    process.once(signal, () => void stage.close().then(() => process.exit(status)));
  }
  try {
    await stage.prepare();
    for (const [name, { where, run }] of chosenRounds(names)) {
      if (where !== undefined && findProgram(where) === undefined) {
        console.log(`\n=== ${name}: left out, there is no ${where} here`);
        continue;
      }
      console.log(`\n=== ${name}`);
      await run(stage);
    }
    console.log("\nAll examples do what they say.");
    return 0;
  } catch (error) {
    console.error(`\nNot as expected: ${error.stack}`);
    stage.showServerLog();
    return 1;
  } finally {
    await stage.close();
  }
}

function chosenRounds(names) {
  return Object.entries(ROUNDS).filter(([name]) => names.length === 0 || names.includes(name));
}

function findObstacle(names) {
  const unknown = names.filter((name) => !(name in ROUNDS));
  if (unknown.length > 0) {
    return `no round is called ${unknown.join(", ")}, expected ${Object.keys(ROUNDS).join(", ")}`;
  }
  const needs = ["tar", "xz", ...chosenRounds(names).flatMap(([, round]) => round.needs)];
  const missing = [...new Set(needs)].filter((program) => findProgram(program) === undefined);
  if (missing.length > 0) {
    return `missing ${missing.join(", ")}; on Debian install them with
    sudo sh scripts/install_clients.sh`;
  }
  const files = ["dist/simplestreams.mjs", "dist/simplestreams-server.mjs"];
  const unbuilt = files.find((file) => !existsSync(file));
  return unbuilt && `${unbuilt} is not there; run npm run build`;
}
