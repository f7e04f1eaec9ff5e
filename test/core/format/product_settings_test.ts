import assert from "node:assert/strict";
import { test } from "node:test";
import type { ImageSettings } from "../../../core/format/image_settings.ts";
import { resolveSettings } from "../../../core/format/product_settings.ts";

const NAME = { os: "debian", release: "bookworm", arch: "amd64", variant: "default" };

test("resolveSettings() has nothing but the default aliases without settings", () => {
  const { settings, aliases } = resolveSettings(NAME, []);
  assert.ok(Object.values(settings).every((value) => value === undefined));
  assert.deepEqual(aliases, ["debian/bookworm/default", "debian/bookworm"]);
});

test("resolveSettings() takes each key from the deepest level that has it", () => {
  const { settings } = resolveSettings(NAME, [
    level({ os: "Debian", supported: true, version: "12" }),
    level({ os: "Debian GNU/Linux", supported: false }),
    level({ releaseTitle: "Bookworm" }),
  ]);
  assert.equal(settings.os, "Debian GNU/Linux");
  assert.equal(settings.supported, false);
  assert.equal(settings.version, "12");
  assert.equal(settings.releaseTitle, "Bookworm");
});

test("resolveSettings() gives a release's other names the aliases that its own has", () => {
  const { aliases } = resolveSettings(NAME, [
    level({ releaseAliases: new Map([["bookworm", ["12"]], ["trixie", ["13"]]]) }),
  ]);
  assert.deepEqual(aliases, [
    "debian/bookworm/default",
    "debian/bookworm",
    "debian/12/default",
    "debian/12",
  ]);
});

test("resolveSettings() gives a variant that is not the default one alias for each name", () => {
  const { aliases } = resolveSettings({ ...NAME, variant: "cloud" }, [
    level({ releaseAliases: new Map([["bookworm", ["12"]]]) }),
  ]);
  assert.deepEqual(aliases, ["debian/bookworm/cloud", "debian/12/cloud"]);
});

test("resolveSettings() drops the default aliases when a level says so, and keeps those added", () => {
  const { aliases } = resolveSettings(NAME, [
    level({ aliases: { default: false } }),
    level({ aliases: { add: ["stable"] } }),
  ]);
  assert.deepEqual(aliases, ["stable"]);
});

test("resolveSettings() has an alias that is asked for twice once", () => {
  const { aliases } = resolveSettings(NAME, [
    level({
      aliases: { add: ["debian/bookworm", "x"] },
      releaseAliases: new Map([["bookworm", ["bookworm"]]]),
    }),
  ]);
  assert.deepEqual(aliases, ["debian/bookworm/default", "debian/bookworm", "x"]);
});

test("resolveSettings() has simplestream-maintainer's aliases of the release current", () => {
  const simplestream = {
    distroName: "Arch Linux",
    releaseAliases: new Map([["rolling", ["current"]]]),
    requirements: [],
  };
  const name = { ...NAME, os: "archlinux", release: "current" };
  const { settings, aliases } = resolveSettings(name, [level({ simplestream })]);
  assert.equal(settings.os, "Arch Linux");
  assert.deepEqual(aliases, ["archlinux/current/default", "archlinux/default", "archlinux"]);
  const rolling = resolveSettings({ ...name, release: "rolling" }, [level({ simplestream })]);
  assert.deepEqual(rolling.aliases, [
    "archlinux/rolling/default",
    "archlinux/rolling",
    "archlinux/current/default",
    "archlinux/default",
    "archlinux",
  ]);
});

test("resolveSettings() prefers this tool's own os to simplestream-maintainer's", () => {
  const simplestream = { distroName: "Ubuntu", releaseAliases: new Map(), requirements: [] };
  const { settings } = resolveSettings(NAME, [level({ os: "UBUNTU", simplestream })]);
  assert.equal(settings.os, "UBUNTU");
});

function level(settings: Partial<ImageSettings>): ImageSettings {
  return { aliases: {}, releaseAliases: new Map(), ...settings };
}
