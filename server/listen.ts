import * as http from "node:http";
import * as https from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { platformCode } from "../core/adapters/storage_errors.ts";
import { SimplestreamsError } from "../core/errors.ts";
import { formatListen, type ListenAddress } from "./listen_address.ts";

/** A server that takes requests. */
export interface Listening {
  readonly server: http.Server | https.Server;
  /** Where it really listens, with the port that it was given. */
  readonly address: ListenAddress;
  /**
   * Takes no more connections, lets answers under way end, and cuts off those that are not at their
   * end after so many milliseconds.
   */
  stop(graceMs: number): Promise<void>;
}

/** How long a client may take for its headers, and for all of its request. */
const HEADERS_MS = 30_000;
const REQUEST_MS = 60_000;
/** How long a connection may be quiet, between requests and in the middle of an answer. */
const KEEP_ALIVE_MS = 20_000;
const QUIET_MS = 120_000;
const CHECK_MS = 2_000;
const MAX_HEADER_BYTES = 16 * 1024;

/**
 * Starts to listen, with https where a certificate is given. One way for both runtimes: Node's own
 * server, which Deno has too.
 *
 * @throws {SimplestreamsError} `REFUSED` when the address cannot be had
 */
export function listen(
  handle: Parameters<typeof getRequestListener>[0],
  options: {
    readonly listen: ListenAddress;
    readonly tls?: { readonly cert: string; readonly key: string };
  },
): Promise<Listening> {
  const answer = getRequestListener(handle);
  const settings = {
    headersTimeout: HEADERS_MS,
    requestTimeout: REQUEST_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionsCheckingInterval: CHECK_MS,
    maxHeaderSize: MAX_HEADER_BYTES,
  };
  const server = options.tls === undefined
    ? http.createServer(settings, answer)
    : https.createServer({ ...settings, ...options.tls, handshakeTimeout: HEADERS_MS }, answer);
  server.setTimeout(QUIET_MS);
  const connections = trackConnections(server);
  return new Promise((resolve, reject) => {
    server.once("error", (error) => reject(listenError(error, options.listen)));
    const { host, port } = options.listen;
    server.listen({ port, host: host === "" ? undefined : host }, () => {
      const address = addressOf(server.address(), options.listen);
      resolve({ server, address, stop: (graceMs) => stop(server, connections, graceMs) });
    });
  });
}

/** The connections of a server, those without a request too, which `closeIdleConnections` leaves. */
interface Connections {
  /** Ends those that have no answer under way. */
  readonly endIdle: () => void;
}

function trackConnections(server: http.Server): Connections {
  const open = new Set<Socket>();
  // By its port: under TLS the socket of a request is another one than that of its connection.
  const busy = new Map<string, number>();
  const keyOf = (socket: Socket) => `${socket.remoteAddress} ${socket.remotePort}`;
  server.on("connection", (socket: Socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
  });
  server.on("request", (incoming: http.IncomingMessage, outgoing: http.ServerResponse) => {
    const key = keyOf(incoming.socket);
    busy.set(key, (busy.get(key) ?? 0) + 1);
    outgoing.once("close", () => {
      const left = (busy.get(key) ?? 1) - 1;
      if (left > 0) busy.set(key, left);
      else busy.delete(key);
    });
  });
  return {
    endIdle() {
      for (const socket of open) if (!busy.has(keyOf(socket))) socket.destroy();
    },
  };
}

function stop(server: http.Server, connections: Connections, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    connections.endIdle();
  });
}

function addressOf(address: AddressInfo | string | null, asked: ListenAddress): ListenAddress {
  return typeof address === "object" && address !== null
    ? { host: asked.host, port: address.port }
    : asked;
}

/** By Node's codes and by Deno's, which says EINVAL for an address of another host. */
const LISTEN_PROBLEMS: Readonly<Record<string, string>> = {
  EADDRINUSE: "another program listens there, expected a free port",
  AddrInUse: "another program listens there, expected a free port",
  EADDRNOTAVAIL: "no interface of this host has that address",
  AddrNotAvailable: "no interface of this host has that address",
  EINVAL: "no interface of this host has that address",
  EACCES: "the system does not permit it, expected a port from 1024 or the right to use this one",
  PermissionDenied:
    "the system does not permit it, expected a port from 1024 or the right to use this one",
  ENOTFOUND: "there is no such host",
};

function listenError(cause: Error, address: ListenAddress): SimplestreamsError {
  const reason = LISTEN_PROBLEMS[platformCode(cause)] ?? cause.message;
  const message = `Cannot listen on ${formatListen(address)}: ${reason}`;
  return new SimplestreamsError("REFUSED", message, { cause });
}
