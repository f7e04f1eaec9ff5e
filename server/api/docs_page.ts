import type { ApiApp } from "./api_app.ts";

/** An OpenAPI 3.1 document. */
export type OpenApiDocument = ReturnType<ApiApp["getOpenAPI31Document"]>;

const METHODS = ["get", "post", "put", "patch", "delete"] as const;
const STYLE = `
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
    color: #1b1b1b; background: #fff; }
  code, pre { font-family: ui-monospace, monospace; font-size: .9em; }
  pre { background: #f4f4f4; padding: .75rem; overflow: auto; }
  section { border-top: 1px solid #ccc; margin-top: 1.5rem; }
  section h3 code:first-child { text-transform: uppercase; color: #fff; background: #0b57a4;
    padding: .1em .5em; border-radius: .25em; }
  table { border-collapse: collapse; } td, th { text-align: left; padding: .2rem 1rem .2rem 0;
    vertical-align: top; }
  @media (prefers-color-scheme: dark) { body { color: #e6e6e6; background: #161616; }
    pre { background: #262626; } a { color: #7db7ff; } }`;

/** Returns a page to read an API's description: plain HTML, no script. */
export function describePage(document: OpenApiDocument): string {
  const operations = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method];
      return operation === undefined ? [] : [describeOperation(`${method} ${path}`, operation)];
    })
  );
  const schemas = Object.entries(document.components?.schemas ?? {}).map(([name, schema]) =>
    `<h3 id="${escapeHtml(name)}">${escapeHtml(name)}</h3>` +
    `<pre>${escapeHtml(JSON.stringify(schema, null, 2))}</pre>`
  );
  const { title, version, description = "" } = document.info;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} ${escapeHtml(version)}</title>
<style>${STYLE}
</style>
<h1>${escapeHtml(title)} <small>${escapeHtml(version)}</small></h1>
<p>${escapeHtml(description)} For programs: <a href="openapi.json">openapi.json</a>.</p>
<h2>Requests, under <code>/api/v1</code></h2>
${operations.join("\n")}
<h2>Schemas</h2>
${schemas.join("\n")}
</html>
`;
}

type Operation = NonNullable<
  NonNullable<OpenApiDocument["paths"]>[string][typeof METHODS[number]]
>;

function describeOperation(name: string, operation: Operation): string {
  const [method = "", path = ""] = name.split(" ");
  const parameters = (operation.parameters ?? []).flatMap((parameter) =>
    "name" in parameter
      ? [row(
        `<code>${escapeHtml(parameter.name)}</code>`,
        escapeHtml(parameter.in),
        escapeHtml(typeOf(parameter.schema)),
        escapeHtml(parameter.description ?? textIn(parameter.schema, "description")),
      )]
      : []
  );
  const body = operation.requestBody;
  const bodies = body !== undefined && "content" in body
    ? Object.entries(body.content).map(([type, { schema }]) =>
      row("body", escapeHtml(type), linkTo(schema), "")
    )
    : [];
  const answers = Object.entries(operation.responses ?? {}).map(([status, response]) =>
    row(
      `<code>${escapeHtml(status)}</code>`,
      escapeHtml(textIn(response, "description")),
      contentOf(response),
    )
  );
  return `<section>
<h3><code>${escapeHtml(method)}</code> <code>${escapeHtml(path)}</code></h3>
<p>${escapeHtml(operation.summary ?? "")}${
    operation.description === undefined ? "" : `. ${escapeHtml(operation.description)}`
  }</p>
<table>${[...parameters, ...bodies].join("")}</table>
<h4>Answers</h4>
<table>${answers.join("")}</table>
</section>`;
}

function contentOf(response: unknown): string {
  const content = fieldOf(response, "content");
  if (typeof content !== "object" || content === null) return "";
  return Object.values(content).map((one) => linkTo(fieldOf(one, "schema"))).join(", ");
}

function linkTo(schema: unknown): string {
  const name = textIn(schema, "$ref").split("/").at(-1) ?? "";
  return name === "" ? "" : `<a href="#${escapeHtml(name)}">${escapeHtml(name)}</a>`;
}

function typeOf(schema: unknown): string {
  const values = fieldOf(schema, "enum");
  if (Array.isArray(values)) return values.join(" | ");
  return textIn(schema, "type") || (textIn(schema, "$ref").split("/").at(-1) ?? "");
}

function row(...cells: readonly string[]): string {
  return `<tr>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`;
}

function textIn(value: unknown, name: string): string {
  const field = fieldOf(value, name);
  return typeof field === "string" ? field : "";
}

function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return Object.entries(value).find(([key]) => key === name)?.[1];
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
