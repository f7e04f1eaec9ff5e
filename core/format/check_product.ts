import { canonicalArchitecture } from "./architecture.ts";
import { checkDeltas, type DeltaClaim } from "./check_deltas.ts";
import { checkFingerprints, type ListedImage } from "./check_fingerprints.ts";
import { checkItems } from "./check_items.ts";
import { typeFinding } from "./check_index.ts";
import { checkVersionNames } from "./check_version_names.ts";
import { findTypeMismatches, PRODUCT_SHAPE } from "./document_types.ts";
import { type Finding, type FindingCode, warning } from "./finding.ts";
import { objectFields } from "./json_text.ts";
import {
  type FileClaim,
  type FingerprintClaim,
  type ListedVersion,
  listedVersions,
} from "./listed_items.ts";
import { checkRequirements } from "./requirements.ts";
import { readVersionName } from "./version_name.ts";

/** Where a product stands, and when it is looked at. */
export interface ProductPlace {
  /** The document's path, relative to the root. */
  readonly document: string;
  readonly id: string;
  readonly now: Date;
}

/** An image, and the version that it is in, as messages name it. */
export interface PlacedImage extends ListedImage {
  readonly place: string;
}

/** A product of a document: what it says, and what is wrong with that whatever the files are. */
export interface CheckedProduct {
  readonly arch: string;
  readonly aliases: readonly string[];
  readonly versions: number;
  readonly images: readonly PlacedImage[];
  readonly files: readonly FileClaim[];
  readonly claims: readonly FingerprintClaim[];
  readonly deltas: readonly DeltaClaim[];
  readonly findings: readonly Finding[];
}

/** Returns what a product says and what clients get wrong by it, by the rules for one product alone. */
export function checkProduct(value: unknown, at: ProductPlace): CheckedProduct {
  const { document, id } = at;
  const place = `product "${id}": `;
  const fields = objectFields(value) ?? new Map<string, unknown>();
  const versions = listedVersions(fields.get("versions"));
  const arch = textOf(fields.get("arch"));
  const deltas = checkDeltas(versions, { document, place });
  const findings = [
    ...findTypeMismatches(value, PRODUCT_SHAPE).map((one) => typeFinding(document, place, one)),
    ...checkFields(fields, versions, at),
    ...checkVersionNames(versions, { document, place }),
    ...deltas.findings,
  ];
  const [files, images]: [FileClaim[], PlacedImage[]] = [[], []];
  const claims: FingerprintClaim[] = [];
  for (const version of versions) {
    const where = { document, place: `${place}version "${version.name}": `, arch };
    const items = checkItems(version, where);
    const fingerprints = checkFingerprints(version, where);
    files.push(...items.files);
    images.push(...fingerprints.images.map((image) => ({ ...image, place: where.place })));
    claims.push(...fingerprints.claims);
    findings.push(...items.findings, ...fingerprints.findings);
  }
  const aliases = textOf(fields.get("aliases")).split(",").filter((alias) => alias !== "");
  return {
    ...{ arch, aliases, versions: versions.length, images, files, claims },
    ...{ deltas: deltas.claims, findings },
  };
}

function checkFields(
  fields: ReadonlyMap<string, unknown>,
  versions: readonly ListedVersion[],
  { document, id, now }: ProductPlace,
): readonly Finding[] {
  const findings: Finding[] = [];
  const warn = (code: FindingCode, message: string) =>
    void findings.push(warning(code, document, `product "${id}": ${message}`));
  for (const name of ["os", "release", "variant"]) {
    if (textOf(fields.get(name)) !== "") continue;
    // incus shared/simplestreams/sort.go: what is empty is neither before nor after anything
    const message = `there is no "${name}", which clients show and sort by`;
    warn("NAME_UNUSABLE", `${message}: without it aliases may lead to old versions`);
  }
  const arch = textOf(fields.get("arch"));
  if (canonicalArchitecture(arch) === undefined) {
    const message = `no client knows the architecture "${arch}", so they skip the product`;
    warn("ARCHITECTURE_UNKNOWN", `${message}; expected one such as amd64 or arm64`);
  }
  if (versions.length === 0) warn("PRODUCT_EMPTY", "there is no version, so clients see nothing");
  checkAliases(textOf(fields.get("aliases")), warn);
  checkSupport(textOf(fields.get("support_eol")), now, warn);
  for (const kind of ["requirements", "lxd_requirements"]) {
    const texts = [...objectFields(fields.get(kind)) ?? []];
    const known = texts.filter((entry): entry is [string, string] => typeof entry[1] === "string");
    for (const { code, message } of checkRequirements(new Map(known), document)) {
      warn(code, `${kind}: ${message}`);
    }
  }
  // client-contract: LXD 5.0 reads `lxd_requirements` alone
  const isForLxd = versions.some(({ items }) => items.some(({ ftype }) => /^lxd[._]/.test(ftype)));
  const hasSome = (objectFields(fields.get("requirements"))?.size ?? 0) > 0;
  if (isForLxd && hasSome && !fields.has("lxd_requirements")) {
    const message =
      "there are requirements and no lxd_requirements: LXD 5.0 reads the latter alone";
    warn("REQUIREMENTS_LXD_MISSING", `${message} and launches its images without any`);
  }
  const isForIncus = versions.some(({ items }) =>
    items.some(({ ftype }) => /^incus[._]/.test(ftype))
  );
  const hasLxd = (objectFields(fields.get("lxd_requirements"))?.size ?? 0) > 0;
  // client-contract: Incus reads `requirements` alone
  if (isForIncus && hasLxd && !fields.has("requirements")) {
    const message =
      "there are lxd_requirements and no requirements: Incus reads the latter alone " +
      "and launches its images without any";
    warn("REQUIREMENTS_INCUS_MISSING", message);
  }
  return findings;
}

type Warn = (code: FindingCode, message: string) => void;

function checkAliases(text: string, warn: Warn): void {
  if (text === "") {
    warn("ALIAS_MISSING", "there is no alias, so its images are found by their fingerprints alone");
    return;
  }
  // client-contract: `aliases` is split at commas and not trimmed; no colon
  for (const alias of text.split(",")) {
    if (alias.trim() !== alias) {
      warn("ALIAS_UNUSABLE", `the alias "${alias}" has a space at an end, which clients keep`);
    } else if (alias === "") {
      warn("ALIAS_UNUSABLE", `there is an empty alias in "${text}", expected names between commas`);
    } else if (alias.includes(":")) {
      const why = "clients take what stands before a colon for a remote's name";
      warn("ALIAS_UNUSABLE", `the alias "${alias}" has a ":": ${why}`);
    }
  }
}

function checkSupport(text: string, now: Date, warn: Warn): void {
  if (text === "") return;
  const isDate = /^\d{4}-\d{2}-\d{2}$/.test(text) &&
    readVersionName(text.replaceAll("-", "")) !== undefined;
  if (!isDate) {
    warn("SUPPORT_EOL", `support_eol is "${text}", expected a date YYYY-MM-DD`);
  } else if (new Date(`${text}T00:00:00Z`) < now) {
    const message = `support_eol is ${text}, which has passed: daemons drop their copies of it`;
    warn("SUPPORT_EOL", message);
  }
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
