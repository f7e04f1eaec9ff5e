import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { leastBytesOf } from "../../core/format/least_bytes.ts";

const SIZE = 65_536;

test("leastBytesOf() reads no part of a disk often, whatever its tables say", () => {
  fc.assert(fc.property(
    fc.array(fc.nat({ max: SIZE / 512 + 5 }), { maxLength: 500 }),
    fc.integer({ min: 9, max: 21 }),
    (tables, clusterBits) => {
      const bytes = new Uint8Array(SIZE);
      const view = new DataView(bytes.buffer);
      view.setUint32(0, 0x514649fb);
      view.setUint32(4, 3);
      view.setUint32(20, clusterBits);
      // Of its first table it says that it is longer than the file; the others may lie in each other
      view.setUint32(36, 0xffffffff);
      view.setUint32(44, 104);
      tables.forEach((place, index) => view.setUint32(108 + 8 * index, 512 * place));
      let readBytes = 0;
      const least = leastBytesOf((place, wanted) => {
        const piece = bytes.subarray(Math.min(place, SIZE), place + wanted);
        readBytes += piece.length;
        return piece;
      });
      assert.ok(least >= 0);
      assert.ok(readBytes <= 96 + 2 * SIZE, `${readBytes} bytes`);
    },
  ));
});
