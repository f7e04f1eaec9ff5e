import { readFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../support/command.ts";

/** A certificate that is its own authority. */
export interface OwnCertificate {
  readonly certFile: string;
  readonly keyFile: string;
  /** PEM. */
  readonly pem: string;
}

/** Makes a certificate for localhost by openssl; `name` tells it from others. */
export async function makeCertificate(directory: string, name: string): Promise<OwnCertificate> {
  const [certFile, keyFile] = [join(directory, `${name}.crt`), join(directory, `${name}.key`)];
  await run([
    ...["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
    ...["-nodes", "-days", "2", "-subj", `/CN=${name}`],
    ...["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
    ...["-keyout", keyFile, "-out", certFile],
  ]);
  return { certFile, keyFile, pem: readFileSync(certFile, "utf8") };
}
