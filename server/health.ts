import { Hono } from "hono";
import { INDEX_PATH } from "../core/format/documents.ts";
import type { TreeReader } from "../core/ports.ts";
import type { ServerEnvironment } from "./environment.ts";
import type { Metrics } from "./metrics.ts";
import { refuseOtherMethods } from "./other_methods.ts";
import { HttpProblem } from "./problem.ts";
import type { PublishedState } from "./published_state.ts";

/** What is asked to find out whether the service can do its work. */
export interface HealthServices {
  readonly root: string;
  readonly reader: TreeReader;
  readonly published: PublishedState;
  readonly metrics: Metrics;
}

const FRESH = { "Cache-Control": "no-store" } as const;

/** Returns the routes for supervisors: alive, ready, metrics. */
export function createHealth(services: HealthServices): Hono<ServerEnvironment> {
  const { metrics } = services;
  const app = new Hono<ServerEnvironment>();
  app.get("/healthz", (context) => context.json({ status: "alive" }, 200, FRESH));
  app.get("/readyz", (context) => {
    requireReady(services);
    return context.json({ status: "ready" }, 200, FRESH);
  });
  app.get("/metrics", async (context) => {
    const headers = { ...FRESH, "Content-Type": metrics.contentType };
    return context.body(await metrics.text(), 200, headers);
  });
  refuseOtherMethods(app);
  return app;
}

/** @throws {HttpProblem} `NOT_READY` that says what is missing */
function requireReady({ root, reader, published }: HealthServices): void {
  if (attempt(() => reader.list(root)) === undefined) {
    throw new HttpProblem("NOT_READY", "The root cannot be read, expected the directory to serve");
  }
  const hasIndex = attempt(() => reader.stat(`${root}/${INDEX_PATH}`))?.kind === "file";
  if (!hasIndex || published.usableCatalog() === undefined) {
    throw new HttpProblem(
      "NOT_READY",
      "No document is published, expected streams/v1/index.json and images.json; " +
        "POST /api/v1/reindex makes them",
    );
  }
}

function attempt<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
