import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { FormatError } from "../../../core/errors.ts";
import { type HtpasswdEntry, parseHtpasswd } from "../../../server/access/htpasswd.ts";
import { createPasswordChecker } from "../../../server/access/password_checker.ts";

// Each made by `htpasswd -niB -C 4`.
const ALICE = "alice:$2y$04$nUmrZ3/Z/fYv4tYiSGMUWu1USDhtsUyQB47YS91.U5hMa4kHs6qWa";
const BOB = "bob:$2y$04$iGfNMsGNSEzuTtV.iObAk.FKnb3GeOhmqboh9mwIK5fFj3/s5i3Ta";
const LONG = "long:$2y$04$B1OtG8RsKCXJLVw37enACu7FEXW8WhOVoLn.8t1kbPw2qyY.OTFcu";
const FILE = `# readers\r\n\r\n${ALICE}\r\n${BOB}\n${LONG}\n`;

const NO_HTPASSWD: string | false = spawnSync("htpasswd", ["-nbB", "a", "b"]).status === 0
  ? false
  : "needs htpasswd (apache2-utils)";

function isRight(
  entries: readonly HtpasswdEntry[],
  user: string,
  password: string,
): Promise<boolean> {
  return createPasswordChecker().isRight(entries, { user, password }, {
    beforeHash: () => Promise.resolve(),
  });
}

function assertRefused(text: string, line: number, message: RegExp): void {
  assert.throws(() => parseHtpasswd(text, "users"), (error) => {
    assert.ok(error instanceof FormatError);
    assert.match(error.message, message);
    assert.deepEqual(error.where, { path: "users", line });
    return true;
  });
}

test("parseHtpasswd() takes users and their bcrypt hashes", () => {
  const entries = parseHtpasswd(FILE, "users");
  assert.deepEqual(entries.map(({ user }) => user), ["alice", "bob", "long"]);
  assert.equal(`alice:${entries[0]?.hash}`, ALICE);
});

test("parseHtpasswd() refuses other kinds of hashes, each by its line and with a way out", () => {
  // Each made by `htpasswd -ni`, with -m, -s, -2, -5, -d and -p.
  const others: readonly (readonly [hash: string, kind: RegExp])[] = [
    ["$apr1$Ni.ZPa.5$.BdLEq6ROLyK61xP4OOJ90", /MD5/],
    ["{SHA}GpHWL3ymc5liWkNopqtdSjuqYHM=", /SHA-1/],
    ["$5$of3UWHprWb4LeGQ2$6GHb.1ftIFYyBA.ixpv5LV02YW92IM.HO0SRO.y3xI3", /SHA-256/],
    [
      "$6$zvfHzZq5KD09eU4J$qqHl7APOOPXH7WmRJaZLHFdjsXz3HPoALAuPHkkS55QgsSQjrW9ooXd29IOec",
      /SHA-512/,
    ],
    ["M3LA/19eXQ2f6", /crypt/],
    ["pw", /plain text/],
    ["", /plain text/],
    [ALICE.slice(6, -1), /cut short/],
  ];
  for (const [hash, kind] of others) {
    assertRefused(`${BOB}\nu:${hash}`, 2, kind);
    assertRefused(`${BOB}\nu:${hash}`, 2, /"htpasswd -B FILE USER"/);
  }
});

test("parseHtpasswd() refuses lines without a user, users that come twice, and no user", () => {
  assertRefused("alice", 1, /expected USER:HASH/);
  assertRefused(ALICE.slice("alice".length), 1, /expected USER:HASH/);
  assertRefused(`${ALICE}\n#\n${ALICE}`, 3, /user of line 1/);
  assertRefused("\n# none\n", 1, /no user/);
});

test("parseHtpasswd() refuses a cost that would take the server minutes", () => {
  assertRefused(ALICE.replace("$04$", "$18$"), 1, /cost 18, expected 4 to 17/);
  assertRefused(ALICE.replace("$04$", "$03$"), 1, /cost 03/);
});

test("isRight() knows the passwords of htpasswd, those beyond ASCII and with a colon too", async () => {
  const entries = parseHtpasswd(FILE, "users");
  assert.equal(await isRight(entries, "alice", "correct horse"), true);
  assert.equal(await isRight(entries, "bob", "Grüße: ☃"), true);
  assert.equal(await isRight(entries, "bob", "correct horse"), false);
  assert.equal(await isRight(entries, "alice", ""), false);
  assert.equal(await isRight(entries, "carol", "correct horse"), false);
  assert.equal(await isRight(entries, "Alice", "correct horse"), false);
});

test("isRight() takes 72 bytes and refuses more, which bcrypt would take for the same", async () => {
  const entries = parseHtpasswd(FILE, "users");
  assert.equal(await isRight(entries, "long", "x".repeat(72)), true);
  assert.equal(await isRight(entries, "long", "x".repeat(73)), false);
  assert.equal(await isRight(entries, "long", `${"x".repeat(72)}é`), false);
});

test(
  "isRight() agrees with the htpasswd program of this machine",
  { skip: NO_HTPASSWD },
  async () => {
    for (const cost of ["4", "6"]) {
      const made = spawnSync("htpasswd", ["-nbB", "-C", cost, "dave", "pass:wörd"]);
      const entries = parseHtpasswd(String(made.stdout), "users");
      assert.equal(await isRight(entries, "dave", "pass:wörd"), true);
      assert.equal(await isRight(entries, "dave", "pass:word"), false);
    }
  },
);
