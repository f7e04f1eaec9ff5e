import { printable } from "../core/format/text.ts";
import type { RemovalReason } from "../core/plan_removal.ts";
import type { Withdrawal } from "../core/plan_withdrawal.ts";
import type { RemovedPlace, WithdrawResult } from "../core/withdraw.ts";
import { formatBytes } from "./summary.ts";

const SINCE: Readonly<Record<RemovalReason, string>> = {
  incomplete: "incomplete, unchanged since",
  orphan: "an orphan, known since",
  withdrawn: "out since",
};

/** Returns what is done, or would be, a line a thing. */
export function withdrawalLines(result: WithdrawResult): readonly string[] {
  return [
    ...result.withdraw.flatMap(withdrawLines),
    ...result.delete.map((place) =>
      `delete ${printable(place.path)} (${SINCE[place.reason]} ${place.since.toISOString()}, ` +
      `${formatBytes(place.sizeBytes)})`
    ),
    ...result.wait.map(({ path, until, sizeBytes }) =>
      `wait ${printable(path)} (until ${until.toISOString()}, ${formatBytes(sizeBytes)})`
    ),
  ];
}

function withdrawLines(one: Withdrawal): readonly string[] {
  const { product, version, items, why, fingerprints, sizeBytes } = one;
  const what = items === undefined ? "" : ` ${items.join(", ")}`;
  return [
    printable(`withdraw ${product}@${version}${what} (${why}, ${formatBytes(sizeBytes)})`),
    ...fingerprints.map((fingerprint) => `  image ${fingerprint}`),
  ];
}

/** Returns the one line that sums up what was, or would be, taken out and removed. */
export function summarizeWithdrawal(result: WithdrawResult): string {
  const { withdraw, delete: removed, wait, documents, findings, written } = result;
  const parts: string[] = [];
  const versions = withdraw.filter(({ items }) => items === undefined).length;
  if (versions > 0) parts.push(`${count(versions, "version")} withdrawn`);
  const others = withdraw.length - versions;
  if (others > 0) parts.push(`${count(others, "version")} changed`);
  if (removed.length > 0) parts.push(`${removed.length} deleted (${bytesOf(removed)})`);
  if (wait.length > 0) parts.push(`${wait.length} waiting (${bytesOf(wait)})`);
  if (findings.length > 0) parts.push(count(findings.length, "finding"));
  const isChanged = documents.some(({ changed }) => changed) || removed.length > 0;
  parts.push(!isChanged ? "nothing to do" : written ? "done" : "nothing written");
  return `simplestreams: ${parts.join("; ")}`;
}

function bytesOf(places: readonly Pick<RemovedPlace, "sizeBytes">[]): string {
  return formatBytes(places.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
