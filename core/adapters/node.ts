/** The file system and the clock through Node's own modules, which Deno has too. */
export { createNodeReader } from "./node_reader.ts";
export { createNodeWriter } from "./node_writer.ts";
export { createSystemClock } from "./system_clock.ts";
