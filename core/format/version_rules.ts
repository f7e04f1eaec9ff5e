import { type Finding, warning } from "./finding.ts";
import type { SelectedFiles } from "./image_files.ts";
import { whyPathUnusable } from "./text.ts";
import { readVersionName, VERSION_NAME_FORMS } from "./version_name.ts";

/** Whether a version can be published, and what is odd about it either way. */
export interface VersionVerdict {
  readonly sound: boolean;
  readonly findings: readonly Finding[];
}

/** Returns whether clients could use a version of this name with these files. */
export function checkVersion(
  name: string,
  folder: string,
  files: SelectedFiles<{ readonly name: string; readonly sizeBytes: number }>,
): VersionVerdict {
  const unusable = whyPathUnusable(name);
  if (unusable !== undefined) return leftOut(warning("NAME_UNUSABLE", folder, unusable));
  if (readVersionName(name) === undefined) {
    return leftOut(warning(
      "VERSION_NAME",
      folder,
      `a version is called ${VERSION_NAME_FORMS}, with a real date and time, else clients skip it or take it for newer than it is`,
    ));
  }
  const findings = files.passedOver.map(([loser, winner]) =>
    warning("SPELLED_TWICE", `${folder}/${loser}`, `is passed over, as ${winner} is there too`)
  );
  if (files.metadata.length === 0) {
    findings.push(leftOutFor("METADATA", folder, "incus.tar.xz or lxd.tar.xz"));
  }
  if (files.roots.length === 0) {
    findings.push(leftOutFor("ROOT", folder, "root.tar.xz, root.squashfs or disk.qcow2"));
  }
  if (files.metadata.length === 0 || files.roots.length === 0) return { sound: false, findings };
  for (const [, file] of [...files.metadata, ...files.roots]) {
    if (file.sizeBytes > 0) continue;
    findings.push(warning(
      "FILE_EMPTY",
      `${folder}/${file.name}`,
      "is empty: clients download the image and then cannot unpack it",
    ));
  }
  return { sound: true, findings };
}

function leftOut(finding: Finding): VersionVerdict {
  const message = `this version is left out: ${finding.message}`;
  return { sound: false, findings: [{ ...finding, message }] };
}

function leftOutFor(part: "METADATA" | "ROOT", folder: string, expected: string): Finding {
  return warning(
    `VERSION_WITHOUT_${part}`,
    folder,
    `this version is left out: there is no ${part.toLowerCase()} file, expected ${expected}; ` +
      "clients see no image without one",
  );
}
