import assert from "node:assert/strict";
import { test } from "node:test";
import { streamBytes } from "../../../server/tree/memory_stream.ts";

test("streamBytes() sends all bytes in pieces", async () => {
  const bytes = Uint8Array.from({ length: 600_000 }, (_, index) => index % 251);
  const pieces: Uint8Array[] = [];
  for await (const piece of streamBytes(bytes)) pieces.push(piece);
  assert.ok(pieces.length > 2);
  assert.ok(Buffer.concat(pieces).equals(bytes));
});

test("streamBytes() copies nothing", async () => {
  const bytes = new Uint8Array(10);
  for await (const piece of streamBytes(bytes)) {
    assert.equal(piece.buffer, bytes.buffer);
  }
});
