import type { ClientKind } from "./model.ts";

/** An architecture as clients know it, and as Debian and published trees spell it. */
interface Architecture {
  /** incus shared/osarch/architectures.go: the canonical name. */
  readonly name: string;
  /** Every other spelling that clients take; the first is Debian's, if it differs. */
  readonly aliases: readonly string[];
  /** The one family of clients that knows it; both do when it is not there. */
  readonly client?: ClientKind;
}

const ARCHITECTURES: readonly Architecture[] = [
  { name: "x86_64", aliases: ["amd64"] },
  { name: "i686", aliases: ["i386", "i586", "x86"] },
  { name: "aarch64", aliases: ["arm64"] },
  { name: "armv8l", aliases: [] },
  { name: "armv7l", aliases: ["armhf"] },
  { name: "armv6l", aliases: ["armel", "arm"] },
  { name: "ppc", aliases: ["powerpc"] },
  { name: "ppc64", aliases: ["powerpc64"] },
  { name: "ppc64le", aliases: ["ppc64el"] },
  { name: "s390x", aliases: [] },
  { name: "mips", aliases: ["mipsel", "mipsle"] },
  { name: "mips64", aliases: ["mips64el", "mips64le"] },
  { name: "riscv32", aliases: [] },
  { name: "riscv64", aliases: [] },
  { name: "loongarch64", aliases: ["loong64"], client: "incus" },
];

// Debian's names where the first alias is not it: its big-endian ports keep the kernel's name, and
// the little-endian ones have one of their own, which must not become the other.
const DEBIAN_NAMES: ReadonlyMap<string, string> = new Map([
  ["powerpc64", "ppc64"],
  ["ppc64", "ppc64"],
  ["mips", "mips"],
  ["mipsel", "mipsel"],
  ["mipsle", "mipsel"],
  ["mips64", "mips64"],
  ["mips64el", "mips64el"],
  ["mips64le", "mips64el"],
]);

const BY_SPELLING: ReadonlyMap<string, Architecture> = new Map(
  ARCHITECTURES.flatMap((architecture) =>
    [architecture.name, ...architecture.aliases].map((spelling) => [spelling, architecture])
  ),
);

/**
 * Returns the name under which clients know an architecture, or undefined: they skip such a product.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { canonicalArchitecture } from "./architecture.ts";
 * assert.equal(canonicalArchitecture("amd64"), "x86_64");
 * assert.equal(canonicalArchitecture("AMD64"), undefined);
 * ```
 */
export function canonicalArchitecture(spelling: string): string | undefined {
  return BY_SPELLING.get(spelling)?.name;
}

/**
 * Returns whether a family of clients lists products of an architecture.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { isArchitectureOf } from "./architecture.ts";
 * assert.equal(isArchitectureOf("incus", "loong64"), true);
 * assert.equal(isArchitectureOf("lxd", "loong64"), false);
 * ```
 */
export function isArchitectureOf(client: ClientKind, spelling: string): boolean {
  const architecture = BY_SPELLING.get(spelling);
  return architecture !== undefined && (architecture.client ?? client) === client;
}

/**
 * Returns Debian's name of an architecture, which published trees use; an unknown one as it is.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { debianArchitecture } from "./architecture.ts";
 * assert.equal(debianArchitecture("x86_64"), "amd64");
 * assert.equal(debianArchitecture("aarch64"), "arm64");
 * ```
 */
export function debianArchitecture(spelling: string): string {
  const architecture = BY_SPELLING.get(spelling);
  if (architecture === undefined) return spelling;
  return DEBIAN_NAMES.get(spelling) ?? architecture.aliases[0] ?? architecture.name;
}

/** Returns all spellings that clients know, for an error's text. */
export function knownArchitectures(): readonly string[] {
  return [...BY_SPELLING.keys()];
}
