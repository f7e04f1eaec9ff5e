// What nginx and Caddy have in common: a certificate, and what each must answer.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import * as http from "node:http";
import * as https from "node:https";
import { createServer } from "node:net";
import { gunzipSync } from "node:zlib";

const IMAGES = "streams/v1/images.json";

/** Makes a certificate for localhost. */
async function makeCertificate(stage) {
  const [cert, key] = [stage.at("tls.crt"), stage.at("tls.key")];
  await stage.run([
    ...["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
    ...[
      "-nodes",
      "-days",
      "1",
      "-subj",
      "/CN=localhost",
      "-addext",
      "subjectAltName=DNS:localhost",
    ],
    ...["-keyout", key, "-out", cert],
  ]);
  return { cert, key };
}

/** Returns a port of loopback that nobody uses. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Returns the example with parts of it replaced; each must be there once. */
export function adapt(file, replacements) {
  let text = readFileSync(file, "utf8");
  for (const [from, to] of replacements) {
    assert.equal(text.split(from).length, 2, `${file} has not "${from}" just once`);
    text = text.replace(from, () => to);
  }
  return text;
}

/** Returns a client of one server that sends paths as they are, which fetch does not. */
export function createClient(port, cert) {
  return (path, { method = "GET", headers = {}, body } = {}) =>
    new Promise((resolve, reject) => {
      const options = { host: "localhost", port, path, method, headers, family: 4, agent: false };
      const request = (cert === undefined ? http : https).request(
        { ...options, ca: cert && readFileSync(cert) },
        (response) => {
          const pieces = [];
          response.on("data", (piece) => pieces.push(piece)).on("error", reject);
          response.on("end", () => {
            const { statusCode: status, headers } = response;
            resolve({ status, headers, body: Buffer.concat(pieces) });
          });
        },
      );
      request.setTimeout(20_000, () => request.destroy(new Error(`No answer to ${path}`)));
      request.on("error", reject).end(body);
    });
}

/** Asks a web server in front of the tree for all that it must and must not give. */
async function checkTree(stage, ask) {
  const document = readFileSync(`${stage.root}/${IMAGES}`);
  for (const path of ["streams/v1/index.json", IMAGES]) {
    const plain = await ask(`/${path}`);
    assert.equal(plain.status, 200);
    assert.equal(plain.headers["content-encoding"], undefined);
    assert.equal(plain.headers["cache-control"], "no-cache");
    assert.match(plain.headers["content-type"], /^application\/json/);
    assert.deepEqual(plain.body, readFileSync(`${stage.root}/${path}`));
    const tag = plain.headers.etag;
    assert.equal((await ask(`/${path}`, { headers: { "If-None-Match": tag } })).status, 304);
  }
  const accepting = { headers: { "Accept-Encoding": "gzip" } };
  const zipped = await ask(`/${IMAGES}`, accepting);
  assert.equal(zipped.headers["content-encoding"], "gzip");
  assert.deepEqual(gunzipSync(zipped.body), document);

  const { versions } = await stage.product("debian:12:amd64:default");
  for (const { path, sha256, size } of versions[0].images[0].files) {
    const whole = await ask(`/${path}`, accepting);
    assert.equal(whole.status, 200);
    assert.equal(whole.headers["content-encoding"], undefined);
    assert.equal(whole.headers["content-length"], String(size));
    assert.match(whole.headers["cache-control"], /max-age=31536000, immutable/);
    assert.equal(createHash("sha256").update(whole.body).digest("hex"), sha256);
    const part = await ask(`/${path}`, { headers: { Range: "bytes=10-19" } });
    assert.equal(part.status, 206);
    assert.equal(part.headers["content-range"], `bytes 10-19/${size}`);
    assert.deepEqual(part.body, whole.body.subarray(10, 20));
  }
  await checkHidden(stage, ask);
}

async function checkHidden(stage, ask) {
  const version = "images/debian/12/amd64/default/20260101_00:00";
  const [state] = readdirSync(`${stage.root}/.simplestreams`);
  const made = ["images/.import-1/incus.tar.xz", `${version}/.note`, "streams/.note", "notes.txt"];
  mkdirSync(`${stage.root}/images/.import-1`);
  for (const name of made) writeFileSync(`${stage.root}/${name}`, "not for clients\n");
  const hidden = [
    ...[...made, `.simplestreams/${state}`, `streams/../.simplestreams/${state}`],
    ...["images/%2Eimport-1/incus.tar.xz", `${version}/%2enote`, `%2Esimplestreams/${state}`],
    ...["images/../notes.txt", "images/%2e%2e/notes.txt", "images/nothing.tar.xz"],
    ...["images/", "images/debian/", `${version}/`, "streams/", "streams/v1/", ""],
  ];
  for (const path of hidden) {
    const { status, headers, body } = await ask(`/${path}`);
    assert.equal(status, 404, `/${path}: ${status} ${body}`);
    assert.doesNotMatch(headers["cache-control"] ?? "", /immutable/, `/${path}`);
  }
  const folder = await ask("/images/debian");
  assert.ok([301, 308, 404].includes(folder.status), `/images/debian: ${folder.status}`);
  for (const name of made) rmSync(`${stage.root}/${name}`);
  rmdirSync(`${stage.root}/images/.import-1`);
}

/** Asks for the API behind a web server, with the token and without. */
async function checkApi(stage, ask) {
  assert.equal((await ask("/api/v1/products")).status, 200);
  const post = { method: "POST" };
  assert.equal((await ask("/api/v1/reindex", post)).status, 401);
  const headers = { Authorization: `Bearer ${stage.token}` };
  const { status, body } = await ask("/api/v1/reindex", { ...post, headers });
  assert.equal(status, 200, String(body));
}

/** A service without tokens must see that these requests are not of its own machine. */
async function checkApiWithoutTokens(ask) {
  assert.equal((await ask("/api/v1/products")).status, 200);
  const { status, body } = await ask("/api/v1/reindex", { method: "POST" });
  assert.equal(status, 403, String(body));
  assert.equal(JSON.parse(body).code, "FORBIDDEN");
}

/**
 * Tries a web server in front of the service: with tokens, and without any.
 *
 * @param withServer starts the real one with the example's site and calls its third argument
 */
export async function tryWebServer(stage, withServer) {
  const tls = await makeCertificate(stage);
  await withServer(stage, { tls, upstream: stage.url }, async (ask) => {
    await checkTree(stage, ask);
    await checkApi(stage, ask);
  });
  const open = await stage.serve();
  await withServer(stage, { tls, upstream: open.url }, checkApiWithoutTokens);
  await open.stop();
  console.log("documents, images, ranges, hidden names, the API behind it: as they should be");
}
