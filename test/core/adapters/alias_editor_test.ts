import assert from "node:assert/strict";
import { test } from "node:test";
import { createAliasEditor } from "../../../core/adapters/alias_editor.ts";
import { FormatError } from "../../../core/errors.ts";

const PATH = "images/debian/12/amd64/default/image.yaml";

function add(text: string | undefined, ...aliases: readonly string[]): Promise<string> {
  return createAliasEditor().addAliases(text, aliases, PATH);
}

const CASES: readonly (readonly [string, string | undefined, string])[] = [
  ["no file", undefined, "aliases:\n  add:\n    - bookworm\n    - stable\n"],
  ["an empty file", "", "aliases:\n  add:\n    - bookworm\n    - stable\n"],
  [
    "nothing but a comment",
    "# settings\n",
    "# settings\n\naliases:\n  add:\n    - bookworm\n    - stable\n",
  ],
  [
    "other settings, with comments and odd scalars",
    "# top\nrelease_title: '12' # quoted\nversion: 024.10\nlabel: |\n  a\n   b\n",
    "# top\nrelease_title: '12' # quoted\nversion: 024.10\nlabel: |\n  a\n   b\naliases:\n  add:\n" +
    "    - bookworm\n    - stable\n",
  ],
  [
    "a plain list",
    "aliases: # mine\n  - a # one\n  - stable\nos: x\n",
    "aliases:\n  # mine\n  - a # one\n  - stable\n  - bookworm\nos: x\n",
  ],
  ["a list in brackets", "aliases: [a, b]\n", "aliases: [a, b, bookworm, stable]\n"],
  [
    "a list `add`",
    "aliases:\n  default: false\n  add:\n    - a\n",
    "aliases:\n  default: false\n  add:\n    - a\n    - bookworm\n    - stable\n",
  ],
  [
    "aliases without `add`",
    "aliases:\n  default: false\n",
    "aliases:\n  default: false\n  add:\n    - bookworm\n    - stable\n",
  ],
  ["aliases of nothing", "aliases:\n", "aliases:\n  add:\n    - bookworm\n    - stable\n"],
  [
    "`add` of nothing",
    "aliases:\n  add:\n",
    "aliases:\n  add:\n    - bookworm\n    - stable\n",
  ],
  [
    "both aliases",
    "aliases:  [ stable,bookworm ]  # so\n",
    "aliases:  [ stable,bookworm ]  # so\n",
  ],
];

for (const [what, text, expected] of CASES) {
  test(`addAliases() adds to ${what}, and keeps the rest`, async () => {
    assert.equal(await add(text, "bookworm", "stable"), expected);
  });
}

test("addAliases() writes an alias that YAML would read as something else so that it stays text", async () => {
  const text = await add(undefined, "12", "yes", "a: b", "#x", "- y", " z", "null");
  assert.equal(
    text,
    'aliases:\n  add:\n    - 12\n    - yes\n    - "a: b"\n    - "#x"\n    - "- y"\n    - " z"\n' +
      "    - null\n",
  );
  assert.equal(await add(text, "12", "yes", "a: b", "#x", "- y", " z", "null"), text);
});

test("addAliases() changes nothing the second time", async () => {
  for (const [, text] of CASES) {
    const once = await add(text, "bookworm", "stable");
    assert.equal(await add(once, "stable", "bookworm"), once);
  }
});

const BAD: readonly (readonly [string, string, RegExp])[] = [
  ["a list at the top", "- a\n", /line 1, column 1: no mapping, expected/],
  ["text at the top", "\nhello\n", /line 2, column 1: no mapping/],
  ["aliases that are text", "os: x\naliases: a,b\n", /line 2, column 10: this is no list/],
  ["`add` that is text", "aliases: {add: a}\n", /line 1, column 16: this is no list/],
  ["an anchor's alias", "a: &a [x]\naliases: *a\n", /line 2, column 10: .* is no list/],
  ["bad syntax", "a: b: c\n", /line 1, column 4: Nested mappings/],
  ["a key twice", "a: 1\na: 2\n", /line 2, column 1: .*unique/],
  ["two documents", "a: 1\n---\nb: 2\n", /line 2, column 1: .*multiple documents/],
];

for (const [what, text, message] of BAD) {
  test(`addAliases() refuses ${what}`, async () => {
    await assert.rejects(add(text, "bookworm"), (error) => {
      assert.ok(error instanceof FormatError, `${error}`);
      assert.match(error.message, message);
      assert.equal(error.where.path, PATH);
      return true;
    });
  });
}
