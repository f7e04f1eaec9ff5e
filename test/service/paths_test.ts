import assert from "node:assert/strict";
import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { startServer } from "../support/server_process.ts";
import { makeTempDirectory } from "../support/temp_directory.ts";
import { createDice, type Dice } from "../support/trees.ts";
import { publishedTree, SMALL } from "./support/big_tree.ts";
import { exchange } from "./support/raw_socket.ts";

const SECRET = "not for anybody";
const PATHS = 300;
const PARTS = [
  ...["..", "%2e%2e", "%2E.", ".%2e", "%252e%252e", "..%2f..", "..%5c..", "..\\..", "%c0%ae%c0%ae"],
  ...["images", "streams", "streams%2f..", "debian", "link", "v1", ".", "%00", "", "secret"],
  ...["secret%00.json", ".requirements", ".simplestreams", "root", "%2froot", "etc", "passwd"],
] as const;

describe("Paths over a raw socket", { timeout: 60_000 }, () => {
  it("never lead out of the root", async (test) => {
    const directory = makeTempDirectory(test);
    writeFileSync(join(directory, "secret"), SECRET);
    const root = await publishedTree(test);
    writeFileSync(join(root, "secret"), SECRET);
    writeFileSync(join(root, "images/.secret"), SECRET);
    symlinkSync(directory, join(root, "images/link"));
    symlinkSync(join(directory, "secret"), join(root, "streams/secret"));
    const { port } = await startServer(test, [root]);
    const dice = createDice(1);
    const targets = [
      ...[
        "/images/link/secret",
        "/streams/secret",
        "/secret",
        "/images/.secret",
        "/images/../secret",
      ],
      `//images/${SMALL}/../../../../../../secret`,
      `http://localhost${"/images/.."}/secret`,
      ...Array.from({ length: PATHS }, () => makePath(dice)),
    ];
    const seen = new Map<string, number>();
    for (const target of targets) {
      const answer = await exchange(
        test,
        port,
        `GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
      );
      const [, status = "none"] = /^HTTP\/1\.1 ([0-9]{3}) /.exec(answer) ?? [];
      seen.set(status, (seen.get(status) ?? 0) + 1);
      assert.ok(!answer.includes(SECRET), target);
      assert.ok(!answer.includes("root:x:0"), target);
      assert.match(status, /^4[0-9]{2}$/, `${target}: ${answer}`);
    }
    test.diagnostic([...seen].map(([status, count]) => `${status}: ${count}`).join(", "));
    const good = await exchange(
      test,
      port,
      `GET /${SMALL} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
    );
    assert.match(good, /^HTTP\/1\.1 200 [^]*both: squashfs\n$/);
  });
});

function makePath(dice: Dice): string {
  const start = dice.pick(["/images", "/streams", "/images/debian/12", "", "//", "/api/v1/../.."]);
  const length = 1 + dice.below(6);
  return [start, ...Array.from({ length }, () => dice.pick(PARTS))].join("/") || "/";
}
