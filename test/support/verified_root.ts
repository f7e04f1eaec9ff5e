import type { Finding } from "../../core/format/finding.ts";
import { type VerifyOptions, type VerifyPorts, verifyTree } from "../../core/verify_tree.ts";
import { createMemoryPorts, type MemoryPorts, publishRoot, putImage } from "./memory_ports.ts";

/** The product that tests break, and where its versions are. */
export const PRODUCT = "debian:12:amd64:default";
export const FOLDER = "images/debian/12/amd64/default";

/** Returns a root with two products in three versions that is published and sound. */
export async function soundRoot(ports = createMemoryPorts()): Promise<MemoryPorts> {
  putImage(ports, `${FOLDER}/20240101`, "a");
  putImage(ports, `${FOLDER}/20240102`, "b");
  putImage(ports, "images/debian/12/arm64/default/20240101", "c");
  ports.tree.put("/root/images/debian/.requirements", '{"nesting": true}');
  await publishRoot(ports, { useCache: false });
  return ports;
}

/** Verifies a root in memory. */
export function verify(
  ports: VerifyPorts,
  options: Partial<VerifyOptions> = {},
  root = "/root",
) {
  return verifyTree(ports, root, { concurrency: 1, ...options });
}

/** Findings as a line each: severity, code and path. */
export function codesOf(findings: readonly Finding[]): readonly string[] {
  return findings.map(({ severity, code, path }) => `${severity} ${code} ${path}`);
}

/** Both documents, as data of no known shape. */
export type Documents = ReturnType<typeof readDocuments>;

/** Changes the published documents, as another tool would write them; first comes `PRODUCT`. */
export function editDocuments(
  ports: MemoryPorts,
  edit: (product: Documents["document"], documents: Documents) => void,
): void {
  const documents = readDocuments(ports);
  edit(documents.document.products[PRODUCT], documents);
  for (const [name, data] of [["images", documents.document], ["index", documents.index]]) {
    const path = `/root/streams/v1/${name}.json`;
    // In place of it, as a publisher does: another inode
    ports.tree.removeFile(path);
    ports.tree.put(path, JSON.stringify(data));
  }
}

function readDocuments(ports: MemoryPorts) {
  const read = (name: string) => JSON.parse(ports.tree.readText(`/root/streams/v1/${name}.json`));
  return { document: read("images"), index: read("index") };
}
