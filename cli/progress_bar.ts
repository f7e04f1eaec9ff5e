import type { Clock, Progress } from "../core/ports.ts";
import { formatBytes } from "./summary.ts";

/** A progress bar on stderr; silent where that is no terminal. */
export interface ProgressBar {
  readonly show: (progress: Progress) => void;
  /** Takes the line away. */
  readonly clear: () => void;
}

const REDRAW_MS = 100;
const CLEAR_LINE = "\r\x1b[K";

/** Starts a progress bar: files, bytes, rate and time left. */
export function startProgressBar(clock: Clock, options: { readonly quiet?: boolean }): ProgressBar {
  if (options.quiet || !process.stderr.isTTY) return { show() {}, clear() {} };
  const start = clock.now().getTime();
  let drawn = 0;
  return {
    show(progress) {
      const now = clock.now().getTime();
      if (now - drawn < REDRAW_MS) return;
      drawn = now;
      const line = progressLine(progress, (now - start) / 1000);
      // A terminal that does not know its width says 0
      process.stderr.write(CLEAR_LINE + line.slice(0, (process.stderr.columns || 80) - 1));
    },
    clear() {
      if (drawn > 0) process.stderr.write(CLEAR_LINE);
    },
  };
}

/** Returns the text of the bar after so many seconds. */
export function progressLine(progress: Progress, seconds: number): string {
  const { files, totalFiles, bytes, totalBytes } = progress;
  const share = totalBytes === 0 ? 1 : Math.min(1, bytes / totalBytes);
  const filled = Math.floor(share * 20);
  const bar = `[${"#".repeat(filled)}${".".repeat(20 - filled)}]`;
  const rate = seconds > 0 ? bytes / seconds : 0;
  const left = rate > 0 ? `, ${formatSeconds((totalBytes - bytes) / rate)} left` : "";
  return `${bar} ${Math.floor(share * 100)} %, ${files}/${totalFiles} files, ` +
    `${formatBytes(bytes)} of ${formatBytes(totalBytes)}, ${formatBytes(rate)}/s${left}`;
}

function formatSeconds(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
