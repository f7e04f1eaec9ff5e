import assert from "node:assert/strict";
import { test } from "node:test";
import type { IndexResult } from "../../core/index_tree.ts";
import { createMetrics, type Metrics, type PublishedFacts } from "../../server/metrics.ts";
import type { ReindexRun } from "../../server/reindex_runs.ts";

const FACTS: PublishedFacts = { products: 3, versions: 4, images: 9, ageSeconds: 12.5 };
const REQUEST = { method: "GET", route: "/images/*", status: 200, bytes: 100, seconds: 0.02 };
const RUN: ReindexRun = {
  id: "1",
  state: "done",
  trigger: "api",
  request: { dryRun: false, rehash: false },
  queuedAt: new Date(0),
  startedAt: new Date(1000),
  finishedAt: new Date(3500),
};

function resultOf(scope: IndexResult["scope"], findings: number): IndexResult {
  const finding = {
    code: "IMAGES_MISSING",
    severity: "warning",
    path: "images",
    message: "x",
  } as const;
  return {
    root: "/",
    scope,
    written: true,
    counts: { products: 0, versions: 0, images: 0, hashedFiles: 0, hashedBytes: 0 },
    documents: [],
    changes: { added: [], removed: [], changed: [] },
    findings: Array.from({ length: findings }, () => finding),
  };
}

/** The value of a line, which starts with a name and labels. */
async function valueOf(metrics: Metrics, line: string): Promise<number | undefined> {
  const found = (await metrics.text()).split("\n").find((one) => one.startsWith(`${line} `));
  return found === undefined ? undefined : Number(found.slice(line.length + 1));
}

test("createMetrics() counts requests by route, method and status, with their time", async () => {
  const metrics = createMetrics(() => FACTS);
  metrics.countRequest(REQUEST);
  metrics.countRequest({ ...REQUEST, seconds: 3 });
  metrics.countRequest({ ...REQUEST, status: 404, bytes: 7 });
  const name = "simplestreams_http_request_duration_seconds";
  const labels = 'route="/images/*",method="GET",status="200"';
  assert.equal(await valueOf(metrics, `${name}_count{${labels}}`), 2);
  assert.equal(await valueOf(metrics, `${name}_sum{${labels}}`), 3.02);
  assert.equal(await valueOf(metrics, `${name}_bucket{le="0.05",${labels}}`), 1);
  assert.equal(await valueOf(metrics, `${name}_bucket{le="+Inf",${labels}}`), 2);
  const sent = 'simplestreams_http_sent_bytes_total{route="/images/*"}';
  assert.equal(await valueOf(metrics, sent), 207);
});

test("createMetrics() does not grow with methods that clients invent", async () => {
  const metrics = createMetrics(() => undefined);
  for (let count = 0; count < 50; count++) {
    metrics.countRequest({ ...REQUEST, method: `BREW${count}`, status: 405 });
  }
  const text = await metrics.text();
  assert.doesNotMatch(text, /BREW/);
  const name = "simplestreams_http_request_duration_seconds_count";
  const labels = 'route="/images/*",method="other",status="405"';
  assert.equal(await valueOf(metrics, `${name}{${labels}}`), 50);
});

test("createMetrics() counts runs by end and trigger, and their time", async () => {
  const metrics = createMetrics(() => undefined);
  metrics.countRun(RUN);
  metrics.countRun({ ...RUN, trigger: "watch" });
  metrics.countRun({ ...RUN, state: "failed" });
  const name = "simplestreams_reindex_runs_total";
  assert.equal(await valueOf(metrics, `${name}{state="done",trigger="api"}`), 1);
  assert.equal(await valueOf(metrics, `${name}{state="done",trigger="watch"}`), 1);
  assert.equal(await valueOf(metrics, `${name}{state="failed",trigger="api"}`), 1);
  assert.equal(await valueOf(metrics, "simplestreams_reindex_duration_seconds_sum"), 7.5);
});

test("createMetrics() has the findings of the last run that looked at everything", async () => {
  const metrics = createMetrics(() => undefined);
  metrics.countRun({ ...RUN, result: resultOf("all", 3) });
  metrics.countRun({ ...RUN, result: resultOf(["debian"], 1) });
  metrics.countRun({ ...RUN, state: "failed" });
  assert.equal(await valueOf(metrics, "simplestreams_findings"), 3);
});

test("createMetrics() asks what is published when it is asked, and has none where there is none", async () => {
  let facts: PublishedFacts | undefined = FACTS;
  const metrics = createMetrics(() => facts);
  assert.equal(await valueOf(metrics, "simplestreams_products"), 3);
  assert.equal(await valueOf(metrics, "simplestreams_versions"), 4);
  assert.equal(await valueOf(metrics, "simplestreams_images"), 9);
  assert.equal(await valueOf(metrics, "simplestreams_document_age_seconds"), 12.5);
  facts = { ...FACTS, products: 5 };
  assert.equal(await valueOf(metrics, "simplestreams_products"), 5);
  facts = undefined;
  assert.equal(await valueOf(metrics, "simplestreams_products"), undefined);
});

test("createMetrics() is the text format of Prometheus: each name with help and type", async () => {
  const metrics = createMetrics(() => FACTS);
  metrics.countRequest(REQUEST);
  metrics.countRun({ ...RUN, result: resultOf("all", 0) });
  assert.match(metrics.contentType, /^text\/plain; version=0\.0\.4/);
  const text = await metrics.text();
  assert.ok(text.endsWith("\n"));
  const types = new Map(
    [...text.matchAll(/^# TYPE (\w+) (counter|gauge|histogram)$/gm)].map(([, name, type]) => [
      name,
      type,
    ]),
  );
  for (const line of text.split("\n").filter((one) => one !== "" && !one.startsWith("#"))) {
    const [, name = ""] = /^([a-z_]+)(?:\{[^}]*\})? -?[0-9.e+-]+$/.exec(line) ?? [];
    const base = name.replace(/_(?:bucket|sum|count)$/, "");
    assert.ok(types.has(name) || types.get(base) === "histogram", line);
    assert.ok(text.includes(`# HELP ${types.has(name) ? name : base} `), line);
  }
  assert.equal(types.get("process_resident_memory_bytes"), "gauge");
});
