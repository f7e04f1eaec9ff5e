import type { MetadataPacker } from "../archive_ports.ts";
import { storeXz } from "./stored_xz.ts";

/** Returns a packer whose archives are not packed tight: a metadata.yaml has a few hundred bytes. */
export function createMetadataPacker(): MetadataPacker {
  return {
    async pack(text, time) {
      const { packTar } = await import("modern-tar");
      const body = new TextEncoder().encode(text);
      const header = {
        name: "metadata.yaml",
        size: body.length,
        mode: 0o644,
        uid: 0,
        gid: 0,
        uname: "root",
        gname: "root",
        mtime: time,
      };
      return storeXz(await packTar([{ header, body }]));
    },
  };
}
