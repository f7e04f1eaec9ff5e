import assert from "node:assert/strict";
import { test } from "node:test";
import { describeTrouble } from "../../../server/watch/watch_trouble.ts";

test("describeTrouble() says what to raise when folders are too many, in both runtimes' words", () => {
  const node = Object.assign(
    new Error("ENOSPC: System limit for number of file watchers reached"),
    {
      code: "ENOSPC",
    },
  );
  const deno = new Error('OS file watch limit reached. about ["/srv/images"]');
  for (const error of [node, deno]) {
    const told = describeTrouble(error, "/srv");
    assert.match(told, /^Cannot watch all folders of "\/srv": .*fs\.inotify\.max_user_watches/);
    assert.match(told, /full pass/);
  }
  assert.equal(describeTrouble(node, "/srv"), describeTrouble(deno, "/srv"));
});

test("describeTrouble() says what to raise when watches are too many", () => {
  const error = new Error("EMFILE: too many open files, watch '/srv'");
  assert.match(describeTrouble(error, "/srv"), /fs\.inotify\.max_user_instances/);
});

test("describeTrouble() tells any other error as it is, on one line", () => {
  const told = describeTrouble(new Error("EACCES: permission denied, watch '/srv/a\nb'"), "/srv");
  assert.match(told, /permission denied, watch '\/srv\/a\\x0ab'; .*full pass/);
});
