/** Where the server listens. */
export interface ListenAddress {
  /** A name or an address without brackets; "" for every address of the host. */
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
}

/**
 * Reads `HOST:PORT`, `[IPv6]:PORT` or `:PORT`.
 *
 * @throws {RangeError}
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseListen } from "./listen_address.ts";
 * assert.deepEqual(parseListen("[::1]:8443"), { host: "::1", port: 8443 });
 * ```
 */
export function parseListen(text: string): ListenAddress {
  const found = /^(?:\[([0-9a-fA-F:.]+(?:%[\w.]+)?)\]|([^:[\]\s]*)):([0-9]{1,5})$/.exec(text);
  const port = Number(found?.[3]);
  if (found === null || port > 65_535) {
    throw new RangeError("Expected HOST:PORT, [IPv6]:PORT or :PORT, as 127.0.0.1:8080.");
  }
  return { host: found[1] ?? found[2] ?? "", port };
}

/** Returns the address as it stands in a URL. */
export function formatListen({ host, port }: ListenAddress): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}
