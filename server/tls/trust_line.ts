import { hostname } from "node:os";
import { resolve } from "node:path";

/**
 * Returns the shell line that makes a client on Debian or Ubuntu trust the CA of a directory that
 * `ensureSelfSigned` made; root runs it, where `ca.crt` can be read or was copied to.
 */
export function trustLine(directory: string): string {
  const from = `'${resolve(directory, "ca.crt").replaceAll("'", `'\\''`)}'`;
  // A name for each server: a client of two must not have the CA of one in place of the other's.
  const name = `simplestreams-${hostname().toLowerCase().replace(/[^a-z0-9.-]+/g, "-")}.crt`;
  return `install -m 0644 ${from} /usr/local/share/ca-certificates/${name} && ` +
    "update-ca-certificates";
}
