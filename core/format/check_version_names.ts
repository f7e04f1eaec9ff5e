import { type Finding, warning } from "./finding.ts";
import type { ListedVersion } from "./listed_items.ts";
import { compareBuildTime, readVersionName } from "./version_name.ts";

/**
 * Returns which versions clients skip or take for newer than they are.
 *
 * @param versions sorted by name
 * @param at the document's path, and what messages start with
 */
export function checkVersionNames(
  versions: readonly ListedVersion[],
  { document, place }: { readonly document: string; readonly place: string },
): readonly Finding[] {
  const findings: Finding[] = [];
  let previous: ListedVersion | undefined;
  for (const version of versions) {
    const at = `${place}version "${version.name}": `;
    // incus shared/simplestreams/products.go: name[0:8] must be YYYYMMDD, whatever follows
    if (readVersionName(version.name.slice(0, 8)) === undefined) {
      const message = `${at}the name does not start with a real date, expected YYYYMMDD: clients ` +
        "skip the version";
      findings.push(warning("VERSION_NAME", document, message));
      continue;
    }
    const [before, after] = [
      previous && readVersionName(previous.name),
      readVersionName(version.name),
    ];
    if (previous !== undefined && before && after && compareBuildTime(before, after) > 0) {
      const message = `${at}clients compare names as text and take this for newer than ` +
        `${previous.name}; expected one form of version names in a product`;
      findings.push(warning("VERSION_ORDER", document, message));
    }
    previous = version;
  }
  return findings;
}
