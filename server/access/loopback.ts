import { isIPv4, isIPv6 } from "node:net";
import { mappedIpv4, shortestIpv6 } from "./address_group.ts";

/**
 * Returns whether an address, or the name "localhost", reaches this machine alone: 127.0.0.0/8 and
 * ::1 in any spelling, IPv4 within IPv6 included.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { isLoopback } from "./loopback.ts";
 * assert.equal(isLoopback("::ffff:127.0.0.1"), true);
 * assert.equal(isLoopback("127.example.org"), false);
 * ```
 */
export function isLoopback(address: string): boolean {
  if (address.toLowerCase() === "localhost") return true;
  // Not by its beginning alone: 127.example.org is a name that anybody can own.
  if (isIPv4(address)) return address.startsWith("127.");
  if (!isIPv6(address) || address.includes("%")) return false;
  const inner = mappedIpv4(address);
  return inner === undefined ? shortestIpv6(address) === "::1" : isLoopback(inner);
}
