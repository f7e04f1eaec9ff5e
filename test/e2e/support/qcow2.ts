const CLUSTER_BITS = 16;
const CLUSTER_BYTES = 1 << CLUSTER_BITS;

/**
 * Returns an empty disk in the qcow2 format, version 2: header, refcount table, refcount block and
 * L1 table, one cluster each.
 */
// qemu docs/interop/qcow2.rst: the header's fields, all big-endian
export function emptyQcow2(diskSizeBytes: number): Uint8Array {
  const bytes = new Uint8Array(4 * CLUSTER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x514649fb);
  view.setUint32(4, 2);
  view.setUint32(20, CLUSTER_BITS);
  view.setBigUint64(24, BigInt(diskSizeBytes));
  view.setUint32(36, 1);
  view.setBigUint64(40, BigInt(3 * CLUSTER_BYTES));
  view.setBigUint64(48, BigInt(CLUSTER_BYTES));
  view.setUint32(56, 1);
  view.setBigUint64(CLUSTER_BYTES, BigInt(2 * CLUSTER_BYTES));
  for (let cluster = 0; cluster < 4; cluster++) {
    view.setUint16(2 * CLUSTER_BYTES + 2 * cluster, 1);
  }
  return bytes;
}
