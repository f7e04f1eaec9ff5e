import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";

/** Runs the openssl program in a directory; returns what it prints, and throws when it fails. */
export function openssl(directory: string, ...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync("openssl", args, { cwd: directory });
  assert.equal(status, 0, `openssl ${args.join(" ")}: ${stdout}${stderr}`);
  return String(stdout);
}

/** The words that make openssl put a new key on P-256 into a file. */
export const EC_KEY: readonly string[] = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];

/** Makes `NAME.crt`, which signs itself and is for localhost and 127.0.0.1, and `NAME.key`. */
export function makePair(directory: string, name: string, options: {
  readonly days?: number;
  readonly key?: readonly string[];
} = {}): { readonly certFile: string; readonly keyFile: string } {
  const { days = 90, key = EC_KEY } = options;
  openssl(directory, ...[
    ...["req", "-x509", ...key, "-nodes", "-days", `${days}`, "-subj", `/CN=${name}`],
    ...["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
    ...["-keyout", `${name}.key`, "-out", `${name}.crt`],
  ]);
  return { certFile: join(directory, `${name}.crt`), keyFile: join(directory, `${name}.key`) };
}
