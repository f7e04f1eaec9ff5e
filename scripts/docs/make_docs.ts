import { commandsReference, optionsTable } from "./reference.ts";
import { describeCommandLine, describeServer } from "./described_program.ts";
import { manPage } from "./man_page.ts";

/**
 * Returns the files that are made from the commands, by their paths.
 *
 * @param readme README.md, whose text outside its references stays
 */
export async function makeDocs(readme: string): Promise<ReadonlyMap<string, string>> {
  const [commands, server] = [await describeCommandLine(), describeServer()];
  const references = { commands: commandsReference(commands), server: optionsTable(server) };
  return new Map([
    ["README.md", Object.entries(references).reduce(replaceReference, readme)],
    ["docs/simplestreams.1", manPage(commands, { seeAlso: [server.name, "incus", "lxc"] })],
    ["docs/simplestreams-server.1", manPage([server], { seeAlso: ["simplestreams"] })],
  ]);
}

function replaceReference(
  readme: string,
  [name, text]: readonly [string, string],
): string {
  const [begin, end] = [`<!-- begin ${name}: made by npm run docs -->`, `<!-- end ${name} -->`];
  const [from, to] = [readme.indexOf(begin), readme.indexOf(end)];
  if (from >= 0 && to > from) {
    return `${readme.slice(0, from)}${begin}\n\n${text}\n\n${readme.slice(to)}`;
  }
  throw new RangeError(`Cannot write the reference "${name}": expected "${begin}" and "${end}"`);
}
