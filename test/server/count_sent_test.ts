import assert from "node:assert/strict";
import { createServer, request, type ServerResponse } from "node:http";
import { test, type TestContext } from "node:test";
import { countSent } from "../../server/count_sent.ts";
import { until } from "../support/command.ts";

/** Has a server answer one request, and returns what was counted when the answer had ended. */
async function countAnswer(context: TestContext, options: {
  readonly method: string;
  readonly answer: (outgoing: ServerResponse) => void;
  readonly breakOff?: boolean;
}): Promise<number> {
  let counted: number | undefined;
  const server = createServer((_incoming, outgoing) => {
    const sent = countSent(outgoing);
    outgoing.once("close", () => counted = sent());
    options.answer(outgoing);
  });
  context.after(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new TypeError("Cannot read the port");
  const asking = request({ port: address.port, host: "127.0.0.1", method: options.method });
  asking.on("error", () => {});
  asking.on("response", (incoming) => {
    if (options.breakOff) incoming.destroy();
    else incoming.resume();
  });
  asking.end();
  await until("the answer has ended", () => counted !== undefined);
  return counted ?? NaN;
}

test("countSent() counts texts and bytes of a body", async (context) => {
  const counted = await countAnswer(context, {
    method: "GET",
    answer(outgoing) {
      outgoing.write("ä");
      outgoing.write(new Uint8Array(10));
      outgoing.end("three");
    },
  });
  assert.equal(counted, 17);
});

test("countSent() counts nothing of a HEAD", async (context) => {
  const answer = (outgoing: ServerResponse) => void outgoing.end("not sent");
  assert.equal(await countAnswer(context, { method: "HEAD", answer }), 0);
});

test("countSent() counts what went out of an answer that was broken off", async (context) => {
  const total = 64 * 1024 * 1024;
  const piece = new Uint8Array(64 * 1024);
  const counted = await countAnswer(context, {
    method: "GET",
    breakOff: true,
    answer(outgoing) {
      outgoing.setHeader("Content-Length", total);
      let left = total / piece.length;
      const more = () => {
        while (left-- > 0 && outgoing.write(piece));
      };
      outgoing.on("drain", more);
      more();
    },
  });
  assert.ok(counted > 0 && counted < total, String(counted));
});
