import type { PlacedVersion } from "../core/place_version.ts";

/** Returns the lines of a shell script that does what placing a version would do. */
export function shellLines(plan: PlacedVersion, verb: "mv" | "cp"): readonly string[] {
  const target = `${plan.root}/${plan.folder}`;
  const lines = plan.isResumed ? [] : [`mkdir ${shellQuote(target)}`];
  for (const { from, to } of plan.moves) {
    if (plan.isResumed && verb === "cp") continue;
    lines.push(`${verb} ${shellQuote(from)} ${shellQuote(`${target}/${to}`)}`);
  }
  return lines.map((line) => `${line}\n`);
}

function shellQuote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
