import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Counts } from "../core/count.ts";
import type { ReindexRun } from "./reindex_runs.ts";

/** What is published, as the metrics tell it. */
export interface PublishedFacts extends Counts {
  readonly ageSeconds: number;
}

/** What the service counts, in the text format of Prometheus. */
export interface Metrics {
  readonly countRequest: (request: {
    readonly method: string;
    /** The pattern that matched, so that there are few of them. */
    readonly route: string;
    readonly status: number;
    readonly bytes: number;
    readonly seconds: number;
  }) => void;
  readonly countRun: (run: ReindexRun) => void;
  readonly text: () => Promise<string>;
  readonly contentType: string;
}

const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

/**
 * Returns the service's metrics.
 *
 * @param published is asked when somebody reads them; undefined while nothing is published
 */
export function createMetrics(published: () => PublishedFacts | undefined): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const requests = new Histogram({
    name: "simplestreams_http_request_duration_seconds",
    help: "Requests by route, method and status, with the time until the answer had gone out",
    labelNames: ["route", "method", "status"] as const,
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30, 120],
    registers,
  });
  const sent = new Counter({
    name: "simplestreams_http_sent_bytes_total",
    help: "Bytes of answers' bodies that went out, by route",
    labelNames: ["route"] as const,
    registers,
  });
  const runs = new Counter({
    name: "simplestreams_reindex_runs_total",
    help: "Index runs by how they ended and who asked",
    labelNames: ["state", "trigger"] as const,
    registers,
  });
  const durations = new Histogram({
    name: "simplestreams_reindex_duration_seconds",
    help: "Duration of index runs",
    buckets: [0.05, 0.1, 0.5, 1, 5, 30, 120, 600, 3600],
    registers,
  });
  const findings = new Gauge({
    name: "simplestreams_findings",
    help: "Findings of the last index run that looked at the whole tree",
    registers,
  });
  addPublished(registers, published);
  new Gauge({
    name: "process_resident_memory_bytes",
    help: "Resident memory size in bytes",
    registers,
    collect() {
      this.set(process.memoryUsage().rss);
    },
  });
  return {
    countRequest({ method, route, status, bytes, seconds }) {
      // A client can invent methods; the metrics must not grow with them.
      const known = METHODS.has(method) ? method : "other";
      requests.observe({ route, method: known, status }, seconds);
      sent.inc({ route }, bytes);
    },
    countRun({ state, trigger, startedAt, finishedAt, result }) {
      runs.inc({ state, trigger });
      if (startedAt !== undefined && finishedAt !== undefined) {
        durations.observe((finishedAt.getTime() - startedAt.getTime()) / 1000);
      }
      if (result?.scope === "all") findings.set(result.findings.length);
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

function addPublished(
  registers: Registry[],
  published: () => PublishedFacts | undefined,
): void {
  const gauges = [
    ["simplestreams_products", "Products in the published documents", "products"],
    ["simplestreams_versions", "Versions in the published documents", "versions"],
    ["simplestreams_images", "Images in the published documents", "images"],
    ["simplestreams_document_age_seconds", "Time since images.json last changed", "ageSeconds"],
  ] as const;
  for (const [name, help, field] of gauges) {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.remove();
        const facts = published();
        if (facts !== undefined) this.set(facts[field]);
      },
    });
  }
}
