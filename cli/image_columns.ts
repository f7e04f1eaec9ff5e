import { SimplestreamsError } from "../core/errors.ts";
import type { ListedImage } from "../core/list_images.ts";
import { formatBytes } from "./summary.ts";

/** A column of `list`. */
export interface ImageColumn {
  readonly name: string;
  /** The whole value, for other programs. */
  readonly value: (image: ListedImage) => string;
  /** What people see, where that is less. */
  readonly short?: (image: ListedImage) => string;
  /** Numbers stand at the right. */
  readonly isNumber?: boolean;
}

const COLUMNS: readonly ImageColumn[] = [
  { name: "alias", value: ({ aliases }) => aliases.join(), short: shortAlias },
  {
    name: "fingerprint",
    value: ({ fingerprint }) => fingerprint,
    short: ({ fingerprint }) => fingerprint.slice(0, 12),
  },
  { name: "os", value: ({ os }) => os },
  { name: "release", value: ({ release }) => release },
  { name: "variant", value: ({ variant }) => variant },
  { name: "arch", value: ({ arch }) => arch },
  { name: "type", value: ({ type }) => type },
  { name: "version", value: ({ version }) => version },
  {
    name: "size",
    value: ({ size }) => String(size),
    short: ({ size }) => formatBytes(size),
    isNumber: true,
  },
  { name: "requirements", value: requirementsOf },
  { name: "clients", value: ({ clients }) => clients.join() },
  { name: "product", value: ({ product }) => product },
  {
    name: "delta",
    value: ({ delta }) => delta === undefined ? "" : String(delta.size),
    short: ({ delta }) =>
      delta === undefined ? "" : `${formatBytes(delta.size)} (${delta.percent} %)`,
    isNumber: true,
  },
];

/** The columns that are shown when none are asked for. */
export const DEFAULT_COLUMNS = COLUMNS.slice(0, 10);

/** The names of all columns, for the help. */
export const COLUMN_NAMES: readonly string[] = COLUMNS.map(({ name }) => name);

/**
 * Returns the columns that a list of names asks for, in its order.
 *
 * @param text names with commas between them
 * @throws {SimplestreamsError} `USAGE` naming the columns that there are
 */
export function parseColumns(text: string): readonly ImageColumn[] {
  return text.split(",").map((name) => {
    const column = COLUMNS.find((column) => column.name === name);
    if (column !== undefined) return column;
    throw new SimplestreamsError(
      "USAGE",
      `Cannot show the column "${name}": there is no such column, expected names of ` +
        `${COLUMN_NAMES.join(", ")} with commas between them`,
    );
  });
}

function shortAlias({ aliases }: ListedImage): string {
  const [first = "", ...others] = aliases;
  return others.length === 0 ? first : `${first} (${others.length} more)`;
}

function requirementsOf({ requirements }: ListedImage): string {
  return Object.entries(requirements).map(([key, value]) => `${key}=${value}`).join();
}
