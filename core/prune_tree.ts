import { planRetention, type RetentionPolicy } from "./format/retention.ts";
import { requireRoot } from "./index_tree.ts";
import { planWithdrawal, type ProductChoice } from "./plan_withdrawal.ts";
import { type PrunableProduct, readPrunable } from "./prunable_documents.ts";
import {
  type StrayPolicy,
  withdraw,
  type WithdrawOptions,
  type WithdrawPorts,
  type WithdrawResult,
} from "./withdraw.ts";

/** What to prune; without any policy only what is due already is removed. */
export interface PruneOptions extends WithdrawOptions, RetentionPolicy, StrayPolicy {}

const NO_IMAGES: ProductChoice["images"] = new Map();

/**
 * Takes the versions that no policy keeps out of the documents, whoever wrote them, and removes what
 * has been out for the grace and whatever else is asked for. The newest version of a product always
 * stays. The caller holds the root's lock when it writes.
 *
 * @param root without a "/" at its end
 * @throws {RangeError} when `keep` is no whole number from 1
 * @throws {SimplestreamsError} `REFUSED` when a document is missing or unreadable, or nothing is published
 * @throws {FormatError} when what is remembered of withdrawn versions is broken
 * @throws {StorageError} when the root is missing, or something cannot be read, written or removed
 */
export async function pruneTree(
  ports: WithdrawPorts,
  root: string,
  options: PruneOptions,
): Promise<WithdrawResult> {
  const { keep, maxAgeMs, allowEmpty } = options;
  if (keep !== undefined && !(Number.isInteger(keep) && keep >= 1)) {
    throw new RangeError(`Cannot keep ${keep} versions, expected a whole number from 1`);
  }
  requireRoot(ports.reader, root);
  const published = readPrunable(ports.reader, root, { allowEmpty });
  const now = ports.clock.now();

  function choose({ versions }: PrunableProduct): ProductChoice | undefined {
    const candidates = versions.map(({ name, images }) => ({ name, hasImages: images.length > 0 }));
    const leaving = planRetention(candidates, { keep, maxAgeMs }, now);
    return leaving.size === 0 ? undefined : { versions: leaving, images: NO_IMAGES };
  }
  return await withdraw(ports, root, planWithdrawal(published, choose), options);
}
