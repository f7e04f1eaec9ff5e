import { isIPv4 } from "node:net";
import { hostname, networkInterfaces } from "node:os";

/**
 * Returns the names that this machine may be called by: its host name, localhost, the loopback
 * addresses and those of its network interfaces; each once.
 */
export function hostNames(): readonly string[] {
  const name = hostname().toLowerCase();
  const addresses = Object.values(networkInterfaces())
    .flatMap((interfaces) => interfaces ?? [])
    .map(({ address }) => address.replace(/%.*$/, ""))
    // A link-local address means something together with an interface only, which no certificate has.
    .filter((address) => isIPv4(address) || !/^fe[89ab]/i.test(address));
  // What is longer or has other characters is no name that a certificate can hold.
  const usable = /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(name) && name.length <= 253 ? [name] : [];
  return [...new Set([...usable, "localhost", "127.0.0.1", "::1", ...addresses])];
}
