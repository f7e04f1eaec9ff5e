import type { ArchiveContents, ArchiveInspector } from "../archive_ports.ts";
import { unpackArchive, UNPACKING, type UnpackOptions } from "./decompress.ts";
import { isMetadataName } from "./tar_search.ts";
import { AHEAD_BYTES, walkTar } from "./tar_walk.ts";
import { withArchive } from "./with_archive.ts";
import { isXz, readXzLayout } from "./xz_layout.ts";
import { isZstd, walkZstd } from "./zstd_stream.ts";

/** How far an archive is looked into: what comes before the root is metadata.yaml and templates. */
const LOOK_BYTES = 64 << 20;

/** What can be set on an inspector; the defaults are for everything but tests. */
export type ArchiveInspectorOptions =
  & Partial<UnpackOptions>
  & {
    /** Unpacked bytes that are looked at. */
    readonly lookBytes?: number;
  };

/**
 * Returns an inspector that reads archives in small pieces and into memory alone. What it takes from
 * packages is loaded when the first archive is looked into.
 */
export function createArchiveInspector(options: ArchiveInspectorOptions = {}): ArchiveInspector {
  const { lookBytes, ...settings } = { lookBytes: LOOK_BYTES, ...UNPACKING, ...options };
  return {
    async inspect(path): Promise<ArchiveContents> {
      let [hasMetadata, isCut] = [false, false];
      let root: ArchiveContents["root"];
      await withArchive(path, "look into archive", async (file) => {
        await walkTar(unpackArchive(file, settings), {
          visit({ header: { name, type } }) {
            if (type === "file" && isMetadataName(name)) hasMetadata = true;
            root ??= rootNamed(name, type);
            return root === undefined || !hasMetadata;
          },
          onUnpacked(unpackedBytes) {
            isCut = unpackedBytes > lookBytes + AHEAD_BYTES;
            return !isCut;
          },
        });
      });
      const isWhole = !isCut && (root === undefined || !hasMetadata);
      return { hasMetadata, isWhole, root };
    },
    async requireWhole(path): Promise<void> {
      await withArchive(path, "use archive", async (file) => {
        const head = file.bytesUpTo(0, 6).slice();
        // These two say how long their parts are; of the others the end is found by unpacking alone
        if (isXz(head)) readXzLayout(file);
        else if (isZstd(head)) walkZstd(file);
        else for await (const _ of unpackArchive(file, settings));
      });
    },
  };
}

/** incus internal/server/image.go getImageMetadata(): `rootfs/` and `rootfs.img`, with `./` or without. */
function rootNamed(name: string, type: string | undefined): ArchiveContents["root"] {
  const bare = name.replace(/^\.\//, "");
  if (bare.startsWith("rootfs/") || (bare === "rootfs" && type === "directory")) return "directory";
  // A link is no disk, whatever its name is
  return bare === "rootfs.img" && type === "file" ? "disk" : undefined;
}
