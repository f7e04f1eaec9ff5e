import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { issueByOpenssl } from "./support/certificates.ts";
import { listImages, openClient, showDaemonImage } from "./support/client.ts";
import { imageSpec, serveImages } from "./support/served_images.ts";
import { VENDORS } from "./support/vendor.ts";
import { NOT_STAGED, tlsDirectory, workDirectory } from "./support/work_directory.ts";

// All other tests go through the certificate that the server made for itself.
for (const vendor of VENDORS) {
  describe(`TLS, for ${vendor.name}`, { skip: NOT_STAGED, timeout: 60_000 }, () => {
    it("is trusted by who has nothing but the ca.crt that the server made", async (test) => {
      const served = await serveImages(test, [imageSpec(`tls ${vendor.name} own`)]);
      const fingerprint = served.images[0]?.fingerprints[vendor.name] ?? "";
      const only = { SSL_CERT_FILE: `${tlsDirectory()}/ca.crt`, SSL_CERT_DIR: workDirectory() };
      const client = await openClient(vendor, served.url, only);
      assert.deepEqual((await listImages(client, "t:")).map((image) => image.fingerprint), [
        fingerprint,
      ]);
      await client.call("image", "copy", "t:Busybox/1.36", "local:");
      assert.equal((await showDaemonImage(client, fingerprint)).type, "container");
      const stranger = await openClient(vendor, served.url, {
        ...only,
        SSL_CERT_FILE: "/dev/null",
      });
      await assert.rejects(stranger.call("image", "list", "t:"), /x509|certificate/);
    });

    it("works with files of openssl, too", async (test) => {
      const { certFile, keyFile } = await issueByOpenssl();
      const args = ["--tls-cert", certFile, "--tls-key", keyFile];
      const served = await serveImages(test, [imageSpec(`tls ${vendor.name} files`)], { args });
      const fingerprint = served.images[0]?.fingerprints[vendor.name] ?? "";
      const client = await openClient(vendor, served.url);
      await client.call("image", "copy", "t:Busybox/1.36", "local:");
      assert.equal((await showDaemonImage(client, fingerprint)).type, "container");
    });
  });
}
