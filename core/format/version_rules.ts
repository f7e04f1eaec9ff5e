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
  for (const [, file] of files.roots) {
    const reason = whyPathUnusable(file.name);
    if (reason === undefined) continue;
    return leftOut(warning("NAME_UNUSABLE", `${folder}/${file.name}`, reason));
  }
  const findings = files.passedOver.map(([loser, winner]) =>
    warning("SPELLED_TWICE", `${folder}/${loser}`, `is passed over, as ${winner} is there too`)
  );
  for (const name of files.ambiguous) {
    findings.push(warning(
      "ROOT_AMBIGUOUS",
      `${folder}/${name}`,
      "is passed over, as it is not the only one of its kind; expected one, or one that is called " +
        "root.squashfs or disk.qcow2",
    ));
  }
  const [hasMetadata, hasRoot] = [files.metadata.length > 0, files.roots.length > 0];
  const hasUnified = files.unified.length > 0;
  // Beside a unified image neither part is missed; one part without the other is.
  if (!hasMetadata && (hasRoot || !hasUnified)) {
    findings.push(leftOutFor("METADATA", folder, { hasUnified }));
  }
  if (!hasRoot && (hasMetadata || !hasUnified)) {
    findings.push(leftOutFor("ROOT", folder, { hasUnified }));
  }
  if (!hasUnified && !(hasMetadata && hasRoot)) return { sound: false, findings };
  for (const [, file] of [...files.metadata, ...files.roots, ...files.unified]) {
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

const EXPECTED = {
  METADATA: "incus.tar.xz or lxd.tar.xz",
  ROOT: "root.tar.xz, root.squashfs or disk.qcow2",
};

function leftOutFor(
  part: "METADATA" | "ROOT",
  folder: string,
  { hasUnified }: { readonly hasUnified: boolean },
): Finding {
  const left = hasUnified ? "its split image" : "this version";
  return warning(
    `VERSION_WITHOUT_${part}`,
    folder,
    `${left} is left out: there is no ${part.toLowerCase()} file, expected ${EXPECTED[part]}; ` +
      "clients see no image without one",
  );
}
