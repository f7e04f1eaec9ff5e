/** Digests of 64 hex digits that tests tell apart by one of them. */
export function digest(digit: string): string {
  return digit.repeat(64);
}

/** An item of a document; its file lies in `folder` under the item's key. */
export function item(
  folder: string,
  ftype: string,
  fields: Readonly<Record<string, unknown>> = {},
) {
  return { ftype, path: `${folder}/${ftype}`, size: 1, sha256: digest("0"), ...fields };
}

/** A product as a document has it, each version with its items. */
export function product(
  id: string,
  versions: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
) {
  const [os, release, arch, variant] = id.split(":");
  return {
    ...{ os, release, arch, variant, aliases: `${os}/${release}`, requirements: {} },
    versions: Object.fromEntries(
      Object.entries(versions).map(([name, items]) => [name, { items }]),
    ),
  };
}

/** A version's items for a container for both clients: metadata listed twice, and a squashfs. */
export function container(folder: string, fingerprint: string) {
  const combined = { path: `${folder}/incus.tar.xz`, combined_squashfs_sha256: fingerprint };
  return {
    "incus.tar.xz": item(folder, "incus.tar.xz", combined),
    "lxd.tar.xz": item(folder, "lxd.tar.xz", combined),
    "root.squashfs": item(folder, "squashfs", { path: `${folder}/root.squashfs`, size: 2 }),
  };
}

/** A version's items for a VM that one client sees. */
export function disk(folder: string, fingerprint: string, client: "incus" | "lxd") {
  const combined = { "combined_disk-kvm-img_sha256": fingerprint };
  return {
    metadata: item(folder, `${client}.tar.xz`, combined),
    disk: item(folder, "disk-kvm.img", { path: `${folder}/disk.qcow2`, size: 9 }),
  };
}

/** The bytes of a products document that another tool wrote. */
export function foreignDocument(products: Readonly<Record<string, unknown>>): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ format: "products:1.0", products }));
}
