import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "./run.ts";

const SUBJECT_NAMES = "subjectAltName=DNS:localhost,IP:127.0.0.1\n";

/**
 * Writes a certificate authority (`ca.crt`) and, signed by it, a certificate for localhost
 * (`localhost.crt`, `localhost.key`) into a directory.
 */
export async function makeCertificates(directory: string): Promise<void> {
  const inDirectory = { directory };
  await writeFile(join(directory, "localhost.ext"), SUBJECT_NAMES);
  await run("openssl", [
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"],
    ...["-days", "2", "-subj", "/CN=simplestreams e2e CA", "-keyout", "ca.key", "-out", "ca.crt"],
  ], inDirectory);
  await run("openssl", [
    ...["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"],
    ...["-subj", "/CN=localhost", "-keyout", "localhost.key", "-out", "localhost.csr"],
  ], inDirectory);
  await run("openssl", [
    ...["x509", "-req", "-in", "localhost.csr", "-CA", "ca.crt", "-CAkey", "ca.key"],
    ...["-CAcreateserial", "-days", "2", "-extfile", "localhost.ext", "-out", "localhost.crt"],
  ], inDirectory);
}
