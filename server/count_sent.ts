import type { ServerResponse } from "node:http";

/**
 * Has an answer count the bytes of its body as they are handed to the network.
 *
 * @returns how many they are so far
 */
export function countSent(outgoing: ServerResponse): () => number {
  let sent = 0;
  const count = (piece: unknown) => {
    if (typeof piece === "string") sent += Buffer.byteLength(piece);
    else if (piece instanceof Uint8Array) sent += piece.length;
  };
  const { write, end } = outgoing;
  Object.assign(outgoing, {
    write(...args: unknown[]) {
      count(args[0]);
      return Reflect.apply(write, outgoing, args);
    },
    end(...args: unknown[]) {
      count(args[0]);
      return Reflect.apply(end, outgoing, args);
    },
  });
  return () => outgoing.req.method === "HEAD" ? 0 : sent;
}
