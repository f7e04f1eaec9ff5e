import assert from "node:assert/strict";
import { appendFileSync, truncateSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { setImmediate } from "node:timers/promises";
import fc from "fast-check";
import { streamFile } from "../../../server/tree/file_stream.ts";
import { until } from "../../support/command.ts";
import { makeTempDirectory } from "../../support/temp_directory.ts";
import { openFilesIn } from "./stage.ts";

/** Some chunks and a bit. */
const BYTES = Buffer.from(Uint8Array.from({ length: 1_300_000 }, (_, index) => (index * 7) >> 3));

test("streamFile() sends exactly the section, and closes the file", async (t) => {
  const { directory, path } = prepare(t);
  const start = fc.nat({ max: BYTES.length - 1 });
  await fc.assert(
    fc.asyncProperty(start, fc.nat({ max: BYTES.length }), async (start, rest) => {
      const lengthBytes = Math.min(rest, BYTES.length - start);
      const { body } = streamFile(await open(path), { start, lengthBytes }, {
        onBroken: refuse,
      });
      const received = Buffer.from(await new Response(body).arrayBuffer());
      assert.ok(received.equals(BYTES.subarray(start, start + lengthBytes)));
      assert.deepEqual(openFilesIn(directory), []);
    }),
    { numRuns: 60 },
  );
});

test("streamFile() sends the length that was promised while the file grows", async (t) => {
  const { path } = prepare(t);
  const { reader } = await start(path, BYTES.length);
  const first = await reader.read();
  appendFileSync(path, "more");
  let sentBytes = first.value?.length ?? 0;
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    sentBytes += next.value.length;
  }
  assert.equal(sentBytes, BYTES.length);
});

test("streamFile() breaks when the file ends early, and says so", async (t) => {
  const { directory, path } = prepare(t);
  const { reader, errors } = await start(path, BYTES.length);
  await reader.read();
  truncateSync(path, 600_000);
  await assert.rejects(async () => {
    while (!(await reader.read()).done);
  }, /the file ends after 600000 bytes/);
  assert.equal(errors.length, 1);
  assert.deepEqual(openFilesIn(directory), []);
});

test("streamFile() hangs up in place of failing where it can", async (t) => {
  const { directory, path } = prepare(t);
  let hangUps = 0;
  const { reader, errors } = await start(path, BYTES.length + 1, () => hangUps++);
  const whole = (async () => {
    while (!(await reader.read()).done);
  })();
  await until("somebody hangs up", () => hangUps > 0);
  await reader.cancel();
  await whole;
  assert.deepEqual([hangUps, errors.length], [1, 1]);
  assert.deepEqual(openFilesIn(directory), []);
});

test("streamFile() closes the file at once when it is cancelled, before and amid reading", async (t) => {
  const { directory, path } = prepare(t);
  for (const reads of [0, 1, 2]) {
    const { reader, errors } = await start(path, BYTES.length);
    for (let read = 0; read < reads; read++) await reader.read();
    const last = reader.read();
    await reader.cancel();
    await last;
    assert.deepEqual(openFilesIn(directory), []);
    assert.deepEqual(errors, []);
  }
});

test("streamFile() closes the file when nobody ever reads or cancels", async (t) => {
  const { directory, path } = prepare(t);
  const options = { onBroken: refuse };
  const { close } = streamFile(await open(path), { start: 0, lengthBytes: 10 }, options);
  assert.equal(openFilesIn(directory).length, 1);
  await close();
  await close();
  assert.deepEqual(openFilesIn(directory), []);
});

test("streamFile() does not read ahead of its reader", async (t) => {
  const { path } = prepare(t);
  const { reader, errors } = await start(path, BYTES.length);
  const first = await reader.read();
  await setImmediate();
  truncateSync(path, first.value?.length);
  await assert.rejects(reader.read());
  assert.equal(errors.length, 1);
});

function refuse(error: unknown): never {
  throw error;
}

function prepare(test: TestContext) {
  const directory = makeTempDirectory(test);
  const path = join(directory, "file");
  writeFileSync(path, BYTES);
  return { directory, path };
}

async function start(path: string, lengthBytes: number, hangUp?: () => void) {
  const errors: unknown[] = [];
  const { body } = streamFile(await open(path), { start: 0, lengthBytes }, {
    onBroken: (error) => errors.push(error),
    hangUp,
  });
  return { reader: body.getReader(), errors };
}
