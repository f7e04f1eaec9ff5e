// Makes the single files of dist/: everything inlined, to be run by Node and by Deno.
import { build } from "esbuild";

await build({
  entryPoints: { simplestreams: "cli.ts", "simplestreams-server": "server.ts" },
  outdir: "dist",
  outExtension: { ".js": ".mjs" },
  bundle: true,
  platform: "node",
  target: "node20",
  format: "esm",
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: "eof",
  banner: {
    // CommonJS packages inside ask for `require`, which a module has not.
    js: '#!/usr/bin/env node\nimport { createRequire as __createRequire } from "node:module";\n' +
      "const require = __createRequire(import.meta.url);",
  },
});
