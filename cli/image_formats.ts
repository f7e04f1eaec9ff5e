import type { ListedImage } from "../core/list_images.ts";
import type { ImageColumn } from "./image_columns.ts";
import { compactTable, csvTable, framedTable, markdownTable, type Table } from "./table.ts";

/** How `list` shows images. */
export const FORMATS = ["table", "compact", "json", "csv", "yaml", "markdown"] as const;

export type Format = typeof FORMATS[number];

/** Returns whether a format has columns to choose from; the others show whole objects. */
export function hasColumns(format: Format): boolean {
  return format !== "json" && format !== "yaml";
}

/** Returns what images are in a format, in pieces; each text ends in a newline. */
export async function formatImages(
  images: readonly ListedImage[],
  options: { readonly format: Format; readonly columns: readonly ImageColumn[] },
): Promise<readonly string[]> {
  const { format, columns } = options;
  switch (format) {
    case "json":
      return [`${JSON.stringify(images, undefined, 2)}\n`];
    case "yaml": {
      const { stringify } = await import("yaml");
      // Aliases of YAML are for people who write it
      const style = { aliasDuplicateObjects: false, lineWidth: 0 } as const;
      // Quoted, as readers of YAML 1.1 take 20240101_05:24 for a number to the base of 60
      return [
        stringify(images, { ...style, defaultStringType: "QUOTE_DOUBLE", defaultKeyType: "PLAIN" }),
      ];
    }
    case "csv":
      // RFC 4180, 2.1
      return csvTable(tableOf(images, columns, { isWhole: true })).map((line) => `${line}\r\n`);
    case "markdown":
      return markdownTable(tableOf(images, columns)).map((line) => `${line}\n`);
    case "compact":
      return compactTable(tableOf(images, columns)).map((line) => `${line}\n`);
    case "table":
      return framedTable(tableOf(images, columns)).map((line) => `${line}\n`);
  }
}

function tableOf(
  images: readonly ListedImage[],
  columns: readonly ImageColumn[],
  options: { readonly isWhole?: boolean } = {},
): Table {
  return {
    names: columns.map(({ name }) => name),
    isRight: columns.map(({ isNumber }) => isNumber ?? false),
    rows: images.map((image) =>
      columns.map(({ value, short }) => (options.isWhole ? value : short ?? value)(image))
    ),
  };
}
