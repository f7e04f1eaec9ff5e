import assert from "node:assert/strict";
import { test } from "node:test";
import { FormatError } from "../../../core/errors.ts";
import { parseTokenFile, whoseToken } from "../../../server/access/token_file.ts";

const A = "aaaaaaaaaaaaaaaa";
const B = "bbbbbbbb:bbbbbbbb";

function refusal(text: string): { readonly line: number | undefined; readonly message: string } {
  try {
    parseTokenFile(text, "tokens");
  } catch (error) {
    assert.ok(error instanceof FormatError);
    assert.equal(error.where.path, "tokens");
    return { line: error.where.line, message: error.message };
  }
  assert.fail("expected an error");
}

test("parseTokenFile() takes a token a line, with a name or without", () => {
  const tokens = parseTokenFile(`\ufeff# who\r\n\r\n${A}\r\n  ci:${B}  \n${A}x`, "tokens");
  assert.deepEqual(tokens.map(({ name }) => name), ["token-1", "ci", "token-3"]);
});

test("parseTokenFile() keeps digests alone", () => {
  const [token] = parseTokenFile(A, "tokens");
  assert.deepEqual(Object.keys(token ?? {}), ["name", "sha256"]);
  // printf aaaaaaaaaaaaaaaa | sha256sum
  assert.equal(
    Buffer.from(token?.sha256 ?? []).toString("hex"),
    "0c0beacef8877bbf2416eb00f2b5dc96354e26dd1df5517320459b1236860f8c",
  );
});

test("parseTokenFile() refuses a line that is no token and names it", () => {
  const cases: readonly (readonly [text: string, line: number, message: RegExp])[] = [
    ["", 1, /no token/],
    ["# nothing\n\n", 1, /no token.*openssl rand -hex 32/],
    [`${A}\nci:short`, 2, /too short.*16 characters.*openssl rand -hex 32/],
    ["fifteencharacte", 1, /too short/],
    [`ci:`, 1, /too short/],
    [`${A} ${A}`, 1, /spaces/],
    [`ci: ${A}`, 1, /spaces/],
    [`the ci:${A}`, 1, /name/],
    [`:${A}`, 1, /name/],
    [`${A}é`, 1, /ASCII/],
    [`${A}\n#\n${A}`, 3, /token of line 1 again/],
    [`a:${A}\nb:${A}`, 2, /token of line 1 again/],
    [`a:${A}\na:${B}`, 2, /name of line 1 again/],
    [`token-2:${A}\n${B.replace(":", "")}`, 2, /name of line 1 again/],
  ];
  for (const [text, line, message] of cases) {
    const found = refusal(text);
    assert.equal(found.line, line, text);
    assert.match(found.message, message);
  }
});

test("parseTokenFile() shows nothing of a token in an error", () => {
  for (const text of ["SECRET", "SECRET:SECRET", "SECRET SECRET", "x SECRET:SECRETSECRETSECRET"]) {
    assert.doesNotMatch(refusal(text).message, /SECRET/);
    assert.doesNotMatch(refusal(`${A}\n${text}\n`).message, /SECRET|aaaa/);
  }
});

test("whoseToken() names the owner of a token and nobody else", () => {
  const tokens = parseTokenFile(`first:${A}\nci:${B}\nlast:${A}x`, "tokens");
  assert.equal(whoseToken(tokens, A), "first");
  assert.equal(whoseToken(tokens, B), "ci");
  assert.equal(whoseToken(tokens, `${A}x`), "last");
  for (const wrong of ["", "first", `first:${A}`, A.slice(1), `${A} `, A.toUpperCase()]) {
    assert.equal(whoseToken(tokens, wrong), undefined, wrong);
  }
});
