import { type Documents } from "../support/verified_root.ts";
import {
  failed,
  IMAGES,
  INDEX,
  put,
  remove,
  type Rule,
  testRules,
  warned,
} from "../support/verify_rules.ts";

const DOCUMENTS: readonly Rule[] = [
  { name: "no index", change: remove(INDEX), expected: failed("DOCUMENT_MISSING", INDEX) },
  { name: "no products document", change: remove(IMAGES), expected: failed("DOCUMENT_MISSING") },
  {
    name: "an empty index",
    change: put(INDEX, ""),
    expected: failed("DOCUMENT_UNPARSABLE", INDEX),
  },
  {
    name: "an empty document",
    change: put(IMAGES, " \n"),
    expected: failed("DOCUMENT_UNPARSABLE"),
  },
  {
    name: "a document cut short",
    change: ({ tree }) =>
      tree.put(`/root/${IMAGES}`, tree.readText(`/root/${IMAGES}`).slice(0, -4)),
    expected: failed("DOCUMENT_UNPARSABLE"),
  },
  {
    name: "a document with something after it",
    change: ({ tree }) => tree.put(`/root/${IMAGES}`, `${tree.readText(`/root/${IMAGES}`)}x`),
    expected: failed("DOCUMENT_UNPARSABLE"),
  },
  {
    name: "a document with something else for a comma",
    change: ({ tree }) => {
      const text = tree.readText(`/root/${IMAGES}`);
      tree.put(`/root/${IMAGES}`, text.replace(',\n"debian:12:arm64', ';\n"debian:12:arm64'));
    },
    expected: failed("DOCUMENT_UNPARSABLE"),
  },
  {
    name: "a byte order mark",
    change: ({ tree }) => tree.put(`/root/${IMAGES}`, `\ufeff${tree.readText(`/root/${IMAGES}`)}`),
    expected: failed("DOCUMENT_UNPARSABLE"),
  },
  { name: "a list", change: put(IMAGES, "[]"), expected: failed("DOCUMENT_UNPARSABLE") },
  {
    name: "a product on two lines, the last of which counts",
    change: ({ tree }) => {
      const text = tree.readText(`/root/${IMAGES}`);
      const [, line = ""] = text.split("\n");
      tree.put(`/root/${IMAGES}`, text.replace(line, () => `${line}\n${line}`));
    },
    expected: [],
  },
  {
    name: "another format of the document",
    edit: (_product, { document }) => document.format = "products:2.0",
    expected: warned("DOCUMENT_HEAD"),
  },
  {
    name: "another format of the index",
    edit: (_product, { index }) => index.format = undefined,
    expected: warned("DOCUMENT_HEAD", INDEX),
  },
  {
    name: "a document that no index names",
    change: put("streams/v1/left.json", "{}"),
    expected: warned("DOCUMENT_UNLISTED", "streams/v1/left.json"),
  },
  {
    name: "an index without a stream of images",
    edit: (_product, { index }) => index.index.images.datatype = "content-download",
    expected: [
      `warning DOCUMENT_UNLISTED ${IMAGES}`,
      `warning INDEX_EMPTY ${INDEX}`,
    ],
  },
  {
    name: "a stream without products",
    edit: (_product, { index }) => index.index.images.products = [],
    expected: warned("INDEX_EMPTY", INDEX),
  },
  {
    name: "a stream without products, and without its file",
    edit: (_product, { index }) => {
      const images = index.index.images;
      index.index.other = { ...images, path: "other/images.json", products: [] };
    },
    expected: warned("INDEX_EMPTY", INDEX),
  },
  {
    name: "a stream without products, and all of another in its file",
    edit: (_product, { index }) => {
      const images = index.index.images;
      index.index.other = { ...images, path: "streams/v1/other.json", products: [] };
    },
    change: (ports) => {
      const text = ports.tree.readText("/root/streams/v1/images.json");
      ports.tree.put("/root/streams/v1/other.json", text);
    },
    expected: warned("INDEX_EMPTY", INDEX),
  },
  {
    name: "an index that names a product too many",
    edit: (_product, { index }) => index.index.images.products.push("a:b:c:d"),
    expected: warned("INDEX_STALE", INDEX),
  },
  {
    name: "an index that does not name a product",
    edit: (_product, { index }) => index.index.images.products.pop(),
    expected: warned("INDEX_STALE", INDEX),
  },
  {
    name: "two streams with one file name",
    edit: (_product, { index }) => {
      const images = index.index.images;
      index.index.other = { ...images, path: "other/images.json", products: ["a:b:c:d"] };
    },
    change: put(
      "other/images.json",
      '{"format":"products:1.0","datatype":"image-downloads","products":{}}',
    ),
    expected: [...failed("STREAM_NAME_TAKEN", INDEX), ...warned("INDEX_STALE", INDEX)].sort(),
  },
  ...["/streams/v1/images.json", "../images.json", "", "streams/v1/100%.json"].map((path) => ({
    name: `a stream with the path "${path}"`,
    edit: (_product: unknown, { index }: Documents) => index.index.images.path = path,
    expected: [
      ...failed("PATH_UNUSABLE", INDEX),
      ...warned("DOCUMENT_UNLISTED"),
    ],
  })),
];

testRules("documents", DOCUMENTS);
