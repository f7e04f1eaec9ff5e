import type { Server } from "node:http";
import { Server as TlsServer } from "node:https";
import type { Clock } from "../../core/ports.ts";
import type { ServerOptions } from "../options.ts";
import { hostNames } from "./host_names.ts";
import { readTlsFiles, type TlsFiles, type TlsPair } from "./tls_files.ts";
import { trustLine } from "./trust_line.ts";
import { watchTls } from "./watch_tls.ts";

/** The certificate that the service listens with. */
export interface OpenTls {
  readonly pair: TlsPair;
  /** Has a server take up changed files; returns what ends that. */
  readonly watch: (
    server: Server | TlsServer,
    tell: { readonly onTrouble: (message: string) => void },
  ) => () => void;
}

const LOOK_MS = 2_000;
const RENEW_MS = 12 * 3_600_000;

type TlsOptions = Pick<ServerOptions, "listen" | "tlsCert" | "tlsKey" | "tlsSelfSigned">;

/** What this needs beside the options. */
interface TlsPorts {
  readonly clock: Pick<Clock, "now">;
  readonly say: (message: string) => void;
}

/**
 * Returns the certificate that the options name, or one that is made where they say; undefined
 * without either.
 *
 * @throws {FormatError} when certificate or key cannot be used
 * @throws {StorageError} when one cannot be read or made
 */
export async function openTls(
  options: TlsOptions,
  { clock, say }: TlsPorts,
): Promise<OpenTls | undefined> {
  const { tlsCert, tlsKey, tlsSelfSigned } = options;
  const renew = tlsSelfSigned === undefined
    ? undefined
    : () => makeFiles(tlsSelfSigned, options.listen.host, { clock, say });
  const files = tlsCert !== undefined && tlsKey !== undefined
    ? { certFile: tlsCert, keyFile: tlsKey }
    : await renew?.();
  if (files === undefined) return undefined;
  if (tlsSelfSigned !== undefined) {
    say(`on each client, as root, to trust it: ${trustLine(tlsSelfSigned)}`);
  }
  const pair = readTlsFiles(files);
  return {
    pair,
    watch(server, { onTrouble }) {
      if (!(server instanceof TlsServer)) return () => {};
      const onReload = () => say(`new connections get the certificate in ${files.certFile}`);
      const watched = { everyMs: LOOK_MS, clock, inUse: pair, onReload, onTrouble };
      const stopWatch = watchTls(server, files, watched);
      // What it makes anew is taken up by the watch.
      const timer = setInterval(() => {
        renew?.().catch((error: Error) => onTrouble(error.message));
      }, RENEW_MS);
      timer.unref();
      return () => {
        clearInterval(timer);
        stopWatch();
      };
    },
  };
}

/** Makes the files of a self-signed certificate, or anew those that are about to expire. */
async function makeFiles(
  directory: string,
  host: string,
  { clock, say }: TlsPorts,
): Promise<TlsFiles> {
  // The library for certificates takes a while to load; nobody else has to wait for it.
  const { ensureSelfSigned } = await import("./self_signed.ts");
  const isEverywhere = ["", "0.0.0.0", "::"].includes(host);
  const names = [...new Set([...hostNames(), ...isEverywhere ? [] : [host]])];
  const files = await ensureSelfSigned(directory, names, { now: clock.now() });
  if (files.isNew) say(`made a certificate for ${names.join(", ")}`);
  return files;
}
