// `npm run docs`: writes the manual pages and the README's reference from the commands themselves.
import { readFileSync, writeFileSync } from "node:fs";
import { makeDocs } from "./docs/make_docs.ts";

for (const [path, text] of await makeDocs(readFileSync("README.md", "utf8"))) {
  writeFileSync(path, text);
  console.log(`${path}: written`);
}
