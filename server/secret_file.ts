import { statSync } from "node:fs";
import { printable } from "../core/format/text.ts";

/** Returns why a secret in a file is none, as everybody may read it; undefined when all is well. */
export function whyNotSecret(path: string): string | undefined {
  if ((modeOf(path) & 0o006) === 0) return undefined;
  return `Everybody on this machine may read or write "${
    printable(path)
  }", expected its owner and ` +
    'group alone; "chmod o= FILE" mends that';
}

function modeOf(path: string): number {
  try {
    return statSync(path).mode;
  } catch {
    // Whoever reads the file says that it cannot be.
    return 0;
  }
}
