/**
 * Returns whether an `Accept-Encoding` header lets gzip be used and does not prefer the plain form.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { acceptsGzip } from "./accept_encoding.ts";
 * assert.ok(acceptsGzip("br, gzip;q=0.5"));
 * assert.ok(!acceptsGzip("gzip;q=0, *"));
 * ```
 */
export function acceptsGzip(header: string | undefined): boolean {
  if (header === undefined) return false;
  if (header === "gzip") return true;
  const weights = new Map(header.toLowerCase().split(",").map(readElement));
  // RFC 9110, 8.4.1.3: x-gzip is another name of gzip
  const gzip = weights.get("gzip") ?? weights.get("x-gzip") ?? weights.get("*") ?? 0;
  return gzip > 0 && gzip >= (weights.get("identity") ?? 0);
}

/** A weight that breaks the syntax is 0: the plain form is always right. */
function readElement(element: string): readonly [coding: string, weight: number] {
  const [coding = "", ...parameters] = element.split(";").map((part) => part.trim());
  const weight = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2) ?? "1";
  return [coding, /^(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)$/.test(weight) ? Number(weight) : 0];
}
