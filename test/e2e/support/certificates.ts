import { mkdtemp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startServer } from "../../support/server_process.ts";
import { run } from "./run.ts";
import { tlsDirectory, workDirectory } from "./work_directory.ts";

/** A certificate and its key. */
export interface CertificateFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

/** Has the server under test make the certificate authority that all programs of the suite trust. */
export async function makeAuthority(): Promise<void> {
  const root = await mkdtemp(join(workDirectory(), "root-"));
  const server = await startServer({ after() {} }, ["--tls-self-signed", tlsDirectory(), root]);
  const { status, stderr } = await server.stop();
  if (status !== 0) throw new Error(`The server ended with ${status}:\n${stderr}`);
}

/** Makes a certificate for localhost by openssl, signed by the suite's authority. */
export async function issueByOpenssl(): Promise<CertificateFiles> {
  const directory = await mkdtemp(join(workDirectory(), "openssl-"));
  const [authority, inDirectory] = [tlsDirectory(), { directory }];
  await writeFile(join(directory, "leaf.ext"), "subjectAltName=DNS:localhost,IP:127.0.0.1\n");
  await run("openssl", [
    ...["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"],
    ...["-subj", "/CN=localhost", "-keyout", "leaf.key", "-out", "leaf.csr"],
  ], inDirectory);
  await run("openssl", [
    ...["x509", "-req", "-in", "leaf.csr", "-set_serial", "1", "-days", "2"],
    ...["-CA", join(authority, "ca.crt"), "-CAkey", join(authority, "ca.key")],
    ...["-extfile", "leaf.ext", "-out", "leaf.crt"],
  ], inDirectory);
  return { certFile: join(directory, "leaf.crt"), keyFile: join(directory, "leaf.key") };
}
