import assert from "node:assert/strict";
import { test } from "node:test";
import { isLoopback } from "../../../server/access/loopback.ts";

test("isLoopback() is true for addresses and the name that never leave the machine", () => {
  const local = [
    ...["127.0.0.1", "127.255.255.254", "localhost", "LOCALHOST", "::1", "0:0:0:0:0:0:0:1"],
    ...["::ffff:127.0.0.1", "::FFFF:127.8.9.1", "::ffff:7f00:1"],
  ];
  for (const address of local) assert.equal(isLoopback(address), true, address);
});

test("isLoopback() is false for everything else", () => {
  const others = [
    ...["0.0.0.0", "::", "128.0.0.1", "10.127.0.1", "::2", "fe80::1", "::ffff:128.0.0.1"],
    ...["::127.0.0.1", "1::ffff:127.0.0.1", "127.0.0.1.example.org", "127.example.org", "127.1"],
    ...["localhost.example.org", "local", "", "[::1]", "::1%lo", "127.0.0.1:80", "127.0.0.01"],
  ];
  for (const address of others) assert.equal(isLoopback(address), false, address);
});
