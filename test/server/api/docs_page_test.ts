import assert from "node:assert/strict";
import { test } from "node:test";
import { describePage } from "../../../server/api/docs_page.ts";

const EVIL = `<script>alert("&")</script>`;
const SAFE = "&lt;script&gt;alert(&quot;&amp;&quot;)&lt;/script&gt;";

test("describePage() shows texts of the document as they are, not as markup", () => {
  const page = describePage({
    openapi: "3.1.0",
    info: { title: EVIL, version: "1", description: EVIL },
    paths: {
      "/x": {
        get: {
          summary: EVIL,
          description: EVIL,
          parameters: [{ name: EVIL, in: "query", description: EVIL, schema: { type: "string" } }],
          responses: { 200: { description: EVIL } },
        },
      },
    },
    components: { schemas: { X: { type: "string", description: EVIL } } },
  });
  assert.doesNotMatch(page, /<script/);
  assert.equal(page.split(SAFE).length - 1, 8);
});

test("describePage() has the type and the text of a parameter, and links to schemas", () => {
  const schema = { $ref: "#/components/schemas/X" };
  const page = describePage({
    openapi: "3.1.0",
    info: { title: "t", version: "1" },
    paths: {
      "/x": {
        put: {
          parameters: [{
            name: "kind",
            in: "query",
            description: "Which one",
            schema: { type: "string", enum: ["a", "b"] },
          }],
          requestBody: { content: { "application/json": { schema } } },
          responses: { 200: { description: "ok", content: { "application/json": { schema } } } },
        },
      },
    },
    components: { schemas: { X: { type: "string" } } },
  });
  assert.ok(
    page.includes(
      "<td><code>kind</code></td><td>query</td><td>a | b</td><td>Which one</td>",
    ),
  );
  assert.equal(page.split('<a href="#X">X</a>').length - 1, 2);
  assert.ok(page.includes('<h3 id="X">X</h3>'));
});
