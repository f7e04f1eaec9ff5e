import type { Server } from "node:tls";
import type { Clock } from "../../core/ports.ts";
import { whyNotSecret } from "../secret_file.ts";
import { whyCertificateEnds } from "./certificate_end.ts";
import { readTlsFiles, type TlsFiles, tlsFileState, type TlsPair } from "./tls_files.ts";

/** What watching a certificate needs. */
export interface WatchTlsOptions {
  readonly clock: Pick<Clock, "now">;
  /** What the server was made with, as it was read from the files. */
  readonly inUse: TlsPair;
  /** Told when a new certificate is in use. */
  readonly onReload: () => void;
  /** Told once what is wrong; the certificate that was in use goes on being so. */
  readonly onTrouble: (message: string) => void;
}

/**
 * Looks at the files now and every so often, has the server use a changed certificate for new
 * connections, and tells what is wrong with it or that it is about to expire.
 *
 * @returns what ends the watch; the process may end without
 */
export function watchTls(
  server: Pick<Server, "setSecureContext">,
  files: TlsFiles,
  { everyMs, ...options }: WatchTlsOptions & { readonly everyMs: number },
): () => void {
  const look = createTlsLook(server, files, options);
  look();
  const timer = setInterval(look, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}

/** Returns what looks at the files once, which `watchTls` does again and again. */
export function createTlsLook(
  server: Pick<Server, "setSecureContext">,
  files: TlsFiles,
  { clock, inUse, onReload, onTrouble }: WatchTlsOptions,
): () => void {
  const told = new Set<string>();
  let used = inUse;
  let unusable: string | undefined;

  function tell(message: string | undefined): void {
    if (message === undefined || told.has(message)) return;
    told.add(message);
    onTrouble(message);
  }

  function takeUp(state: string): void {
    try {
      const pair = readTlsFiles(files);
      server.setSecureContext({ cert: pair.cert, key: pair.key });
      [used, unusable] = [pair, undefined];
      told.clear();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      // Half-way through a renewal the files do not match: that is trouble only when it lasts.
      if (unusable === state) tell(`${message}; the certificate that was read before is in use`);
      unusable = state;
      return;
    }
    onReload();
  }

  return () => {
    const state = tlsFileState(files);
    if (state !== used.state) takeUp(state);
    tell(whyCertificateEnds(used.leaf, { certFile: files.certFile, now: clock.now() }));
    tell(whyNotSecret(files.keyFile));
  };
}
