import { platformCode } from "../../core/adapters/storage_errors.ts";
import { printable } from "../../core/format/text.ts";

const LATER = "what changes there is found by the full pass that --rescan sets";
// Node has these codes; Deno has them in the message alone.
const TOO_MANY_FOLDERS = /ENOSPC|no space left on device|file watch limit/i;
const TOO_MANY_WATCHES = /EMFILE|ENFILE|too many open files/i;

/** Returns what is to be told of an error of a watch; the same text for all errors of one cause. */
export function describeTrouble(error: unknown, root: string): string {
  const text = error instanceof Error ? error.message : String(error);
  const told = `${platformCode(error)} ${text}`;
  const action = `Cannot watch all folders of "${printable(root)}"`;
  if (TOO_MANY_FOLDERS.test(told)) {
    return `${action}: the system's limit of watched folders is reached, expected room for one each; ` +
      `raise fs.inotify.max_user_watches (sysctl) and start again; ${LATER}`;
  }
  if (TOO_MANY_WATCHES.test(told)) {
    return `${action}: the system's limit of open files or watches is reached, expected room for ` +
      `more; raise fs.inotify.max_user_instances (sysctl) or ulimit -n and start again; ${LATER}`;
  }
  return `${action}: ${printable(text)}; ${LATER}`;
}
