import { Buffer } from "node:buffer";
import { connect, type Socket } from "node:net";
import type { TestContext } from "node:test";

/** A connection whose every byte is the test's own. */
export interface RawSocket {
  readonly socket: Socket;
  readonly received: () => string;
  /** Resolves when the connection is at its end, with the milliseconds since it was opened. */
  readonly closed: Promise<number>;
}

/** Opens a connection to a port of loopback, which is destroyed when the test ends. */
export async function openRaw(
  test: Pick<TestContext, "after">,
  port: number,
): Promise<RawSocket> {
  const socket = connect({ port, host: "127.0.0.1" });
  test.after(() => socket.destroy());
  const started = performance.now();
  const pieces: Uint8Array[] = [];
  socket.on("data", (piece) => pieces.push(piece));
  const closed = new Promise<number>((resolve) => {
    socket.on("close", () => resolve(performance.now() - started));
  });
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", reject);
  });
  // Being cut off is what many tests wait for.
  socket.on("error", () => {});
  return { socket, closed, received: () => Buffer.concat(pieces).toString("latin1") };
}

/** Sends a text as it is over a connection of its own and returns all that comes until its end. */
export async function exchange(
  test: Pick<TestContext, "after">,
  port: number,
  text: string,
): Promise<string> {
  const { socket, received, closed } = await openRaw(test, port);
  socket.write(text, "latin1");
  await closed;
  return received();
}
