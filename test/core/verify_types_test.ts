import { FOLDER } from "../support/verified_root.ts";
import {
  type Edit,
  failed,
  IMAGES,
  INDEX,
  items,
  type Rule,
  testRules,
  warned,
} from "../support/verify_rules.ts";

/** A value of the wrong type, in a place of the product, as clients' decoders see it. */
function wrongType(name: string, edit: Edit, others: readonly string[] = []): Rule {
  const expected = [...others, `error TYPE_WRONG ${IMAGES}`].sort();
  return { name: `wrong type: ${name}`, edit, expected };
}

const TYPES: readonly Rule[] = [
  ...["aliases", "arch", "os", "release", "variant"].map((field) =>
    wrongType(
      `${field} as a number`,
      (product) => product[field] = 1,
      {
        aliases: warned("ALIAS_MISSING"),
        arch: warned("ARCHITECTURE_UNKNOWN"),
      }[field] ?? warned("NAME_UNUSABLE"),
    )
  ),
  ...["release_title", "release_codename", "version", "support_eol"].map((field) =>
    wrongType(`${field} as a number`, (product) => product[field] = 12)
  ),
  wrongType("aliases as a list", (product) => product.aliases = ["a"], warned("ALIAS_MISSING")),
  wrongType("supported as a string", (product) => product.supported = "true"),
  wrongType("a requirement that is a boolean", (product) => product.requirements.nesting = true),
  wrongType("a requirement that is a number", (product) => product.lxd_requirements.nesting = 1),
  wrongType("requirements as a list", (product) => product.requirements = []),
  wrongType("versions as a list", (product) => product.versions = [], [
    ...warned("PRODUCT_EMPTY"),
    `warning VERSION_UNLISTED ${FOLDER}/20240101`,
    `warning VERSION_UNLISTED ${FOLDER}/20240102`,
  ]),
  wrongType("label as a number", (product) => product.versions["20240101"].label = 1),
  wrongType("pubname as a number", (product) => product.versions["20240101"].pubname = 1),
  wrongType("size as a string", (product) => items(product)["root.squashfs"].size = "6"),
  wrongType("size as a float", (product) => items(product)["root.squashfs"].size = 6.5),
  wrongType("size of more than 64 bits", (product) => {
    items(product)["root.squashfs"].size = 2 ** 63;
  }, [`error FILE_SIZE ${FOLDER}/20240102/root.squashfs`]),
  wrongType("sha256 as a number", (product) => items(product)["root.squashfs"].sha256 = 1),
  wrongType("a name in another case", (product) => product.Aliases = 1),
  wrongType("a field of the document", (_product, { document }) => document.content_id = 1),
  wrongType("a date of the document", (_product, { document }) => document.updated = 20240101),
  {
    name: "wrong type: a product that is a list",
    edit: (_product, { document, index }) => {
      document.products.other = [];
      index.index.images.products.push("other");
    },
    expected: [
      ...warned("ALIAS_MISSING"),
      ...warned("ARCHITECTURE_UNKNOWN"),
      ...Array(3).fill(`warning NAME_UNUSABLE ${IMAGES}`),
      ...warned("PRODUCT_EMPTY"),
      ...failed("TYPE_WRONG"),
    ],
  },
  {
    name: "wrong type: a stream of the index with a product that is a number",
    edit: (_product, { index }) => index.index.images.products.push(1),
    expected: failed("TYPE_WRONG", INDEX),
  },
  {
    name: "wrong type: a whole number with a fraction",
    change: ({ tree }) => {
      const text = tree.readText(`/root/${IMAGES}`);
      tree.put(`/root/${IMAGES}`, text.replace(/"size":6\b/, '"size":6.0'));
    },
    expected: failed("TYPE_WRONG"),
  },
];

testRules("types", TYPES);
