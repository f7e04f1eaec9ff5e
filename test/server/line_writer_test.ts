import assert from "node:assert/strict";
import { test } from "node:test";
import { createLineWriter } from "../../server/line_writer.ts";
import { until } from "../support/command.ts";

type Target = Parameters<typeof createLineWriter>[0];

/** A stream that takes everything at once, and tells what it was given in each call. */
function makeStream(write: (text: string) => void): Target {
  const stream: Pick<Target, "on"> & { write: (text: string, done: () => void) => boolean } = {
    on: () => process.stderr,
    write(text, done) {
      write(text);
      done();
      return true;
    },
  };
  return Object.assign(Object.create(process.stderr), stream);
}

test("createLineWriter() writes lines that come fast in one call, in their order", async () => {
  const written: string[] = [];
  const writer = createLineWriter(makeStream((text) => written.push(text)));
  for (const line of ["one", "two", "three"]) writer.write(line);
  assert.deepEqual(written, []);
  await writer.flush();
  assert.deepEqual(written, ["one\ntwo\nthree\n"]);
});

test("createLineWriter() writes a while later without being asked", async () => {
  const written: string[] = [];
  const writer = createLineWriter(makeStream((text) => written.push(text)));
  writer.write("one");
  await until("it is written", () => written.length === 1);
  writer.write("two");
  await until("it is written", () => written.length === 2);
  assert.deepEqual(written, ["one\n", "two\n"]);
});

test("createLineWriter() writes at once when it has much", async () => {
  const written: string[] = [];
  const writer = createLineWriter(makeStream((text) => written.push(text)));
  const line = "x".repeat(1023);
  for (let count = 0; count < 64; count++) writer.write(line);
  assert.equal(written.join("").length, 65_536);
  await writer.flush();
  assert.equal(written.join("").length, 65_536);
});

test("createLineWriter() does not mind a stream that nobody reads", async () => {
  const writer = createLineWriter(makeStream(() => {
    throw new Error("broken pipe");
  }));
  writer.write("one");
  await writer.flush();
  writer.write("two");
  await writer.flush();
});
