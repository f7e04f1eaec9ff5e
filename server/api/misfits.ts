import { z } from "@hono/zod-openapi";
import { printable } from "../../core/format/text.ts";
import { HttpProblem } from "../problem.ts";

const MAX_SHOWN = 40;
const KINDS: Readonly<Record<string, string>> = {
  array: "a list",
  boolean: "true or false",
  int: "a whole number",
  number: "a whole number",
  object: "an object",
  record: "an object",
  string: "a string",
};

/**
 * Returns what does not fit, as found and expected; undefined for what is not said in own words.
 * Schemas get it as their error map: it alone sees the value that was found.
 */
export function describeMisfit(issue: z.core.$ZodRawIssue): string | undefined {
  const found = `found ${describe(issue.input)}`;
  if (issue.code === "unrecognized_keys") return `expected ${alternatives(fieldsOf(issue.inst))}`;
  if (issue.code === "invalid_type") return `${found}, expected ${KINDS[issue.expected]}`;
  if (issue.code === "invalid_value") {
    return `${found}, expected ${alternatives(issue.values.map((value) => JSON.stringify(value)))}`;
  }
  const unit = Array.isArray(issue.input) ? " in it" : "";
  if (issue.code === "too_small") return `${found}, expected at least ${issue.minimum}${unit}`;
  if (issue.code === "too_big") return `${found}, expected at most ${issue.maximum}${unit}`;
  return undefined;
}

z.config({ customError: describeMisfit });

/** Returns the problem of a request that does not fit its schema. */
export function misfitProblem(issues: readonly z.core.$ZodIssue[]): HttpProblem {
  const unknown = issues.flatMap((issue) => issue.code === "unrecognized_keys" ? [issue] : []);
  const [first] = unknown;
  if (first !== undefined) {
    const fields = unknown.flatMap(({ keys }) => keys);
    const names = fields.map((name) => `"${printable(name)}"`).join(", ");
    const [what, state] = fields.length === 1
      ? ["field", "there is no such field"]
      : ["fields", "there are no such fields"];
    return new HttpProblem(
      "UNKNOWN_FIELD",
      `Cannot use the ${what} ${names}: ${state}, ${first.message}`,
      { members: { fields } },
    );
  }
  const errors = issues.map(({ path, message }) => ({ field: path.join("."), message }));
  const text = errors.map(({ field, message }) => field === "" ? message : `${field}: ${message}`);
  return new HttpProblem("INVALID", `Cannot use the request: ${text.join("; ")}`, {
    members: { errors },
  });
}

function describe(value: unknown): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value === "object" && value !== null) return "an object";
  // What a query says in place of a number has become this.
  if (Number.isNaN(value)) return "no number";
  if (typeof value !== "string") return String(value);
  const shown = value.length > MAX_SHOWN ? `${value.slice(0, MAX_SHOWN)}…` : value;
  return `"${printable(shown)}"`;
}

function fieldsOf(schema: z.core.$ZodType | z.core.$ZodCheck | undefined): readonly string[] {
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

function alternatives(texts: readonly string[]): string {
  const last = texts.at(-1) ?? "none";
  return texts.length < 2 ? last : `${texts.slice(0, -1).join(", ")} or ${last}`;
}
