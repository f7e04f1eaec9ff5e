import assert from "node:assert/strict";
import { test } from "node:test";
import { Xxh64 } from "../../../core/adapters/xxh64.ts";

// From `xxhsum -H64` of bytes i * 37 + 11 (mod 256)
const DIGESTS: readonly (readonly [sizeBytes: number, digest: string])[] = [
  [0, "ef46db3751d8e999"],
  [1, "f592c0c7639c4cb6"],
  [3, "22c08528601d4f27"],
  [4, "fb1e5cf2f1ae4d95"],
  [5, "9d213eca1f68f273"],
  [8, "57cb2b7521f3e21a"],
  [15, "90a9714eb00e8d29"],
  [31, "e4a0e629e519a4ae"],
  [32, "cc6b8aaada790b2d"],
  [33, "35ec49850475a832"],
  [63, "bf9f0ba3cf95b28a"],
  [64, "155ccce4bf32befc"],
  [65, "da5ee441a595cfb8"],
  [100, "4826e367566ea023"],
  [1000, "128da10cfbdc59d9"],
];

test("Xxh64 digests bytes as xxhsum does, in whatever pieces they come", () => {
  for (const [sizeBytes, digest] of DIGESTS) {
    const bytes = Uint8Array.from({ length: sizeBytes }, (_, index) => index * 37 + 11);
    for (const pieceBytes of [1, 7, 31, 32, 33, 1000]) {
      const sum = new Xxh64();
      for (let place = 0; place < sizeBytes; place += pieceBytes) {
        sum.update(bytes.subarray(place, place + pieceBytes));
      }
      assert.equal(sum.digest().toString(16).padStart(16, "0"), digest, `${sizeBytes} bytes`);
    }
  }
});
