import type { DigestPorts } from "../core/digest_tree.ts";
import { SimplestreamsError } from "../core/errors.ts";
import { printable } from "../core/format/text.ts";
import type { Hasher } from "../core/ports.ts";
import { readPublishedCatalog } from "../core/published_catalog.ts";
import { showImages, type ShownImages } from "../core/show_images.ts";

/**
 * Returns all that is known of what is published under a name, but digests nothing for it: where
 * files are new or have changed, `unchecked` says so in place of what an index run would do.
 *
 * @param root without a "/" at its end
 * @throws {SimplestreamsError} `NOT_FOUND` when nothing has the name; `USAGE` when it fits several images
 */
export async function showPublished(
  ports: Omit<DigestPorts, "hasher">,
  root: string,
  name: string,
): Promise<ShownImages> {
  const catalog = readPublishedCatalog(ports.reader, root);
  if (catalog === undefined) {
    throw new SimplestreamsError(
      "NOT_FOUND",
      `Cannot find "${printable(name)}": nothing is published, expected what ` +
        "POST /api/v1/reindex publishes",
    );
  }
  const withoutHashing = { ...ports, hasher: REFUSES };
  return await showImages(withoutHashing, root, { catalog, name, concurrency: 1 });
}

/** Anybody may ask, so that an answer must not cost reading gigabytes. */
const REFUSES: Hasher = {
  hash(jobs) {
    if (jobs.length === 0) return Promise.resolve();
    return Promise.reject(
      new SimplestreamsError(
        "USAGE",
        "Cannot say what an index run would do: files are new or have changed since they were " +
          "last read, expected an index run to read them",
      ),
    );
  },
};
