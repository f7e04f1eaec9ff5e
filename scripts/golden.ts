// `deno task golden`: writes what golden trees give, after sha256sum has agreed with every digest.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { IMAGES_PATH } from "../core/format/documents.ts";
import { GOLDEN, goldenCases, makeGoldenFiles } from "../test/support/golden.ts";

for (const name of goldenCases()) {
  const files = await makeGoldenFiles(name);
  const root = `${GOLDEN}/${name}/root`;
  const documents = [...files].flatMap(([file, text]) => isProducts(file) ? [text] : []);
  if (documents.length === 0) documents.push(readFileSync(`${root}/${IMAGES_PATH}`, "utf8"));
  for (const document of documents) checkDigests(root, JSON.parse(document));
  for (const [file, text] of files) writeFileSync(`${GOLDEN}/${name}/${file}`, text);
  console.log(`${name}: written`);
}

/** Not the index, nor what `list` says of a tree that came with documents. */
function isProducts(file: string): boolean {
  return file.endsWith(".json") && file !== "index.json" && !file.startsWith("list");
}

interface Images {
  products: Record<string, { versions: Record<string, { items: Record<string, Item> }> }>;
}
type Item = { ftype: string; path: string; sha256: string; size: number } & Record<string, string>;

function checkDigests(root: string, { products }: Images): void {
  const fields = {
    "root.tar.xz": ["combined_rootxz_sha256", "combined_sha256"],
    squashfs: ["combined_squashfs_sha256"],
    "disk-kvm.img": ["combined_disk-kvm-img_sha256"],
  };
  for (const { versions } of Object.values(products)) {
    for (const { items } of Object.values(versions)) {
      for (const item of Object.values(items)) {
        expect(item.sha256, sha256sum(root, [item.path]), item.path);
        for (const [ftype, names] of Object.entries(fields)) {
          const file = Object.values(items).find((other) => other.ftype === ftype);
          for (const field of names.filter((one) => one in item)) {
            expect(item[field], sha256sum(root, [item.path, file?.path ?? ""]), field);
          }
        }
      }
    }
  }
}

function sha256sum(root: string, paths: readonly string[]): string {
  const files = paths.map((path) => `${root}/${path}`);
  const script = 'cat -- "$@" | sha256sum';
  return execFileSync("sh", ["-c", script, "sh", ...files], { encoding: "utf8" }).slice(0, 64);
}

function expect(found: string | undefined, expected: string, what: string): void {
  if (found !== expected) throw new Error(`${what}: sha256sum says ${expected}, found ${found}`);
}
