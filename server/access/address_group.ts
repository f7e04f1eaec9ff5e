import { isIPv6 } from "node:net";

/**
 * Returns what counts as one client: an IPv4 address, or the /64 network of an IPv6 one, as
 * whoever has an address of that has them all. Anything else is returned as it is.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { addressGroup } from "./address_group.ts";
 * assert.equal(addressGroup("2001:db8::1:2:3:4"), "2001:db8:0:0::/64");
 * assert.equal(addressGroup("::ffff:192.0.2.7"), "192.0.2.7");
 * ```
 */
export function addressGroup(address: string): string {
  const plain = address.replace(/%.*$/, "");
  if (!isIPv6(plain)) return address;
  return mappedIpv4(plain) ?? `${ipv6Parts(plain).slice(0, 4).join(":")}::/64`;
}

/** Returns the IPv4 address within an IPv6 one (`::ffff:192.0.2.7`); undefined when there is none. */
export function mappedIpv4(address: string): string | undefined {
  const [, , , , , mark, high = "", low = ""] = ipv6Parts(address);
  if (mark !== "ffff" || !/^::ffff:/.test(shortestIpv6(address))) return undefined;
  const [a, b] = [parseInt(high, 16), parseInt(low, 16)];
  return [a >> 8, a & 255, b >> 8, b & 255].join(".");
}

/** The eight parts of an IPv6 address, in hexadecimal digits without zeros in front. */
function ipv6Parts(address: string): readonly string[] {
  const [left = "", right] = shortestIpv6(address).split("::");
  const head = left === "" ? [] : left.split(":");
  if (right === undefined) return head;
  const tail = right === "" ? [] : right.split(":");
  return [...head, ...Array<string>(8 - head.length - tail.length).fill("0"), ...tail];
}

/** Returns an IPv6 address in its one shortest spelling, which a URL brings it into. */
export function shortestIpv6(address: string): string {
  return new URL(`http://[${address}]`).hostname.slice(1, -1);
}
