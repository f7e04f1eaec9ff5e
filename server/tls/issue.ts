import { createPublicKey, type KeyObject, webcrypto } from "node:crypto";
import { isIP } from "node:net";
import type { JsonGeneralNames } from "@peculiar/x509";

const DAY_MS = 24 * 60 * 60 * 1000;
const CA_DAYS = 3650;
// Apple's systems refuse more than 398.
const LEAF_DAYS = 397;
const P256 = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/** A certificate that signs others, with its private key, on P-256. */
export interface Authority {
  readonly certificate: string;
  readonly key: KeyObject;
}

/** Returns a CA's certificate for a key on P-256, signed by that key, as PEM; valid for ten years. */
export async function issueAuthority(key: KeyObject, { now, host }: {
  readonly now: Date;
  readonly host: string;
}): Promise<string> {
  const x509 = await loadX509();
  const keys = await importKeys(key);
  const keyId = await x509.SubjectKeyIdentifierExtension.create(keys.publicKey);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    // Two CAs of one name would be mistaken for each other by some clients.
    name: [{ CN: [`simplestreams CA of ${host}, ${keyId.keyId.slice(0, 8)}`.slice(-64)] }],
    ...validity(now, CA_DAYS),
    signingAlgorithm: P256,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
        true,
      ),
      keyId,
      await x509.AuthorityKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return `${certificate.toString("pem")}\n`;
}

/**
 * Returns a server's certificate for a key on P-256, signed by a CA, as PEM; valid for 397 days and no
 * longer than the CA.
 *
 * @param options.names DNS names and addresses, at least one
 */
export async function issueLeaf(authority: Authority, key: KeyObject, options: {
  readonly names: readonly string[];
  readonly now: Date;
}): Promise<string> {
  const { names, now } = options;
  const x509 = await loadX509();
  const alternatives: JsonGeneralNames = names.map((value) =>
    isIP(value) === 0 ? { type: "dns", value } : { type: "ip", value }
  );
  const issuer = new x509.X509Certificate(authority.certificate);
  const { publicKey } = await importKeys(key);
  const { notBefore, notAfter } = validity(now, LEAF_DAYS);
  const certificate = await x509.X509CertificateGenerator.create({
    subject: [{ CN: [names.find((name) => name.length <= 64) ?? "simplestreams"] }],
    issuer: issuer.subjectName,
    notBefore,
    notAfter: notAfter < issuer.notAfter ? notAfter : issuer.notAfter,
    signingAlgorithm: P256,
    publicKey,
    signingKey: (await importKeys(authority.key)).privateKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(alternatives),
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  });
  return `${certificate.toString("pem")}\n`;
}

/** Back-dated by a day, as the clocks of clients may be slow. */
function validity(now: Date, days: number) {
  const notBefore = new Date(now.getTime() - DAY_MS);
  return { notBefore, notAfter: new Date(notBefore.getTime() + days * DAY_MS) };
}

/** Loads the package when a certificate has to be made, which is seldom; it takes 30 ms or more. */
async function loadX509() {
  // First: the package asks for Reflect.getMetadata as soon as it is loaded.
  await import("reflect-metadata");
  return await import("@peculiar/x509");
}

async function importKeys(key: KeyObject): Promise<webcrypto.CryptoKeyPair> {
  const { subtle } = webcrypto;
  const secret = key.export({ type: "pkcs8", format: "der" });
  const open = createPublicKey(key).export({ type: "spki", format: "der" });
  return {
    privateKey: await subtle.importKey("pkcs8", secret, P256, true, ["sign"]),
    publicKey: await subtle.importKey("spki", open, P256, true, ["verify"]),
  };
}
