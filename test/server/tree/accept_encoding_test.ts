import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { acceptsGzip } from "../../../server/tree/accept_encoding.ts";

test("acceptsGzip() says yes to who can unpack it", () => {
  const headers = [
    ...["gzip", "GZIP", "x-gzip", "*", "deflate, gzip", "gzip, deflate, br, zstd", "gzip;q=0.001"],
    ...["gzip; q=1.000", "identity;q=0.5, gzip;q=0.5", "*;q=0.1", "br;q=1.0, gzip;q=0.8, *;q=0"],
    ...["identity;q=0, gzip;q=0.1", "gzip ; q=0.5", "identity;q=0, *;q=0.5", ",gzip,"],
  ];
  for (const header of headers) assert.ok(acceptsGzip(header), header);
});

test("acceptsGzip() says no to everybody else", () => {
  const headers = [
    ...[
      "",
      "identity",
      "br",
      "gzip;q=0",
      "gzip;q=0.000",
      "gzip;q=0, *",
      "*;q=0",
      "identity, gzip;q=0.5",
    ],
    ...["gzip;q=2", "gzip;q=-1", "gzip;q=x", "gzip;q=", "gzipx", "xgzip", "gz", "br, deflate"],
  ];
  for (const header of headers) assert.ok(!acceptsGzip(header), header);
  assert.ok(!acceptsGzip(undefined));
});

test("acceptsGzip() never throws", () => {
  fc.assert(fc.property(fc.string(), (header) => typeof acceptsGzip(header) === "boolean"));
});
