import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { until } from "../support/command.ts";
import { pathsSent } from "../support/server_process.ts";
import { openClient, showDaemonImage } from "./support/client.ts";
import { imageSpec, serveImages } from "./support/served_images.ts";
import { VENDORS } from "./support/vendor.ts";
import { NOT_STAGED } from "./support/work_directory.ts";

for (const vendor of VENDORS) {
  describe(`${vendor.daemon}, from a VM image`, { skip: NOT_STAGED, timeout: 60_000 }, () => {
    it("copies it, and not the container of the same version", async (test) => {
      const mark = `vm ${vendor.name}`;
      const roots = ["rootfs.squashfs", "disk.qcow2"] as const;
      const served = await serveImages(test, [imageSpec(mark, { roots })]);
      const client = await openClient(vendor, served.url);
      await client.call("image", "copy", "t:Busybox/1.36", "local:", "--vm");
      const vm = served.images.find((image) => image.root === "disk.qcow2");
      const copied = await showDaemonImage(client, vm?.fingerprints[vendor.name] ?? "");
      assert.equal(copied.type, "virtual-machine");
      const sent = () => pathsSent(served.server).map((path) => path.split("/").at(-1));
      // The log is written a little later.
      await until("the disk is in the log", () => sent().includes("disk.qcow2"));
      assert.ok(!sent().includes("root.squashfs"));
    });
  });
}
