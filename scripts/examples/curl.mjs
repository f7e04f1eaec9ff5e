// examples/curl.sh: with jq and without, with the token and without.
import assert from "node:assert/strict";
import { mkdirSync, symlinkSync } from "node:fs";
import { findProgram } from "./processes.mjs";

const ALL_IT_NEEDS = "cat grep head mktemp rm sed sha256sum sleep tr".split(" ");

export async function tryCurl(stage) {
  const env = { SIMPLESTREAMS_URL: stage.url, SIMPLESTREAMS_TOKEN_FILE: stage.tokenFile };
  // But what an index run knows of a version.
  const images = () =>
    stage.snapshot(stage.at("root/images")).map((line) => line.split(" ")[0])
      .filter((path) => !path.endsWith("/.items.json"));
  const before = images();

  const { output } = await stage.run(["sh", "examples/curl.sh"], { env });
  assert.match(output, /debian:12:amd64:default {2}20260101_00:00 {2}debian\/12/);
  assert.match(output, /PRECONDITION_FAILED/);
  assert.match(output, /206: \d+ bytes more/);
  stage.assertNoToken(output);
  assert.match(stage.curlArguments(), /\/readyz/, "The curl that listens was not called");
  assert.deepEqual(images(), before);
  console.log(output.split("\n").filter((line) => line.startsWith("==")).join("\n"));

  mkdirSync(stage.at("bare"));
  for (const name of ALL_IT_NEEDS) symlinkSync(findProgram(name), stage.at("bare", name));
  symlinkSync(stage.at("bin/curl"), stage.at("bare/curl"));
  const bare = await stage.run(["sh", "examples/curl.sh"], {
    env: {
      ...{ ...env, PATH: stage.at("bare") },
      SIMPLESTREAMS_PRODUCT: "ubuntu:24.04:amd64:default",
    },
  });
  assert.match(bare.output, /"products":\[/);
  assert.match(bare.output, /images\/ubuntu\/24\.04\/\S+ is as published/);
  stage.assertNoToken(bare.output);

  const { SIMPLESTREAMS_TOKEN_FILE: _, ...without } = env;
  const refused = await stage.run(["sh", "examples/curl.sh"], { env: without, expected: [22] });
  assert.match(refused.output, /UNAUTHORIZED/);
  assert.deepEqual(images(), before);
}
