import { isStorageError } from "./errors.ts";
import { fault, type Finding } from "./format/finding.ts";
import type { FileClaim, FingerprintClaim } from "./format/listed_items.ts";
import type { Clock, FileInfo, TreeReader } from "./ports.ts";

/** What documents say of files. */
export interface Claims {
  readonly files: readonly FileClaim[];
  readonly fingerprints: readonly FingerprintClaim[];
}

/** A listed file that is there in its size, so that it is worth reading. */
export interface PresentFile {
  readonly path: string;
  readonly sizeBytes: number;
  /** What documents say that its digest is: one, when they agree. */
  readonly sha256: readonly string[];
}

/** The files that documents list, each once. */
export interface CheckedFiles {
  readonly listed: ReadonlySet<string>;
  readonly present: readonly PresentFile[];
  readonly findings: readonly Finding[];
}

const FILES_A_TURN = 1000;

/** Returns which listed files are there, in the sizes that the documents have; reads none of them. */
export async function checkFiles(
  ports: { readonly reader: TreeReader; readonly clock: Clock },
  root: string,
  claims: readonly FileClaim[],
): Promise<CheckedFiles> {
  const byPath = new Map<string, FileClaim[]>();
  for (const claim of claims) {
    const known = byPath.get(claim.path);
    if (known === undefined) byPath.set(claim.path, [claim]);
    else known.push(claim);
  }
  const present: PresentFile[] = [];
  const findings: Finding[] = [];
  let turn = 0;
  for (const [path, said] of byPath) {
    if (++turn % FILES_A_TURN === 0) await ports.clock.turn();
    const info = look(ports.reader, root, path);
    if ("code" in info) {
      findings.push(info);
      continue;
    }
    const { sizeBytes } = info;
    const sizes = new Set(said.flatMap((claim) => claim.sizeBytes ?? []));
    const wrong = [...sizes].filter((size) => size !== sizeBytes && size >= 0);
    for (const size of wrong) {
      const message = `has ${sizeBytes} bytes, expected ${size} as the document has it: clients ` +
        "refuse the download; put the right file back or index the tree again";
      findings.push(fault("FILE_SIZE", path, message));
    }
    // Of another size the digest cannot be right, and saying so would tell the same twice
    if (wrong.length > 0) continue;
    present.push({
      path,
      sizeBytes,
      sha256: [...new Set(said.flatMap((one) => one.sha256 ?? []))],
    });
  }
  return { listed: new Set(byPath.keys()), present, findings };
}

function look(reader: TreeReader, root: string, path: string): FileInfo | Finding {
  try {
    const info = reader.stat(`${root}/${path}`);
    if (info?.kind === "file") return info;
    const found = info === undefined ? "is not there" : `is a ${info.kind}`;
    const message =
      `${found}, expected a file that the document lists: clients cannot download it; ` +
      "put it back or index the tree again";
    return fault("FILE_MISSING", path, message);
  } catch (error) {
    if (!isStorageError(error)) throw error;
    return fault("FILE_UNREADABLE", path, error.message);
  }
}
