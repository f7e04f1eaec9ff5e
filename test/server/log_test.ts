import assert from "node:assert/strict";
import { test } from "node:test";
import { createLog, type Log, type RequestRecord } from "../../server/log.ts";

const NOW = new Date("2024-05-06T07:08:09.123Z");
const RECORD: RequestRecord = {
  method: "GET",
  path: "/api/v1/products",
  status: 200,
  bytes: 1234,
  ms: 5.7,
  id: "request-1",
  agent: "curl/8.5.0",
  address: "192.0.2.1",
};

function startLog(format: "json" | "text"): { readonly log: Log; readonly lines: string[] } {
  const lines: string[] = [];
  return { lines, log: createLog({ format, now: () => NOW, write: (line) => lines.push(line) }) };
}

test("createLog() writes a request as a line of text", () => {
  const { log, lines } = startLog("text");
  log.request(RECORD);
  log.request({ ...RECORD, user: "ansible" });
  assert.deepEqual(lines, [
    "2024-05-06T07:08:09.123Z 192.0.2.1 - GET /api/v1/products 200 1234 B 5.7 ms request-1 " +
    '"curl/8.5.0"',
    "2024-05-06T07:08:09.123Z 192.0.2.1 ansible GET /api/v1/products 200 1234 B 5.7 ms request-1 " +
    '"curl/8.5.0"',
  ]);
});

test("createLog() writes a request as a line of JSON", () => {
  const { log, lines } = startLog("json");
  log.request({ ...RECORD, user: "ansible" });
  assert.deepEqual(lines.map((line) => JSON.parse(line)), [{
    time: "2024-05-06T07:08:09.123Z",
    level: "info",
    event: "request",
    ...RECORD,
    user: "ansible",
  }]);
});

test("createLog() writes messages with their level", () => {
  const text = startLog("text");
  const json = startLog("json");
  for (const { log } of [text, json]) log.say("warning", "first\nsecond");
  assert.deepEqual(text.lines, [
    "2024-05-06T07:08:09.123Z warning: first",
    "2024-05-06T07:08:09.123Z warning: second",
  ]);
  assert.deepEqual(json.lines.map((line) => JSON.parse(line)), [{
    time: "2024-05-06T07:08:09.123Z",
    level: "warning",
    event: "message",
    message: "first\nsecond",
  }]);
});

test("createLog() lets no control character through, in text and in JSON", () => {
  const evil = "a\u001b[2J\r\nb\u009b31m\u2028\u007f";
  for (const format of ["text", "json"] as const) {
    const { log, lines } = startLog(format);
    log.request({ ...RECORD, path: evil, agent: evil, user: evil });
    log.say("error", evil);
    // deno-lint-ignore no-control-regex -- control characters are what this looks for
    for (const line of lines) assert.doesNotMatch(line, /[\u0000-\u001f\u007f-\u009f\u2028]/);
    if (format === "json") assert.equal(JSON.parse(lines[0] ?? "").path, evil);
  }
});

test("createLog() keeps what a client sends apart from the other fields of a line", () => {
  const { log, lines } = startLog("text");
  log.request({ ...RECORD, path: "/a 500 0 B", agent: 'x" y "z' });
  assert.match(lines[0] ?? "", / GET \/a%20500%200%20B 200 1234 B .* "x\\" y \\"z"$/);
});
