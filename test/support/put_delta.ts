import type { MemoryPorts } from "./memory_ports.ts";

/** Puts the delta between two versions' root.squashfs into the newer one's folder. */
export function putDelta(
  ports: MemoryPorts,
  delta: {
    readonly product: string;
    readonly base: string;
    readonly target: string;
    readonly name?: string;
    readonly mtimeMs?: number;
  },
): void {
  const { product, base, target, mtimeMs, name = `root.${base}.vcdiff` } = delta;
  const bytes = (version: string) =>
    ports.tree.readBytes(`/root/${product}/${version}/root.squashfs`);
  const text = new TextDecoder().decode(ports.coder.make(bytes(base), bytes(target)));
  ports.tree.put(`/root/${product}/${target}/${name}`, text, { mtimeMs });
}
