import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { createMetadataReader } from "../../../core/adapters/metadata_archive.ts";
import { createMetadataPacker } from "../../../core/adapters/metadata_packer.ts";
import { storeXz } from "../../../core/adapters/stored_xz.ts";
import { makeScratch, noise, run } from "../../support/archives.ts";

const scratch = makeScratch();
after(() => rmSync(scratch, { recursive: true }));

let files = 0;

function save(bytes: Uint8Array): string {
  const path = join(scratch, `${files++}.xz`);
  writeFileSync(path, bytes);
  return path;
}

// Around the ends of chunks, of words of four bytes, and of one and two bytes of a number
for (const size of [0, 1, 2, 3, 4, 127, 128, 16383, 16384, 65535, 65536, 65537, 131073, 1 << 20]) {
  test(`storeXz() stores ${size} bytes so that the xz program unpacks them`, () => {
    const bytes = noise(size);
    const path = save(storeXz(bytes));
    run("xz", ["--test", path]);
    assert.ok(Buffer.from(run("xz", ["-dc", path])).equals(bytes));
    assert.match(new TextDecoder().decode(run("xz", ["--robot", "--list", path])), /\tCRC32\t/);
  });
}

const TEXT = "architecture: x86_64\nproperties:\n  os: Debian\n";
const TIME = new Date("2024-01-02T03:04:00Z");

test("pack() makes an archive that tar and the metadata reader read", async () => {
  const path = save(await createMetadataPacker().pack(TEXT, TIME));
  const listed = new TextDecoder().decode(run("tar", ["--utc", "-tvJf", path]));
  assert.equal(listed, `-rw-r--r-- root/root        46 2024-01-02 03:04 metadata.yaml\n`);
  assert.equal(new TextDecoder().decode(run("tar", ["-xOJf", path, "metadata.yaml"])), TEXT);
  assert.deepEqual(await createMetadataReader().read(path), {
    document: { architecture: "x86_64", properties: { os: "Debian" } },
    trailingBytes: 0,
  });
});

test("pack() makes the same bytes of the same text", async () => {
  const path = save(await createMetadataPacker().pack(TEXT, TIME));
  const [sum] = new TextDecoder().decode(run("sha256sum", [path])).split(" ");
  assert.equal(sum, "fcba94665801433713d26fa1d5f675fa7ddd07cadcd24d5604d99e5cb22223ac");
});
