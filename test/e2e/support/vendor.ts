import { join } from "node:path";
import { workDirectory } from "./work_directory.ts";

/** One of the two programs that read our trees: what its client and its daemon are called. */
export interface Vendor {
  readonly name: "incus" | "lxd";
  readonly client: "incus" | "lxc";
  /** The ftype of the metadata it reads. */
  readonly metadata: "incus.tar.xz" | "lxd.tar.xz";
  /** The key of a product that holds the requirements it reads. */
  readonly requirements: "requirements" | "lxd_requirements";
  readonly daemon: "incusd" | "lxd";
  readonly initialise: readonly string[];
  readonly shutdown: readonly string[];
  /** Environment variables: the daemon's directory; the client's directories. */
  readonly directoryVariable: string;
  readonly clientVariables: readonly string[];
}

/** Incus 6 or later. */
export const INCUS: Vendor = {
  name: "incus",
  client: "incus",
  metadata: "incus.tar.xz",
  requirements: "requirements",
  daemon: "incusd",
  initialise: ["incus", "admin", "init", "--preseed"],
  shutdown: ["incus", "admin", "shutdown"],
  directoryVariable: "INCUS_DIR",
  clientVariables: ["INCUS_CONF", "INCUS_CACHE"],
};

/** LXD 5 or later. */
export const LXD: Vendor = {
  name: "lxd",
  client: "lxc",
  metadata: "lxd.tar.xz",
  requirements: "lxd_requirements",
  daemon: "lxd",
  initialise: ["lxd", "init", "--preseed"],
  shutdown: ["lxd", "shutdown"],
  directoryVariable: "LXD_DIR",
  clientVariables: ["LXD_CONF"],
};

/** Both, in the order in which tests go through them. */
export const VENDORS: readonly Vendor[] = [INCUS, LXD];

/** Returns the directory a vendor's daemon keeps everything in; short, for its socket's sake. */
export function daemonDirectory(vendor: Vendor): string {
  return join(workDirectory(), vendor.name);
}

/** Returns the environment in which a vendor's programs find the suite's daemon. */
export function daemonEnvironment(vendor: Vendor): Readonly<Record<string, string>> {
  return { [vendor.directoryVariable]: daemonDirectory(vendor) };
}
