import { BadFilesError, FormatError } from "./errors.ts";
import type { Finding } from "./format/finding.ts";
import { levelFolders } from "./format/level.ts";
import { type ClientKind, type ProductName, productPath, type TextMap } from "./format/model.ts";
import {
  checkRequirements,
  mergeRequirements,
  parseRequirements,
  REQUIREMENTS_FILES,
  type RequirementsPair,
} from "./format/requirements.ts";
import type { RequirementsFile } from "./scan.ts";

/** The requirements of a whole tree. */
export interface TreeRequirements {
  /** Merged over the product's four levels, the deeper wins. */
  of(product: ProductName): RequirementsPair;
  readonly findings: readonly Finding[];
}

/**
 * Returns what a tree's requirements files say.
 *
 * @throws {BadFilesError} naming every file that cannot be used, so that one look mends them all
 */
export function readRequirements(files: readonly RequirementsFile[]): TreeRequirements {
  const parsed: Record<ClientKind, Map<string, TextMap>> = { incus: new Map(), lxd: new Map() };
  const findings: Finding[] = [];
  const errors: FormatError[] = [];
  for (const { folder, client, text } of files) {
    const path = `${folder}/${REQUIREMENTS_FILES[client]}`;
    try {
      const requirements = parseRequirements(text, path);
      parsed[client].set(folder, requirements);
      findings.push(...checkRequirements(requirements, path));
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      errors.push(error);
    }
  }
  if (errors.length > 0) throw new BadFilesError(errors);
  return {
    findings,
    of(product) {
      const folders = levelFolders(productPath(product));
      const levels = (client: ClientKind) =>
        folders.flatMap((folder) => parsed[client].get(folder) ?? []);
      return mergeRequirements({ incus: levels("incus"), lxd: levels("lxd") });
    },
  };
}
