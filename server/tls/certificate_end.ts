import type { X509Certificate } from "node:crypto";
import { printable } from "../../core/format/text.ts";

const WARN_DAYS = 14;
const DAY_MS = 24 * 60 * 60 * 1000;

/** Returns why a certificate is no good now or will not be in 14 days; undefined when all is well. */
export function whyCertificateEnds(leaf: X509Certificate, options: {
  readonly certFile: string;
  readonly now: Date;
}): string | undefined {
  const { certFile, now } = options;
  const [from, to] = [new Date(leaf.validFrom), new Date(leaf.validTo)];
  const name = `The certificate in "${printable(certFile)}"`;
  if (now < from) return `${name} is valid from ${from.toISOString()} on, which is to come`;
  if (now > to) return `${name} has expired at ${to.toISOString()}: clients refuse it; renew it`;
  if (now.getTime() > to.getTime() - WARN_DAYS * DAY_MS) {
    return `${name} expires at ${to.toISOString()}, which is within ${WARN_DAYS} days; renew it`;
  }
  return undefined;
}
