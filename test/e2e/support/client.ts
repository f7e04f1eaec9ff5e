import { mkdtemp, readdir } from "node:fs/promises";
import { join } from "node:path";
import { at, entriesOf, listOf, parseJson, textOf } from "./json.ts";
import { run } from "./run.ts";
import { daemonEnvironment, type Vendor } from "./vendor.ts";
import { workDirectory } from "./work_directory.ts";

/** An image as a client shows it. */
export interface ListedImage {
  readonly fingerprint: string;
  readonly type: string;
  /** In alphabetical order. */
  readonly aliases: readonly string[];
  readonly properties: Readonly<Record<string, string>>;
}

/** A vendor's client that knows a served tree as the remote `t` and the daemon as `local`. */
export interface Client {
  readonly vendor: Vendor;
  /** Returns the stdout of a call. */
  readonly call: (...args: readonly string[]) => Promise<string>;
}

/** Returns a client without any memory of other trees, to which a tree's URL is added as `t`. */
export async function openClient(
  vendor: Vendor,
  url: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<Client> {
  const environment: Record<string, string> = { ...daemonEnvironment(vendor), ...variables };
  for (const variable of vendor.clientVariables) {
    environment[variable] = await mkdtemp(join(workDirectory(), "c-"));
  }
  const client: Client = {
    vendor,
    call: (...args) => run(vendor.client, ["--quiet", ...args], { environment }),
  };
  await client.call("remote", "add", "t", url, "--protocol", "simplestreams");
  return client;
}

/** Returns the images of a remote (`t:` or `local:`), ordered by fingerprint. */
export async function listImages(client: Client, remote: string): Promise<readonly ListedImage[]> {
  const text = await client.call("image", "list", remote, "--format", "json");
  return listOf(parseJson(text)).map(parseImage).sort((a, b) =>
    a.fingerprint < b.fingerprint ? -1 : 1
  );
}

/** Returns an image of a daemon, by its whole fingerprint. */
export async function showDaemonImage(client: Client, fingerprint: string): Promise<ListedImage> {
  return parseImage(parseJson(await client.call("query", `/1.0/images/${fingerprint}`)));
}

/**
 * Downloads an image of the tree, which the client checks against the documents, and returns the
 * paths of what came: the metadata file first, then the root file.
 */
export async function exportImage(
  client: Client,
  alias: string,
  ...options: readonly string[]
): Promise<readonly string[]> {
  const directory = await mkdtemp(join(workDirectory(), "x-"));
  await client.call("image", "export", `t:${alias}`, `${directory}/`, ...options);
  const names = await readdir(directory);
  const isMetadata = (name: string) => /^(incus|lxd|meta)/.test(name);
  names.sort((a, b) => Number(isMetadata(b)) - Number(isMetadata(a)));
  return names.map((name) => join(directory, name));
}

function parseImage(value: unknown): ListedImage {
  const properties = entriesOf(at(value, "properties"))
    .map(([key, property]): [string, string] => [key, textOf(property)]);
  return {
    fingerprint: textOf(at(value, "fingerprint")),
    type: textOf(at(value, "type")),
    aliases: listOf(at(value, "aliases")).map((alias) => textOf(at(alias, "name"))).sort(),
    properties: Object.fromEntries(properties),
  };
}
