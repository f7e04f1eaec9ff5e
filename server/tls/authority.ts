import { X509Certificate } from "node:crypto";
import { hostname } from "node:os";
import { join } from "node:path";
import { printable } from "../../core/format/text.ts";
import { type Authority, issueAuthority } from "./issue.ts";
import { createOnce, PUBLIC_MODE, readIfThere, SECRET_MODE } from "./key_files.ts";
import { makeKey, parseKey } from "./p256.ts";
import { unusableFile } from "./unusable_file.ts";

/**
 * Returns the CA of a directory, `ca.key` and `ca.crt`, and makes what is missing of it. What is there
 * is never changed.
 *
 * @throws {FormatError} when it is broken, has expired, or is a certificate without its key
 */
export async function ensureAuthority(directory: string, now: Date): Promise<Authority> {
  const [certFile, keyFile] = [join(directory, "ca.crt"), join(directory, "ca.key")];
  // In this order: the key is made first, so that a certificate without one is nobody's work of now.
  const found = readIfThere(certFile);
  const foundKey = readIfThere(keyFile);
  if (found !== undefined && foundKey === undefined) {
    throw unusableFile(
      keyFile,
      `there is none, but a certificate of the CA; expected both: ${startOver(directory)}`,
    );
  }
  const key = parseKey(foundKey ?? createOnce(keyFile, makeKey(), SECRET_MODE), keyFile);
  const certificate = found ??
    createOnce(certFile, await issueAuthority(key, { now, host: hostname() }), PUBLIC_MODE);
  const parsed = parseCertificate(certificate, certFile);
  if (!parsed.ca || !parsed.checkPrivateKey(key)) {
    throw unusableFile(certFile, `it is not the CA of the key in ca.key: ${startOver(directory)}`);
  }
  if (now > new Date(parsed.validTo)) {
    throw unusableFile(
      certFile,
      `the CA has expired at ${parsed.validTo}: ${startOver(directory)}`,
    );
  }
  return { certificate, key };
}

function parseCertificate(text: string, path: string): X509Certificate {
  try {
    return new X509Certificate(text);
  } catch (cause) {
    throw unusableFile(path, "it is no certificate, expected PEM; put back the one it was", cause);
  }
}

function startOver(directory: string): string {
  return `put it back, or remove ca.* and server.* in "${printable(directory)}" to have all made ` +
    "anew, which clients have to trust anew";
}
