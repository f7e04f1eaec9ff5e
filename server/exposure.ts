import { SimplestreamsError } from "../core/errors.ts";
import { isLoopback } from "./access/loopback.ts";
import { formatListen } from "./listen_address.ts";
import type { ServerOptions } from "./options.ts";

/**
 * Refuses to start where anybody on the network could change the tree or read a password, or where
 * what was asked to be protected would not be.
 *
 * @throws {SimplestreamsError} `USAGE`
 */
export function refuseExposure(options: ServerOptions): void {
  const { listen, insecure, tokenFile, readAuth, protectReads } = options;
  if (protectReads && tokenFile === undefined) {
    throw new SimplestreamsError(
      "USAGE",
      "Cannot protect reads: there are no tokens that would open them, expected --token-file",
    );
  }
  if (insecure || isLoopback(listen.host)) return;
  const place = formatListen(listen);
  if (tokenFile === undefined) {
    throw new SimplestreamsError(
      "USAGE",
      `Cannot listen on ${place}: without --token-file anybody who reaches it could index and ` +
        "change requirements, expected a token file, a loopback address, or --insecure",
    );
  }
  const hasTls = options.tlsCert !== undefined || options.tlsSelfSigned !== undefined;
  if (hasTls) return;
  const secret = readAuth === undefined ? "tokens" : "tokens and passwords";
  throw new SimplestreamsError(
    "USAGE",
    `Cannot listen on ${place}: ${secret} would cross the network in the clear, expected ` +
      "--tls-cert and --tls-key, --tls-self-signed, a loopback address, or --insecure",
  );
}

/** Returns what an operator should know about who can read and write what. */
export function describeExposure(options: ServerOptions): readonly string[] {
  const { listen, insecure, tokenFile, readAuth, protectReads } = options;
  const warnings: string[] = [];
  if (insecure && tokenFile === undefined && !isLoopback(listen.host)) {
    warnings.push("--insecure without --token-file: anybody who reaches this server can index");
  }
  if (readAuth !== undefined && !protectReads) {
    warnings.push(
      "the tree takes a password, but the API tells anybody what is in it; see --protect-reads",
    );
  }
  return warnings;
}
