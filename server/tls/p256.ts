import { createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { unusableFile } from "./unusable_file.ts";

/** Returns a new private key on P-256 as PEM. */
export function makeKey(): string {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return String(privateKey.export({ type: "pkcs8", format: "pem" }));
}

/**
 * Returns a private key on P-256 from PEM.
 *
 * @throws {FormatError} when it is no key or one of another kind
 */
export function parseKey(text: string, path: string): KeyObject {
  try {
    const key = createPrivateKey(text);
    if (key.asymmetricKeyType === "ec" && key.export({ format: "jwk" }).crv === "P-256") return key;
  } catch (cause) {
    throw unusableFile(path, "it is no private key, expected PEM; put back the one it was", cause);
  }
  throw unusableFile(path, "the key is of another kind, expected an EC key on P-256");
}
