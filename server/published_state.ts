import type { Counts } from "../core/count.ts";
import { INDEX_PATH } from "../core/format/documents.ts";
import type { Clock, TreeReader } from "../core/ports.ts";
import { listDocuments } from "../core/published_documents.ts";
import { type PublishedCatalog, readPublishedCatalog } from "../core/published_catalog.ts";
import type { PublishedFacts } from "./metrics.ts";

/** What is published at the moment, read again whenever the document has been replaced. */
export interface PublishedState {
  /**
   * Undefined while nothing is published.
   * @throws {FormatError} when what stands there is no products document
   * @throws {StorageError} when it cannot be read
   */
  catalog(): PublishedCatalog | undefined;
  /** As `catalog`, but undefined too where that throws; its trouble is told once a document. */
  usableCatalog(): PublishedCatalog | undefined;
  /** Takes over what an index run counted in the document that stands now: that spares counting it. */
  learnCounts(counts: Counts): void;
  /** When a products document last changed, in milliseconds since the epoch; undefined without one. */
  documentTime(): number | undefined;
  facts(): PublishedFacts | undefined;
}

/** Returns the state of a root's products documents. */
export function createPublishedState(options: {
  readonly root: string;
  readonly reader: TreeReader;
  readonly clock: Clock;
  readonly onTrouble: (message: string) => void;
}): PublishedState {
  const { root, reader, clock } = options;
  let stamp = "";
  let known: (() => PublishedCatalog | undefined) | undefined;
  let counted: { readonly stamp: string; readonly counts: Counts } | undefined;

  let listed: { readonly stamp: string; readonly paths: readonly string[] } | undefined;

  /** The documents that the index names; looked up again when it is another one. */
  function documentPaths(): readonly string[] {
    const stamp = stampOfFile(INDEX_PATH);
    if (listed?.stamp !== stamp) listed = { stamp, paths: listDocuments(reader, root) };
    return listed.paths;
  }

  function stampOfFile(path: string): string {
    const info = reader.stat(`${root}/${path}`);
    return `${info?.sizeBytes} ${info?.mtimeMs} ${info?.inode}`;
  }

  function stampOf(): string {
    return documentPaths().map(stampOfFile).join();
  }

  /** Reads the document when it is another one than before; what came of that is kept, an error too. */
  function catalog(): PublishedCatalog | undefined {
    const now = stampOf();
    if (known === undefined || now !== stamp) {
      known = attempt(() => readPublishedCatalog(reader, root));
      stamp = now;
      told = false;
    }
    return known();
  }

  let told = false;
  function usableCatalog(): PublishedCatalog | undefined {
    try {
      return catalog();
    } catch (error) {
      if (!told) options.onTrouble(error instanceof Error ? error.message : String(error));
      told = true;
      return undefined;
    }
  }

  function documentTime(): number | undefined {
    const times = documentPaths().flatMap((path) => reader.stat(`${root}/${path}`)?.mtimeMs ?? []);
    return times.length === 0 ? undefined : Math.max(...times);
  }

  return {
    catalog,
    usableCatalog,
    documentTime,
    learnCounts(counts) {
      counted = { stamp: stampOf(), counts };
    },
    facts() {
      const catalog = usableCatalog();
      if (catalog === undefined) return undefined;
      if (counted?.stamp !== stamp) counted = { stamp, counts: catalog.counts() };
      const time = documentTime() ?? clock.now().getTime();
      return { ...counted.counts, ageSeconds: Math.max(0, (clock.now().getTime() - time) / 1000) };
    },
  };
}

function attempt<Value>(action: () => Value): () => Value {
  try {
    const value = action();
    return () => value;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}
