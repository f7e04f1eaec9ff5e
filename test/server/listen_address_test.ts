import assert from "node:assert/strict";
import { test } from "node:test";
import { formatListen, parseListen } from "../../server/listen_address.ts";

test("parseListen() reads a name, an address and none, with a port", () => {
  for (
    const [text, host, port] of [
      ["127.0.0.1:8080", "127.0.0.1", 8080],
      ["localhost:0", "localhost", 0],
      ["images.example.org:443", "images.example.org", 443],
      [":8443", "", 8443],
      ["[::1]:8443", "::1", 8443],
      ["[::]:65535", "::", 65535],
      ["[fe80::1%eth0]:80", "fe80::1%eth0", 80],
    ] as const
  ) {
    assert.deepEqual(parseListen(text), { host, port });
    assert.equal(formatListen({ host, port }), text);
  }
});

test("parseListen() refuses what is none of these", () => {
  const texts = ["", "8080", "localhost", "localhost:", ":65536", "::1:80", "[::1]", "[]:80"];
  for (const text of [...texts, "a b:80", "http://host:80", "host:80/", "host:-1", "host:8x"]) {
    assert.throws(() => parseListen(text), RangeError, text);
  }
});
