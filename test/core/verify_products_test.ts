import { type Documents } from "../support/verified_root.ts";
import { type Rule, testRules, warned } from "../support/verify_rules.ts";

const ARM = "images/debian/12/arm64/default";

const PRODUCTS: readonly Rule[] = [
  {
    name: "an unknown architecture",
    edit: (product) => product.arch = "m68k",
    expected: warned("ARCHITECTURE_UNKNOWN"),
  },
  ...["os", "release", "variant"].map((field) => ({
    name: `no ${field}`,
    edit: (product: Documents["document"]) => delete product[field],
    expected: warned("NAME_UNUSABLE"),
  })),
  {
    name: "no alias",
    edit: (product) => product.aliases = "",
    expected: warned("ALIAS_MISSING"),
  },
  ...["a, b", "a:b", "a,,b", "a "].map((aliases) => ({
    name: `the aliases "${aliases}"`,
    edit: (product: Documents["document"]) => product.aliases = aliases,
    expected: warned("ALIAS_UNUSABLE"),
  })),
  {
    name: "an alias twice in a product",
    edit: (product) => product.aliases = "a,a",
    expected: warned("ALIAS_TAKEN"),
  },
  {
    name: "an alias of another product, the architecture in another spelling",
    edit: (product, { document }) => {
      product.aliases = "a";
      document.products["debian:12:arm64:default"].aliases = "a";
      document.products["debian:12:arm64:default"].arch = "x86_64";
    },
    expected: warned("ALIAS_TAKEN"),
  },
  {
    name: "support_eol that is no date",
    edit: (product) => product.support_eol = "June",
    expected: warned("SUPPORT_EOL"),
  },
  {
    name: "support_eol on a day that there is not",
    edit: (product) => product.support_eol = "2030-02-31",
    expected: warned("SUPPORT_EOL"),
  },
  {
    name: "an unknown requirement",
    edit: (product) => product.requirements.secure_boot = "false",
    expected: warned("REQUIREMENT_UNKNOWN"),
  },
  {
    name: "a requirement that is neither true nor false",
    edit: (product) => product.lxd_requirements.nesting = "maybe",
    expected: warned("REQUIREMENT_VALUE"),
  },
  {
    name: "no requirements beside lxd_requirements",
    edit: (product) => delete product.requirements,
    expected: warned("REQUIREMENTS_INCUS_MISSING"),
  },
  {
    name: "no lxd_requirements",
    edit: (product) => delete product.lxd_requirements,
    expected: warned("REQUIREMENTS_LXD_MISSING"),
  },
  {
    name: "no versions",
    edit: (_product, { document }) => document.products["debian:12:arm64:default"].versions = {},
    expected: [...warned("VERSION_UNLISTED", `${ARM}/20240101`), ...warned("PRODUCT_EMPTY")],
  },
  ...["20240230", "2024010", "latest"].map((name) => ({
    name: `a version called ${name}`,
    edit: (product: Documents["document"]) => {
      product.versions[name] = product.versions["20240102"];
      delete product.versions["20240102"];
    },
    expected: warned("VERSION_NAME"),
  })),
  {
    name: "a version with a date and anything after it",
    edit: (product) => {
      product.versions["20240102-daily"] = product.versions["20240102"];
      delete product.versions["20240102"];
    },
    expected: [],
  },
  {
    name: "versions named in two ways",
    edit: (product) => {
      product.versions["20240102_05:24"] = product.versions["20240101"];
      product.versions["202401020600"] = product.versions["20240102"];
      delete product.versions["20240101"];
      delete product.versions["20240102"];
    },
    expected: warned("VERSION_ORDER"),
  },
];

testRules("products", PRODUCTS);
