import { at, parseJson, textOf } from "./json.ts";
import { run } from "./run.ts";
import { tlsDirectory } from "./work_directory.ts";

/** The bearer token of the suite's servers. */
export const TOKEN = "0123456789abcdef-of-the-suite";

/**
 * Calls the API by curl with the suite's token, and returns the JSON that it answers.
 *
 * @throws {Error} with the problem's code when the answer is no success
 */
export async function curl(url: string, ...args: readonly string[]): Promise<unknown> {
  const output = await run("curl", [
    ...["--silent", "--show-error", "--cacert", `${tlsDirectory()}/ca.crt`],
    ...["--header", `Authorization: Bearer ${TOKEN}`, ...args, "--", url],
  ]);
  const body = parseJson(output);
  if (typeof body === "object" && body !== null && "detail" in body && "code" in body) {
    throw new Error(`${textOf(at(body, "code"))}: ${textOf(at(body, "detail"))}`);
  }
  return body;
}
