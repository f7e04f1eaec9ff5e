import { printable } from "./text.ts";

/** What can be wrong with a tree, a settings file or a document; stable, for machines. */
export type FindingCode =
  | "ALIAS_MISSING"
  | "ALIAS_TAKEN"
  | "ALIAS_UNUSABLE"
  | "ARCHITECTURE_UNKNOWN"
  | "CACHE_NOT_WRITTEN"
  | "CHECKSUM_MISSING"
  | "CHECKSUM_WRONG"
  | "DELTA_BASE"
  | "DELTA_DISK"
  | "DELTA_NOT_MADE"
  | "DELTA_TWICE"
  | "DELTA_UNPROVEN"
  | "DELTA_WRONG"
  | "DIGEST_UNUSABLE"
  | "DOCUMENTS_CHANGING"
  | "DOCUMENT_HEAD"
  | "DOCUMENT_MISSING"
  | "DOCUMENT_UNLISTED"
  | "DOCUMENT_UNPARSABLE"
  | "FILE_CHANGING"
  | "FILE_DIGEST"
  | "FILE_EMPTY"
  | "FILE_MISSING"
  | "FILE_SIZE"
  | "FILE_UNLISTED"
  | "FILE_UNREADABLE"
  | "FINGERPRINT_MISSING"
  | "FINGERPRINT_TAKEN"
  | "FINGERPRINT_WRONG"
  | "FTYPE_UNKNOWN"
  | "IMAGES_MISSING"
  | "INDEX_EMPTY"
  | "INDEX_STALE"
  | "LINK_OUTSIDE"
  | "METADATA_DIFFERS"
  | "NAME_UNUSABLE"
  | "PATH_HIDDEN"
  | "PATH_UNUSABLE"
  | "PRODUCT_EMPTY"
  | "PRODUCT_UNKNOWN"
  | "REQUIREMENTS_INCUS_MISSING"
  | "REQUIREMENTS_LXD_MISSING"
  | "REQUIREMENT_UNKNOWN"
  | "REQUIREMENT_VALUE"
  | "ROOT_AMBIGUOUS"
  | "SETTINGS_MISPLACED"
  | "SETTING_UNKNOWN"
  | "SIZE_UNUSABLE"
  | "SPELLED_TWICE"
  | "STREAM_NAME_TAKEN"
  | "SUPPORT_EOL"
  | "TRAILING_BYTES"
  | "TYPE_WRONG"
  | "UNIFIED_UNUSABLE"
  | "VERSION_NAME"
  | "VERSION_ORDER"
  | "VERSION_UNLISTED"
  | "VERSION_WITHOUT_METADATA"
  | "VERSION_WITHOUT_ROOT"
  | "WITHDRAWN_KEPT"
  | "WITHDRAWN_LEFT";

/** One thing wrong with a tree or a document; `path` is relative to the root where it lies in it. */
export interface Finding {
  readonly code: FindingCode;
  readonly severity: "warning" | "error";
  readonly path: string;
  readonly message: string;
}

/** Returns a finding that does not stop the rest from being published. */
export function warning(code: FindingCode, path: string, message: string): Finding {
  return { code, severity: "warning", path, message };
}

/** Returns a finding about what clients get wrong, or cannot get at all. */
export function fault(code: FindingCode, path: string, message: string): Finding {
  return { code, severity: "error", path, message };
}

/**
 * Returns the one line that people see; control characters are shown, not sent to the terminal.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { formatFinding, warning } from "./finding.ts";
 * const finding = warning("FILE_EMPTY", "images/a", "is empty");
 * assert.equal(formatFinding(finding), "warning: images/a: is empty");
 * ```
 */
export function formatFinding(finding: Finding): string {
  return `${finding.severity}: ${printable(finding.path)}: ${printable(finding.message)}`;
}

/** Returns findings in the one order in which they are shown: by path, then code, then message. */
export function sortFindings(findings: readonly Finding[]): readonly Finding[] {
  return [...findings].sort((a, b) =>
    compareText(a.path, b.path) || compareText(a.code, b.code) || compareText(a.message, b.message)
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
