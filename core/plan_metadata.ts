import { SimplestreamsError, StorageError } from "./errors.ts";
import { canonicalArchitecture, knownArchitectures } from "./format/architecture.ts";
import { DATE_FORMS, parseCreationDate } from "./format/creation_date.ts";
import { whyNameUnusable } from "./format/image_metadata.ts";
import { formatMetadata } from "./format/metadata_text.ts";
import type { ProductName } from "./format/model.ts";
import { printable } from "./format/text.ts";
import { versionNameAt } from "./format/version_name.ts";
import { inspectPart, type PartPorts } from "./image_part.ts";
import type { MetadataPacker } from "./archive_ports.ts";
import type { Clock, FileDigest, Hasher, HashOutcome, TreeWriter } from "./ports.ts";

/** What making a metadata tarball needs from outside. */
export interface MetadataPorts extends PartPorts {
  readonly writer: TreeWriter;
  readonly clock: Clock;
  readonly hasher: Hasher;
  readonly packer: MetadataPacker;
}

/** What is to be said of an image. */
export interface MetadataRequest extends ProductName {
  /** The root that it is for; its time stamp is the image's, unless a date is given. */
  readonly file?: string;
  /** The tarball to write; `incus.tar.xz` beside the file when it is not given. */
  readonly out?: string;
  readonly description?: string;
  /** In one of `DATE_FORMS`. */
  readonly date?: string;
  /** Further properties. */
  readonly properties?: ReadonlyMap<string, string>;
}

/** A metadata tarball that is to be written. */
export interface MetadataPlan {
  readonly out: string;
  /** The text of metadata.yaml. */
  readonly text: string;
  readonly createdAt: Date;
}

const FILE_NAME = "incus.tar.xz";

/**
 * Returns the metadata tarball for a root; writes nothing.
 *
 * @throws {SimplestreamsError} `USAGE` when a value cannot be what it is given for, or the file is no
 * root; `EXISTS` when there is a tarball already
 * @throws {FormatError} when the file is nothing that clients take
 * @throws {StorageError} when the file cannot be read
 */
export async function planMetadata(
  ports: MetadataPorts,
  request: MetadataRequest,
): Promise<MetadataPlan> {
  const { file, date } = request;
  if (file !== undefined) await requireRootFile(ports, file);
  const createdAt = date === undefined ? ownDate(ports, file) : givenDate(date);
  const text = metadataText(request, createdAt);
  const out = request.out ?? outBeside(file);
  if (ports.writer.identify(out) !== undefined) {
    throw new SimplestreamsError(
      "EXISTS",
      `Cannot write "${printable(out)}": it is there already, expected a name that is free; ` +
        "remove it first, or give another one with --out",
    );
  }
  return { out, text, createdAt };
}

/**
 * Writes a metadata tarball as planned, and returns what is on the disk then.
 *
 * @throws {StorageError} with nothing written
 */
export async function applyMetadata(ports: MetadataPorts, plan: MetadataPlan): Promise<FileDigest> {
  const bytes = await ports.packer.pack(plan.text, plan.createdAt);
  ports.writer.createFile(plan.out, [bytes], { sync: true });
  const job = { metadata: [plan.out], roots: [], sizeBytes: bytes.length };
  const outcomes: HashOutcome[] = [];
  await ports.hasher.hash([job], {
    concurrency: 1,
    onOutcome: (_job, outcome) => void outcomes.push(outcome),
  });
  const [outcome] = outcomes;
  const digest = outcome !== undefined && "metadata" in outcome ? outcome.metadata[0] : undefined;
  if (digest !== undefined) return digest;
  const reason = outcome !== undefined && "reason" in outcome ? outcome.reason : "it is not there";
  throw new StorageError(
    "other",
    plan.out,
    `Cannot read "${printable(plan.out)}" that was just written: ${reason}`,
  );
}

/** Returns why a value cannot be what it is given for, or undefined. */
export function whyMetadataUnusable(
  name: keyof ProductName | "description",
  value: string,
): string | undefined {
  if (name === "description") return whyNoProperty(value);
  if (name !== "arch") return whyNameUnusable(value);
  if (canonicalArchitecture(value) !== undefined) return undefined;
  return `no client knows it, expected one of ${knownArchitectures().join(", ")}`;
}

/** Returns the description that an image gets when none is given. */
export function defaultDescription(name: ProductName, createdAt: Date): string {
  const arch = canonicalArchitecture(name.arch) ?? name.arch;
  return `${name.os} ${name.release} (${name.variant}) (${arch}) (${versionNameAt(createdAt)})`;
}

function metadataText(request: MetadataRequest, createdAt: Date): string {
  const { os, release, variant, arch, properties = new Map() } = request;
  const architecture = canonicalArchitecture(arch) ?? arch;
  const { description = defaultDescription(request, createdAt) } = request;
  const given = [
    ["os", os],
    ["release", release],
    ["variant", variant],
    ["arch", arch],
    ["description", description],
  ] as const;
  for (const [name, value] of given) check(name, value, whyMetadataUnusable(name, value));
  const own = new Map(Object.entries({ architecture, os, release, variant, description }));
  own.set("serial", versionNameAt(createdAt));
  for (const [key, value] of properties) {
    if (own.has(key)) check("property", key, "it has an option of its own, or is made of --date");
    check("property", key, key === "" ? "expected a name that is not empty" : whyNoProperty(key));
    check("property", value, whyNoProperty(value));
  }
  return formatMetadata({ architecture, createdAt, properties: new Map([...own, ...properties]) });
}

function check(name: string, value: string, reason: string | undefined): void {
  if (reason === undefined) return;
  throw new SimplestreamsError("USAGE", `Cannot use ${name} "${printable(value)}": ${reason}`);
}

function whyNoProperty(text: string): string | undefined {
  return printable(text) === text
    ? undefined
    : "it has a control character, expected one line of text";
}

async function requireRootFile(ports: MetadataPorts, file: string): Promise<void> {
  const { role } = await inspectPart(ports, file);
  if (role === "root") return;
  throw new SimplestreamsError(
    "USAGE",
    `Cannot make metadata for "${printable(file)}": it is ${
      role === "unified" ? "a unified image, with metadata in it" : "metadata itself"
    }, expected a root: squashfs, qcow2 or a tarball`,
  );
}

function ownDate({ reader, clock }: MetadataPorts, file: string | undefined): Date {
  const mtimeMs = file === undefined ? undefined : reader.stat(file)?.mtimeMs;
  return new Date(Math.floor(Math.max(0, mtimeMs ?? clock.now().getTime()) / 1000) * 1000);
}

function givenDate(text: string): Date {
  const date = parseCreationDate(text);
  if (date !== undefined) return date;
  throw new SimplestreamsError(
    "USAGE",
    `Cannot use date "${printable(text)}": it is no time, expected ${DATE_FORMS}`,
  );
}

function outBeside(file: string | undefined): string {
  return `${file?.slice(0, file.lastIndexOf("/") + 1) ?? ""}${FILE_NAME}`;
}
