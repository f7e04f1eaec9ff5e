import { type Finding, warning } from "./finding.ts";
import { flatJsonError, type FlatValue, parseFlatJson } from "./flat_json.ts";
import { sortedByKey } from "./json_text.ts";
import type { ClientKind, TextMap } from "./model.ts";
import { nearest, printable } from "./text.ts";
import { requireUtf8 } from "./utf8.ts";

/** Names of the settings files, by the clients that they are for. */
export const REQUIREMENTS_FILES: Readonly<Record<ClientKind, string>> = {
  incus: ".requirements",
  lxd: ".lxd_requirements",
};

/** Both kinds of requirements of a product, as each family of clients gets them. */
export interface RequirementsPair {
  readonly requirements: TextMap;
  readonly lxdRequirements: TextMap;
}

// incus internal/server/instance, lxd/instance: the keys that are looked at, and their values.
const TRUTH_VALUES = ["true", "1", "yes", "on", "false", "0", "no", "off"];
const KNOWN_KEYS: ReadonlyMap<string, readonly string[] | undefined> = new Map([
  ["secureboot", TRUTH_VALUES],
  ["cgroup", undefined],
  ["nesting", TRUTH_VALUES],
  ["privileged", TRUTH_VALUES],
  ["cdrom_agent", TRUTH_VALUES],
  ["cdrom_cloud_init", TRUTH_VALUES],
]);

/**
 * Returns what a requirements file says; `true`, `false` and whole numbers become text.
 *
 * @throws {FormatError} with line and column, for bad JSON and for any other value: a client rejects
 * the whole document, so the whole remote, for one value that is not a string
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseRequirements } from "./requirements.ts";
 * const requirements = parseRequirements('{"secureboot": false}', ".requirements");
 * assert.deepEqual([...requirements], [["secureboot", "false"]]);
 * ```
 */
export function parseRequirements(text: string, path: string): TextMap {
  const requirements = new Map<string, string>();
  for (const [key, value] of parseFlatJson(requireUtf8(text, path), path)) {
    requirements.set(key, requirementOf(value, { path, text }));
  }
  return requirements;
}

/**
 * Returns a value of a requirements file or patch as the text that is published.
 *
 * @throws {FormatError} for a number that is not whole
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { requirementOf } from "./requirements.ts";
 * const [path, text] = ["request body", '{"nesting":true}'];
 * const value = { kind: "boolean", text: "true", offset: 11 } as const;
 * assert.equal(requirementOf(value, { path, text }), "true");
 * ```
 */
export function requirementOf(
  value: FlatValue,
  file: { readonly path: string; readonly text: string },
): string {
  if (value.kind === "number" && !/^-?[0-9]+$/.test(value.text)) {
    throw flatJsonError(
      { ...file, offset: value.offset },
      `found ${value.text}, expected a whole number or a string`,
    );
  }
  return value.text;
}

/**
 * Returns a requirements file's content: a key a line, sorted, and a final newline.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { requirementsText } from "./requirements.ts";
 * assert.equal(requirementsText(new Map([["nesting", "true"]])), '{\n  "nesting": "true"\n}\n');
 * assert.equal(requirementsText(new Map()), "{}\n");
 * ```
 */
export function requirementsText(requirements: TextMap): string {
  const lines = sortedByKey(requirements).map(([key, value]) =>
    `  ${JSON.stringify(key)}: ${JSON.stringify(value)}`
  );
  return lines.length === 0 ? "{}\n" : `{\n${lines.join(",\n")}\n}\n`;
}

/** Returns what no client will act on: unknown keys, and values that are neither true nor false. */
export function checkRequirements(requirements: TextMap, path: string): readonly Finding[] {
  const findings: Finding[] = [];
  for (const [key, value] of requirements) {
    if (!KNOWN_KEYS.has(key)) {
      const meant = nearest(key.replaceAll("-", "_"), [...KNOWN_KEYS.keys()]);
      const hint = meant === undefined ? "" : `; did you mean "${meant}"?`;
      findings.push(warning(
        "REQUIREMENT_UNKNOWN",
        path,
        `no client knows the requirement "${printable(key)}", so it does nothing${hint}`,
      ));
    }
    const values = KNOWN_KEYS.get(key);
    if (values !== undefined && !values.includes(value.toLowerCase())) {
      findings.push(warning(
        "REQUIREMENT_VALUE",
        path,
        `"${key}" is "${printable(value)}", which clients take for neither true nor false; ` +
          `expected one of ${values.join(", ")}`,
      ));
    }
  }
  return findings;
}

/**
 * Returns the requirements of a product from those of its levels, the outermost first; the deeper wins.
 * With files of one kind alone both families of clients get those; with both, each gets its own.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { mergeRequirements } from "./requirements.ts";
 * const merged = mergeRequirements({ incus: [new Map([["nesting", "true"]])], lxd: [] });
 * assert.equal(merged.lxdRequirements.get("nesting"), "true");
 * ```
 */
export function mergeRequirements(
  levels: Readonly<Record<ClientKind, readonly TextMap[]>>,
): RequirementsPair {
  // client-contract: LXD 5.0 reads lxd_requirements alone, Incus reads requirements alone
  const incus = mergeLevels(levels.incus.length > 0 ? levels.incus : levels.lxd);
  const lxd = mergeLevels(levels.lxd.length > 0 ? levels.lxd : levels.incus);
  return { requirements: incus, lxdRequirements: lxd };
}

function mergeLevels(levels: readonly TextMap[]): TextMap {
  return new Map(levels.flatMap((level) => [...level]));
}
