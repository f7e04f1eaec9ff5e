import { isIP, isIPv6 } from "node:net";
import { join } from "node:path";
import { SimplestreamsError } from "../../core/errors.ts";
import { printable } from "../../core/format/text.ts";
import { shortestIpv6 } from "../access/address_group.ts";
import { ensureAuthority } from "./authority.ts";
import { issueLeaf } from "./issue.ts";
import {
  createOnce,
  makeSecretDirectory,
  PUBLIC_MODE,
  readIfThere,
  replaceFile,
  SECRET_MODE,
} from "./key_files.ts";
import { whyLeafUnfit } from "./leaf_fitness.ts";
import { makeKey, parseKey } from "./p256.ts";
import type { TlsFiles } from "./tls_files.ts";

// Another process may write at the same time; with more rounds than that, something else is wrong.
const MAX_ROUNDS = 5;

/** Files of a certificate and of the CA that signed it. */
export interface SelfSignedFiles extends TlsFiles {
  /** What clients have to trust. */
  readonly caFile: string;
  /** Whether a certificate was made by this call. */
  readonly isNew: boolean;
}

/**
 * Makes what is missing of `ca.key`, `ca.crt`, `server.key` and `server.crt` in a directory, and a new
 * `server.crt` when it is about to expire or lacks a name. A CA that is there is never changed.
 *
 * No two processes can end with files that do not match: both keys are made once, by whoever is first,
 * and each certificate is made for the key that is there.
 *
 * @param names DNS names and addresses of the server, at least one
 * @throws {SimplestreamsError} `USAGE` for a name that no certificate can hold, `EXISTS` for files that
 * are not of this making
 * @throws {FormatError} for a broken file
 */
export async function ensureSelfSigned(
  directory: string,
  names: readonly string[],
  { now }: { readonly now: Date },
): Promise<SelfSignedFiles> {
  const wanted = parseNames(names);
  makeSecretDirectory(directory);
  refuseForeign(directory);
  const caFile = join(directory, "ca.crt");
  const [certFile, keyFile] = [join(directory, "server.crt"), join(directory, "server.key")];
  let problem: string | undefined;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const key = readIfThere(keyFile);
    problem = whyLeafUnfit(readIfThere(certFile), {
      authority: readIfThere(caFile),
      key,
      names: wanted,
      now,
    });
    if (problem === undefined) return { caFile, certFile, keyFile, isNew: round > 0 };
    const authority = await ensureAuthority(directory, now);
    const ownKey = parseKey(createOnce(keyFile, key ?? makeKey(), SECRET_MODE), keyFile);
    replaceFile(certFile, await issueLeaf(authority, ownKey, { names: wanted, now }), PUBLIC_MODE);
  }
  throw new SimplestreamsError(
    "REFUSED",
    `Cannot make a certificate in "${
      printable(directory)
    }": ${problem} although it was just made, ` +
      "expected nobody else to change the files there",
  );
}

/** A server's files without a CA are somebody's own, be it for another way to start. */
function refuseForeign(directory: string): void {
  // In this order: a CA is made before them, maybe by another process at this moment.
  const foreign = ["server.crt", "server.key"]
    .find((name) => readIfThere(join(directory, name)) !== undefined);
  const hasCa = ["ca.crt", "ca.key"]
    .some((name) => readIfThere(join(directory, name)) !== undefined);
  if (foreign === undefined || hasCa) return;
  throw new SimplestreamsError(
    "EXISTS",
    `Cannot make a certificate in "${printable(directory)}": ${foreign} is there without a CA, ` +
      "expected none of it or all; give another directory, or these files by --tls-cert and --tls-key",
  );
}

/** Each once, in one spelling: not every runtime knows that `LOCALHOST` is `localhost`. */
function parseNames(names: readonly string[]): readonly string[] {
  const bad = names.find((name) =>
    name.length > 253 ||
    (isIP(name) === 0 ? !/^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/.test(name) : name.includes("%"))
  );
  if (bad === undefined && names.length > 0) {
    const spell = (name: string) => isIPv6(name) ? shortestIpv6(name) : name.toLowerCase();
    return [...new Set(names.map(spell))];
  }
  throw new SimplestreamsError(
    "USAGE",
    bad === undefined
      ? "Cannot make a certificate: no name, expected at least one"
      : `Cannot make a certificate for "${printable(bad)}": expected a DNS name or an IP address`,
  );
}
