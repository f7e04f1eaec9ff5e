import assert from "node:assert/strict";
import { mkdir, mkdtemp, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { ARCHITECTURE } from "./support/busybox_image.ts";
import { listImages, openClient, showDaemonImage } from "./support/client.ts";
import { imageSpec, importImage, serveImages } from "./support/served_images.ts";
import { serveRoot } from "./support/serve.ts";
import { runSimplestreams } from "./support/simplestreams.ts";
import { VENDORS } from "./support/vendor.ts";
import { NOT_STAGED, workDirectory } from "./support/work_directory.ts";

const { debian } = ARCHITECTURE;

for (const vendor of VENDORS) {
  describe(`image.yaml, for ${vendor.name}`, { skip: NOT_STAGED, timeout: 60_000 }, () => {
    it("names the os, further aliases and requirements of what is listed and copied", async (test) => {
      const served = await serveImages(test, [imageSpec(`settings ${vendor.name}`)], {
        files: {
          "images/Busybox/image.yaml":
            'os: BusyBox Linux\nrelease_aliases: {"1.36": [stable]}\nrequirements: {nesting: true}\n',
          [`images/Busybox/1.36/${debian}/default/image.yaml`]:
            "aliases: {add: [box], default: false}\nlabel: release\n",
        },
      });
      const client = await openClient(vendor, served.url);
      const [listed] = await listImages(client, "t:");
      assert.equal(listed?.properties["os"], "BusyBox Linux");
      assert.equal(listed.properties["label"], "release");
      const names = ["Busybox/stable/default", "Busybox/stable", "box"];
      assert.deepEqual(listed.aliases, names.flatMap((name) => [name, `${name}/${debian}`]).sort());
      await client.call("image", "copy", "t:Busybox/stable", "local:");
      const copied = await showDaemonImage(client, listed.fingerprint);
      assert.equal(copied.properties["requirements.nesting"], "true");
    });
  });

  describe(`--stream, for ${vendor.name}`, { skip: NOT_STAGED, timeout: 60_000 }, () => {
    it("adds the images of a folder beside images/ to the same remote", async (test) => {
      const root = await mkdtemp(join(workDirectory(), "root-"));
      await importImage(root, imageSpec(`stream daily ${vendor.name}`, { release: "daily" }));
      await mkdir(join(root, "images-daily"));
      const folder = "Busybox/daily";
      await mkdir(dirname(join(root, "images-daily", folder)));
      await rename(join(root, "images", folder), join(root, "images-daily", folder));
      await importImage(root, imageSpec(`stream stable ${vendor.name}`));
      await runSimplestreams("-N", "--strict", "--stream", "images-daily", root);
      const served = await serveRoot(test, root);
      const client = await openClient(vendor, served.url);
      const listed = await listImages(client, "t:");
      assert.deepEqual(listed.map(({ properties }) => properties["release"]).sort(), [
        "1.36",
        "daily",
      ]);
      const daily = listed.find(({ properties }) => properties["release"] === "daily");
      await client.call("image", "copy", "t:Busybox/daily", "local:");
      await showDaemonImage(client, daily?.fingerprint ?? "");
    });
  });
}
