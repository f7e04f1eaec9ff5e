import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { toStorageError } from "../../core/adapters/storage_errors.ts";
import { printable } from "../../core/format/text.ts";
import { fileState } from "../file_state.ts";
import { unusableFile } from "./unusable_file.ts";

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** Where a certificate and its key are. */
export interface TlsFiles {
  /** PEM: the server's certificate and then those between it and its root. */
  readonly certFile: string;
  /** PEM, without a passphrase. */
  readonly keyFile: string;
}

/** A certificate chain and the key that belongs to it, as `node:tls` takes them. */
export interface TlsPair {
  readonly cert: string;
  readonly key: string;
  /** The server's own certificate, the first of the chain. */
  readonly leaf: X509Certificate;
  /** What the files looked like before they were read; see `tlsFileState`. */
  readonly state: string;
}

/**
 * Returns a certificate chain and its key.
 *
 * @throws {FormatError} when one of them is no PEM, or the key does not belong to the certificate
 * @throws {StorageError} when one of them cannot be read
 */
export function readTlsFiles(files: TlsFiles): TlsPair {
  const { certFile, keyFile } = files;
  const state = tlsFileState(files);
  const [leaf, ...chain] = readCertificates(certFile);
  const text = readText(keyFile);
  const key = parseKey(text, keyFile);
  if (leaf === undefined || !leaf.checkPrivateKey(key)) {
    const other = chain.some((certificate) => certificate.checkPrivateKey(key));
    throw unusableFile(
      keyFile,
      other
        ? `it belongs to a later certificate of "${printable(certFile)}", expected to the first; ` +
          "put the server's own certificate in front"
        : `it does not belong to the certificate in "${printable(certFile)}", expected its key`,
    );
  }
  // Written anew: files that were put together without a line end between them are sound then.
  const cert = [leaf, ...chain].map((certificate) => pemOf(certificate)).join("");
  return { cert, key: text, leaf, state };
}

/** Returns a text that changes whenever one of the files does. */
export function tlsFileState({ certFile, keyFile }: TlsFiles): string {
  return `${fileState(certFile)}, ${fileState(keyFile)}`;
}

function readCertificates(path: string): readonly X509Certificate[] {
  const blocks = readText(path).match(CERTIFICATE);
  if (blocks === null) {
    throw unusableFile(
      path,
      `no "-----BEGIN CERTIFICATE-----" in it, expected certificates as PEM`,
    );
  }
  return blocks.map((block, index) => {
    try {
      return new X509Certificate(`${block}\n`);
    } catch (cause) {
      throw unusableFile(
        path,
        `certificate ${index + 1} in it is broken, expected a whole one`,
        cause,
      );
    }
  });
}

function parseKey(text: string, path: string): KeyObject {
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) {
    throw unusableFile(
      path,
      `no "-----BEGIN PRIVATE KEY-----" in it, expected a private key as PEM`,
    );
  }
  if (/-----BEGIN ENCRYPTED|Proc-Type: 4,ENCRYPTED/.test(text)) {
    throw unusableFile(
      path,
      "the key has a passphrase, expected one without; " +
        `"openssl pkey -in KEY -out NEW_KEY" takes it off`,
    );
  }
  try {
    return createPrivateKey(text);
  } catch (cause) {
    throw unusableFile(path, "the private key in it is broken, expected a whole one", cause);
  }
}

function pemOf(certificate: X509Certificate): string {
  const lines = certificate.raw.toString("base64").match(/.{1,64}/g) ?? [];
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw toStorageError(error, "read", path);
  }
}
