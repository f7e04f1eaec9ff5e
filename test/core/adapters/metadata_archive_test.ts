import assert from "node:assert/strict";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import {
  createMetadataReader,
  type MetadataReaderOptions,
} from "../../../core/adapters/metadata_archive.ts";
import { FormatError, StorageError } from "../../../core/errors.ts";
import type { MetadataArchive } from "../../../core/archive_ports.ts";
import { concat, gzip, makeScratch, makeTar, noise, run, xz } from "../../support/archives.ts";

const YAML = "architecture: x86_64\ncreation_date: 1700000000\nproperties:\n  os: Alpine\n" +
  "  release: 24.10\n";
const DOCUMENT = {
  architecture: "x86_64",
  creation_date: "1700000000",
  properties: { os: "Alpine", release: "24.10" },
};

const METADATA = { name: "metadata.yaml", content: YAML };
const TEMPLATE = { name: "templates/hosts.tpl", content: "127.0.0.1 localhost\n".repeat(100) };
const TAR = makeTar([METADATA]);
const XZ = xz(TAR);
const GZIP = gzip(TAR);

// zstd is not on every machine: made with `zstd -19` of `tar --format=ustar` of YAML above
const ZSTD = base64(
  "KLUv/WQAJ4UEAJLIGhpwx20hJhfAZ4m0kVhVd0EQ2iqoox7+z/0iA3eOiASg2qabLCOeXRaTEFA1hnhU29W8DGPmXIBQ" +
    "bStiLGy1Lh8nk5EGBlTLTR/bq3Cw3jVj/B9rt+aOl4Es0O9Qgf4/M/3/JYoeCG1FtFcJDQAcLYCXA5eQABV8ANAUMBQO" +
    "gPADkBx4AKsGOFYuYyagBLCWpjM=",
);
// `zstd --no-check`
const ZSTD_UNCHECKED = base64(
  "KLUv/WAAJ4UEAJLIGhpwx20hJhfAZ4m0kVhVd0EQ2iqoox7+z/0iA3eOiASg2qabLCOeXRaTEFA1hnhU29W8DGPmXIBQ" +
    "bStiLGy1Lh8nk5EGBlTLTR/bq3Cw3jVj/B9rt+aOl4Es0O9Qgf4/M/3/JYoeCG1FtFcJDQAcLYCXA5eQABV8ANAUMBQO" +
    "gPADkBx4AKsGOFYuYyagBA==",
);
// Standard input, so no content size in the header
const ZSTD_UNSIZED = base64(
  "KLUv/QRYhQQAksgaGnDHbSEmF8BnibSRWFV3QRDaKqijHv7P/SIDd46IBKDappssI55dFpMQUDWGeFTb1bwMY+ZcgFBt" +
    "K2IsbLUuHyeTkQYGVMtNH9urcLDeNWP8H2u35o6XgSzQ71CB/j8z/f8lih4IbUW0VwkNABwtgJcDl5AAFXwA0BQwFA6A" +
    "8AOQHHgAqwY4Vi5jJqAEsJamMw==",
);
// 300,000 zero bytes before metadata.yaml: several blocks
const ZSTD_BLOCKS = base64(
  "KLUv/aQAsAQALAIAYsIIEMCnA/uK6Yl/Z7SvYO3/kgLnHbYjSZS+YKu4t0boVdbNKQEMIAAzkXGk/pYDWGYYGqBQvU+G" +
    "wX1TAeyxDApgPYUsAgAQAMUDAKKFExeAaxtA7I0y0P0yCVFsugsstbTgbBb2HhgokARn385v2GtIKsdlonLOmv8cPwwM" +
    "TRrHes8LU5EUB5Tq/PR6s2XxJiINOmhjNgK2V9k+EwwApMeFGX2RCijBBAOXeU7A2kEAbgyoxO3jDjBgCQqBAdP3V3QQ" +
    "BIaOTp0=",
);

const scratch = makeScratch();
after(() => rmSync(scratch, { recursive: true }));

function base64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

let files = 0;

function save(bytes: Uint8Array): string {
  const path = join(scratch, `${files++}`);
  writeFileSync(path, bytes);
  return path;
}

function read(bytes: Uint8Array, options?: MetadataReaderOptions): Promise<MetadataArchive> {
  return createMetadataReader(options).read(save(bytes));
}

function readYaml(content: string | Uint8Array): Promise<MetadataArchive> {
  return read(makeTar([{ name: "metadata.yaml", content }]));
}

async function assertRefused(
  reading: Promise<MetadataArchive>,
  message: RegExp,
  where: { readonly line?: number; readonly column?: number } = {},
): Promise<void> {
  await assert.rejects(reading, (error) => {
    assert.ok(error instanceof FormatError, `${error}`);
    assert.match(error.message, /^Cannot read metadata archive ".*": .*, expected .*[^.]$/);
    assert.match(error.message, message);
    const { path, ...position } = error.where;
    assert.ok(path?.startsWith(scratch));
    assert.deepEqual(position, where);
    return true;
  });
}

function flip(bytes: Uint8Array, place: number, mask: number): Uint8Array {
  return bytes.map((byte, index) => index === place ? byte ^ mask : byte);
}

// What can be read

const SOUND: Readonly<Record<string, () => Uint8Array>> = {
  "a plain tar archive": () => TAR,
  "xz data": () => XZ,
  "xz data without a check": () => xz(TAR, "--check=none"),
  "xz data in several blocks": () => xz(TAR, "--block-size=1000"),
  "xz data that is not compressible": () =>
    xz(makeTar([{ name: "a", content: noise(200000) }, METADATA])),
  "xz stream padding": () => concat(XZ, 4, xz(new Uint8Array()), 65536),
  "an archive in two xz streams": () => concat(xz(TAR.subarray(0, 700)), 8, xz(TAR.subarray(700))),
  "gzip data": () => GZIP,
  "gzip data with a file name": () => run("gzip", ["-c", save(TAR)]),
  "gzip data larger than a piece": () =>
    gzip(makeTar([{ name: "a", content: noise(200000) }, METADATA]), "-1"),
  "an archive in two gzip members": () => concat(gzip(TAR.subarray(0, 9)), gzip(TAR.subarray(9))),
  "a gzip header with all there can be": () =>
    concat(
      Uint8Array.of(31, 139, 8, 0x1e, 0, 0, 0, 0, 0, 3, 2, 0, 7, 7),
      "name\0comment\0",
      Uint8Array.of(9, 9),
      GZIP.subarray(10),
    ),
  "zstd data": () => ZSTD,
  "zstd data without a check": () => ZSTD_UNCHECKED,
  "zstd data without a size": () => ZSTD_UNSIZED,
  "zstd data in several blocks": () => ZSTD_BLOCKS,
  "zstd skippable frames": () => {
    const skippable = concat(Uint8Array.of(0x5e, 0x2a, 0x4d, 0x18, 3, 0, 0, 0), "abc");
    return concat(skippable, ZSTD, skippable);
  },
  "./metadata.yaml": () => xz(makeTar([{ name: "./" }, { ...METADATA, name: "./metadata.yaml" }])),
  "metadata.yaml after other files": () => xz(makeTar([{ name: "templates" }, TEMPLATE, METADATA])),
  "names of any length in GNU form": () => withLongNames("gnu"),
  "names of any length in PAX form": () => withLongNames("posix"),
  "PAX headers of an extended attribute": () =>
    makeTar([METADATA], ["--format=posix", "--pax-option=user.test:=value"]),
  "metadata.yaml twice, the first": () => {
    const second = makeTar([{ name: "metadata.yaml", content: "os: other" }], ["-b1"]);
    return concat(makeTar([METADATA], ["-b1"]).subarray(0, -1024), second);
  },
};

for (const [what, make] of Object.entries(SOUND)) {
  test(`read() reads ${what}`, async () => {
    assert.deepEqual(await read(make()), { document: DOCUMENT, trailingBytes: 0 });
  });
}

function withLongNames(format: string): Uint8Array {
  const long = { name: `${"directory/".repeat(20)}${"n".repeat(120)}`, content: "x" };
  const link = { name: "link", link: "t".repeat(150) };
  return xz(makeTar([long, link, METADATA], [`--format=${format}`]));
}

const TRAILING: readonly (readonly [what: string, bytes: Uint8Array, trailingBytes: number])[] = [
  ["a newline after xz data", concat(XZ, "\n"), 1],
  ["text after xz stream padding", concat(XZ, 8, "text"), 4],
  ["zeros after xz data that are no stream padding", concat(XZ, 7), 3],
  ["a newline after gzip data", concat(GZIP, "\n"), 1],
  ["zeros after gzip data", concat(GZIP, 512), 512],
  ["text longer than a piece after gzip data", concat(GZIP, "x".repeat(100000)), 100000],
  ["a newline after zstd data", concat(ZSTD, "\n"), 1],
  ["a newline after a plain tar archive", concat(TAR, "\n"), 1],
];

for (const [what, bytes, trailingBytes] of TRAILING) {
  test(`read() counts ${what}`, async () => {
    assert.deepEqual(await read(bytes), { document: DOCUMENT, trailingBytes });
  });
}

// What is broken

test("read() refuses an archive of any kind that is cut anywhere", async () => {
  for (const [kind, bytes] of Object.entries({ XZ, GZIP, ZSTD, ZSTD_UNCHECKED })) {
    for (let length = 1; length < bytes.length; length++) {
      await assertRefused(read(bytes.subarray(0, length)), /cut short|begins with/).catch(
        (error) => assert.fail(`${kind} cut to ${length}: ${error}`),
      );
    }
  }
});

test("read() refuses a plain tar archive that is cut anywhere before its end mark", async () => {
  const tar = makeTar([METADATA, TEMPLATE], ["-b1"]);
  for (let length = 300; length < tar.length; length += 61) {
    await assertRefused(read(tar.subarray(0, length)), /cut short/);
  }
});

test("read() refuses sound packed data of a tar archive that is cut", async () => {
  const tar = makeTar([METADATA, TEMPLATE], ["-b1"]);
  for (const length of [511, 600, 1024, 1536, 3000, tar.length - 1024, tar.length - 1]) {
    for (const pack of [xz, gzip]) await assertRefused(read(pack(tar.subarray(0, length))), /tar/);
  }
});

test("read() refuses, or reads right, an archive in which any byte is changed", async () => {
  const descriptors = readdirSync("/proc/self/fd").length;
  for (const [kind, bytes] of Object.entries({ XZ, GZIP, ZSTD })) {
    let refused = 0;
    for (let place = 0; place < bytes.length; place++) {
      for (const mask of [0x01, 0xff]) {
        try {
          assert.deepEqual((await read(flip(bytes, place, mask))).document, DOCUMENT);
        } catch (error) {
          const context = `${kind} byte ${place} ^ ${mask}`;
          assert.ok(error instanceof FormatError, `${context}: ${error}`);
          refused++;
        }
      }
    }
    assert.ok(refused > bytes.length, `${kind}: ${refused}`);
  }
  assert.ok(readdirSync("/proc/self/fd").length <= descriptors + 3);
});

test("read() refuses, or reads, data without checks in which any byte is changed", async () => {
  const plain = makeTar([METADATA], ["-b1"]);
  const sha256 = xz(TAR, "--check=sha256").subarray(0, 60);
  for (const bytes of [plain, ZSTD_UNCHECKED, xz(TAR, "--check=none"), sha256]) {
    for (let place = 0; place < bytes.length; place += bytes === plain ? 3 : 1) {
      await read(flip(bytes, place, 0xff)).catch((error) => {
        assert.ok(error instanceof FormatError, `byte ${place}: ${error}`);
      });
    }
  }
});

test("read() says that the packed data is corrupt when the tar archive in it is too", async () => {
  const middle = Math.floor(XZ.length / 2);
  await assertRefused(read(flip(XZ, middle, 0xff)), /corrupt xz data/);
  await assertRefused(read(flip(GZIP, GZIP.length - 6, 0xff)), /corrupt gzip data \(checksum/);
  await assertRefused(read(flip(GZIP, GZIP.length - 3, 0xff)), /corrupt gzip data \(size/);
  await assertRefused(read(flip(ZSTD, ZSTD.length - 1, 0xff)), /corrupt zstd data \(checksum/);
});

test("read() refuses zstd data for which fzstd would never return", async () => {
  // Found by changing every byte: weights of the Huffman tree from a table of one symbol
  await assertRefused(read(flip(ZSTD, 14, 0x80)), /corrupt zstd data \(one Huffman weight/);
});

test("read() refuses a second stream that is broken", async () => {
  await assertRefused(read(concat(XZ, XZ.subarray(0, 50))), /cut short after/);
  await assertRefused(read(concat(GZIP, GZIP.subarray(0, 50))), /cut short after/);
  await assertRefused(read(concat(ZSTD, ZSTD.subarray(0, 50))), /cut short after/);
  await assertRefused(read(concat(XZ, 4, flip(XZ, 60, 0xff))), /corrupt xz data/);
});

test("read() refuses a tar header with a wrong checksum", async () => {
  await assertRefused(read(flip(TAR, 100, 1)), /corrupt tar data \(Invalid tar header checksum\)/);
});

test("read() refuses a file that is empty or of another kind", async () => {
  await assertRefused(read(new Uint8Array()), /an empty file/);
  await assertRefused(read(concat("BZh9", 600)), /begins with the bytes 42 5a 68 39 00 00/);
  await assertRefused(read(xz(concat("no tar archive".repeat(100)))), /corrupt tar data/);
});

test("read() refuses an archive without metadata.yaml at its top", async () => {
  await assertRefused(
    read(xz(makeTar([{ name: "a/metadata.yaml", content: YAML }]))),
    /no metadata.yaml in it/,
  );
});

test("read() refuses a metadata.yaml that is no regular file", async () => {
  const link = makeTar([{ name: "metadata.yaml", link: "/etc/passwd" }, TEMPLATE]);
  await assertRefused(read(xz(link)), /metadata.yaml is a symlink/);
  await assertRefused(read(makeTar([{ name: "metadata.yaml" }])), /metadata.yaml is a directory/);
});

test("read() refuses GNU sparse files, a gap: modern-tar does not know their long maps", async () => {
  // Holes are kept only by file systems that have them, so the header is made by hand
  const tar = makeTar([{ name: "holes", content: new Uint8Array(512) }, METADATA], ["-b1"]);
  const sparse = concat(tar.subarray(0, 512), 512, tar.subarray(512));
  await assertRefused(read(sparse), /corrupt tar data/);
});

// Limits

test("read() refuses a metadata.yaml over 1 MiB", async () => {
  const content = `a: ${"x".repeat(1 << 20)}`;
  await assertRefused(
    readYaml(content),
    /metadata.yaml of 1048579 bytes, expected at most 1048576/,
  );
  const { document } = await readYaml(content.slice(0, 1 << 20));
  assert.deepEqual(document, { a: "x".repeat((1 << 20) - 3) });
});

test("read() refuses an archive with over 64 MiB before metadata.yaml", async () => {
  const far = makeTar([{ name: "big", content: new Uint8Array(67 << 20) }, METADATA]);
  await assertRefused(read(gzip(far, "-1")), /no metadata.yaml in the first 67108864/);
  const near = makeTar([{ name: "big", content: new Uint8Array(63 << 20) }, METADATA]);
  assert.deepEqual((await read(xz(near, "-0"))).document, DOCUMENT);
});

test("read() refuses an archive that is too large as a whole, however it is packed", async () => {
  const tar = makeTar([METADATA, { name: "big", content: new Uint8Array(5 << 20) }]);
  const options = { totalBytes: 1 << 20 };
  for (const bytes of [tar, xz(tar), xz(tar, "--check=sha256"), gzip(tar)]) {
    await assertRefused(read(bytes, options), /unpacks to more than 1048576 bytes/);
  }
  await assertRefused(
    read(ZSTD_BLOCKS, { totalBytes: 200000 }),
    /unpacks to more than 200000 bytes/,
  );
});

test("read() refuses zstd data that would take much memory or time", async () => {
  const magic = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd);
  await assertRefused(read(concat(magic, Uint8Array.of(0, 0x90), 9)), /zstd window of 268435456/);
  await assertRefused(read(concat(magic, Uint8Array.of(0x03, 0, 1, 0, 0, 0), 9)), /dictionary/);
  await assertRefused(read(ZSTD, { zstdMs: 0 }), /takes very long to unpack/);
});

// xz that takes the program

const EXOTIC: Readonly<Record<string, readonly string[]>> = {
  "a SHA-256 check": ["--check=sha256"],
  "filter number 4 before LZMA2": ["--x86", "--lzma2"],
  "filter number 3 before LZMA2": ["--delta=dist=4", "--lzma2"],
  "a dictionary over 64 MiB": ["--lzma2=preset=0,dict=65MiB"],
};

for (const [reason, options] of Object.entries(EXOTIC)) {
  test(`read() reads xz data with ${reason} by the xz program`, async () => {
    const bytes = concat(xz(TAR, ...options), 4, "\n");
    assert.deepEqual(await read(bytes), { document: DOCUMENT, trailingBytes: 1 });
  });

  test(`read() says what to do about ${reason} without the xz program`, async () => {
    await assertRefused(
      read(xz(TAR, ...options), { xzProgram: join(scratch, "no-such-program") }),
      new RegExp(
        `xz data with ${reason} and no program .*\\(not found\\).*xz-utils.*--check=crc64`,
      ),
    );
  });
}

test("read() reads streams of which only the last takes the xz program", async () => {
  const bytes = concat(xz(TAR.subarray(0, 512)), xz(TAR.subarray(512), "--check=sha256"));
  assert.deepEqual((await read(bytes)).document, DOCUMENT);
});

test("read() refuses what the xz program finds corrupt", async () => {
  const bytes = xz(TAR, "--check=sha256");
  await assertRefused(read(flip(bytes, bytes.length - 40, 1)), /corrupt xz data \(.*corrupt/);
});

test("read() does not take a failing program's word", async () => {
  const bytes = xz(TAR, "--check=sha256");
  await assertRefused(read(bytes, { xzProgram: "false" }), /xz ended with status 1/);
});

// YAML

test("read() keeps every scalar as it is written", async () => {
  const { document } = await readYaml(
    "\ufeffa: 024.10\nb: ~\nc:\nd: yes\ne: '0x10'\nf: 2024-01-01\ng: [1, .inf, null]\nh: !!int 5\n" +
      "i: !!binary aGk=\nj: |\n  two\n  lines\n1: number\nk: &x {l: 1}\nm: *x\n",
  );
  assert.deepEqual(document, {
    "1": "number",
    a: "024.10",
    b: "~",
    c: "",
    d: "yes",
    e: "0x10",
    f: "2024-01-01",
    g: ["1", ".inf", "null"],
    h: "5",
    i: "aGk=",
    j: "two\nlines\n",
    k: { l: "1" },
    m: { l: "1" },
  });
});

test("read() takes __proto__ for a key like any other", async () => {
  const { document } = await readYaml("__proto__: {os: x}\nconstructor: {prototype: {os: x}}\n");
  assert.deepEqual(Object.keys(document as object), ["__proto__", "constructor"]);
  assert.equal(Object.getPrototypeOf(document), Object.prototype);
  assert.equal("os" in {}, false);
});

test("read() reads the first of several YAML documents", async () => {
  assert.deepEqual((await readYaml("a: 1\n---\nb: 2\n")).document, { a: "1" });
});

const BAD_YAML: readonly (readonly [
  what: string,
  yaml: string | Uint8Array,
  message: RegExp,
  where?: { readonly line: number; readonly column: number },
])[] = [
  ["bytes that are not UTF-8", Uint8Array.of(0x61, 0x3a, 0x20, 0xff), /not UTF-8/],
  ["UTF-16", Uint8Array.of(0xff, 0xfe, 0x61, 0, 0x3a, 0), /not UTF-8/],
  ["nothing", "", /no mapping/, { line: 1, column: 1 }],
  ["a list", "# list\n- a\n", /no mapping/, { line: 2, column: 1 }],
  ["a scalar", "text", /no mapping/, { line: 1, column: 1 }],
  ["bad syntax", "a: 1\nb: c: d\n", /line 2, column 4: Nested/, { line: 2, column: 4 }],
  ["an open quote", 'a: "1\n', /Missing closing/, { line: 2, column: 1 }],
  ["a key twice", "a: 1\nb: 2\na: 3\n", /key "a" is there twice/, { line: 3, column: 1 }],
  ["a key that is a list", "? [a]\n: 1\n", /key that is not text/, { line: 1, column: 3 }],
  ["an unknown alias", "a: *b\n", /alias "b" without its anchor/, { line: 1, column: 4 }],
  ["an alias in itself", "a: &b [*b]\n", /alias "b" without/, { line: 1, column: 8 }],
  ["an alias bomb", aliasBomb(), /aliases for over 10000 nodes/, { line: 4, column: 45 }],
  ["deep nesting", `a: ${"[".repeat(100)}${"]".repeat(100)}`, /too deep/, { line: 1, column: 68 }],
];

function aliasBomb(): string {
  const levels = Array.from({ length: 12 }, (_, level) => {
    const item = level === 0 ? "x" : `*a${level - 1}`;
    return `a${level}: &a${level} [${Array(10).fill(item).join(", ")}]`;
  });
  return levels.join("\n");
}

for (const [what, yaml, message, where] of BAD_YAML) {
  test(`read() refuses a metadata.yaml with ${what}`, async () => {
    await assertRefused(readYaml(yaml), message, where);
  });
}

test("read() refuses metadata.yaml of nothing but brackets", async () => {
  for (const text of ["[", "{a: ", "- ", "? "]) {
    await assert.rejects(readYaml(text.repeat(20000)), FormatError);
  }
});

test("read() shows control characters of a file as text", async () => {
  const path = join(scratch, "a\nb");
  writeFileSync(path, makeTar([{ name: "metadata.yaml", content: "a: *\u001b[31m\n" }]));
  await assert.rejects(createMetadataReader().read(path), (error) => {
    // deno-lint-ignore no-control-regex -- control characters are what this looks for
    return error instanceof FormatError && !/[\x00-\x1f]/.test(error.message);
  });
});

// Files and repeated use

test("read() throws a StorageError for what is no file", async () => {
  const reader = createMetadataReader();
  mkdirSync(join(scratch, "directory"));
  run("mkfifo", [join(scratch, "pipe")]);
  for (const [name, reason] of [["none", "missing"], ["directory", "other"], ["pipe", "other"]]) {
    await assert.rejects(reader.read(join(scratch, name ?? "")), (error) => {
      assert.ok(error instanceof StorageError, `${error}`);
      assert.equal(error.reason, reason);
      assert.match(error.message, /^Cannot read metadata archive ".*": .*[^.]$/);
      return true;
    });
  }
});

test("read() reads many archives at once, sound and broken", async () => {
  const reader = createMetadataReader();
  const big = xz(makeTar([METADATA, { name: "big", content: noise(300000) }]));
  const sound = [XZ, big, GZIP, ZSTD, xz(TAR, "--check=sha256")].map(save);
  const broken = [big.subarray(0, 200000), flip(big, 150000, 1), flip(XZ, 60, 1)].map(save);
  const outcomes = await Promise.allSettled(
    Array.from({ length: 5 }, () => [...broken, ...sound]).flat().map((path) => reader.read(path)),
  );
  assert.equal(outcomes.filter(({ status }) => status === "fulfilled").length, 25);
});
