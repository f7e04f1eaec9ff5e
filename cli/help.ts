import { SUBCOMMANDS } from "./subcommands.ts";

const SUMMARIES = [...SUBCOMMANDS].map(([name, { summary }]) => `  ${name.padEnd(9)}${summary}`);

/** What follows the options in the help. */
export const HELP_AFTER = `
Examples:
  simplestreams /var/www/html                 show images.json, write nothing
  simplestreams -N /var/www/html              write streams/v1/images.json and index.json
  simplestreams -N -i ./image /var/www/html   move the image files of ./image into images/

Sub-commands (simplestreams NAME --help says more; a directory of that name is ./NAME):
${SUMMARIES.join("\n")}

Exit status: 0 done, 1 usage or failure, 3 findings under --strict, 4 another run holds the lock`;
