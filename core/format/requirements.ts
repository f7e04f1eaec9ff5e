import { type Finding, warning } from "./finding.ts";
import { flatJsonError, parseFlatJson } from "./flat_json.ts";
import type { ClientKind, TextMap } from "./model.ts";
import { nearest, printable } from "./text.ts";

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
  for (const [key, value] of parseFlatJson(text, path)) {
    if (value.kind === "number" && !/^-?[0-9]+$/.test(value.text)) {
      throw flatJsonError(
        { path, text, offset: value.offset },
        `found ${value.text}, expected a whole number or a string`,
      );
    }
    requirements.set(key, value.text);
  }
  return requirements;
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
