import assert from "node:assert/strict";
import { test } from "node:test";
import { formatHelpAfter, type HelpText } from "../../core/help_text.ts";

const TEXT: HelpText = {
  usage: "[rootdir]",
  description: "Counts images.",
  examples: [
    { command: "count", does: "all" },
    { command: "count --quiet .", does: "in silence" },
  ],
  exit: { 0: "done", 3: "with findings" },
};

test("formatHelpAfter() puts what examples do beside them", () => {
  assert.equal(
    formatHelpAfter(TEXT),
    "\nExamples:\n  count            all\n  count --quiet .  in silence\n" +
      "\nExit status: 0 done; 3 with findings",
  );
});

test("formatHelpAfter() puts what examples do below them where one is too wide", () => {
  const [first = { command: "", does: "" }] = TEXT.examples;
  for (const [length, isBeside] of [[91, true], [92, false]] as const) {
    const wide = { command: "count".padEnd(length, "x"), does: "more." };
    const after = formatHelpAfter({ ...TEXT, examples: [first, wide] });
    assert.equal(after.includes("\n  count\n      all\n"), !isBeside, String(length));
    assert.ok(after.split("\n").every((line) => line.length <= 100));
  }
});

test("formatHelpAfter() shows notes and sub-commands first, in lines of 80 columns", () => {
  const words = "a note of many words ".repeat(8).trim();
  const subcommands = new Map([["list", "lists"], ["verify", "verifies"]]);
  const after = formatHelpAfter({ ...TEXT, notes: [words], subcommands });
  const [note = "", rest = ""] = after.split("\n\nSub-commands (");
  assert.equal(note.trim().replaceAll("\n", " "), words);
  assert.ok(note.split("\n").every((line) => line.length <= 80));
  assert.match(rest, /\n {2}list {4}lists\n {2}verify {2}verifies\n\nExamples:/);
});
