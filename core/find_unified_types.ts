import { FormatError, isStorageError } from "./errors.ts";
import { NO_DIGESTS, type VersionDigests } from "./format/digests.ts";
import { type Finding, warning } from "./format/finding.ts";
import type { ImageType } from "./format/image_files.ts";
import type { ArchiveInspector } from "./archive_ports.ts";
import type { ScannedFile } from "./scan.ts";

/** What unified images become, and which of them are images at all. */
export interface UnifiedTypes extends VersionDigests {
  /** Those with a type. */
  readonly usable: readonly ScannedFile[];
  readonly findings: readonly Finding[];
}

/** Returns what each unified image of a version becomes, from the names in it. */
export async function findUnifiedTypes(
  ports: { readonly archives: ArchiveInspector },
  root: string,
  version: { readonly folder: string; readonly files: readonly ScannedFile[] },
): Promise<UnifiedTypes> {
  const types = new Map<string, ImageType>();
  const usable: ScannedFile[] = [];
  const findings: Finding[] = [];
  for (const file of version.files) {
    const path = `${version.folder}/${file.name}`;
    const type = await typeOf(ports.archives, `${root}/${path}`);
    if (type === "container" || type === "virtual-machine") {
      types.set(file.name, type);
      usable.push(file);
    } else {
      const message = `its image is left out: ${type.problem}; expected a unified image, with ` +
        "metadata.yaml and rootfs/ or rootfs.img in it";
      findings.push(warning("UNIFIED_UNUSABLE", path, message));
    }
  }
  return { ...NO_DIGESTS, types, usable, findings };
}

async function typeOf(
  archives: ArchiveInspector,
  path: string,
): Promise<ImageType | { readonly problem: string }> {
  try {
    const { root, hasMetadata, isWhole } = await archives.inspect(path);
    if (isWhole && !hasMetadata) return { problem: "there is no metadata.yaml in it" };
    if (root === undefined) return { problem: "there is neither rootfs/ nor rootfs.img in it" };
    return root === "disk" ? "virtual-machine" : "container";
  } catch (error) {
    if (error instanceof FormatError || isStorageError(error)) return { problem: error.message };
    throw error;
  }
}
