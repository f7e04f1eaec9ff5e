import { createPrivateKey, X509Certificate } from "node:crypto";
import { isIP } from "node:net";

const RENEW_MS = 30 * 24 * 60 * 60 * 1000;

/** What a server's certificate has to fit. */
export interface LeafWants {
  /** The CA's certificate, PEM. */
  readonly authority: string | undefined;
  /** The server's private key, PEM. */
  readonly key: string | undefined;
  /** DNS names and addresses. */
  readonly names: readonly string[];
  readonly now: Date;
}

/** Returns why a server needs another certificate than this one, PEM; undefined when it is good. */
export function whyLeafUnfit(
  certificate: string | undefined,
  { authority, key, names, now }: LeafWants,
): string | undefined {
  if (certificate === undefined || authority === undefined || key === undefined) {
    return "a file is missing";
  }
  const [leaf, issuer] = [parse(certificate), parse(authority)];
  if (leaf === undefined || issuer === undefined) return "a certificate is broken";
  if (!isKeyOf(leaf, key)) return "the certificate belongs to another key";
  if (!leaf.checkIssued(issuer) || !leaf.verify(issuer.publicKey)) return "another CA signed it";
  const [from, to] = [new Date(leaf.validFrom), new Date(leaf.validTo)];
  // A certificate that ends with its CA cannot be had for longer.
  const end = Math.min(now.getTime() + RENEW_MS, new Date(issuer.validTo).getTime());
  if (now < from || now > to || to.getTime() < end) return "it is valid for too short a time";
  const lacked = names.find((name) =>
    (isIP(name) === 0 ? leaf.checkHost(name) : leaf.checkIP(name)) === undefined
  );
  return lacked === undefined ? undefined : `it lacks the name "${lacked}"`;
}

function parse(text: string): X509Certificate | undefined {
  try {
    return new X509Certificate(text);
  } catch {
    return undefined;
  }
}

function isKeyOf(leaf: X509Certificate, key: string): boolean {
  try {
    return leaf.checkPrivateKey(createPrivateKey(key));
  } catch {
    // Whoever parses the key to sign says what is wrong with it.
    return false;
  }
}
