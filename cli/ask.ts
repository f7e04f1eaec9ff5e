import { createInterface } from "node:readline";
import { SimplestreamsError } from "../core/errors.ts";

/** One question; an answer that is not usable is asked for again. */
export interface Question {
  readonly text: string;
  /** What an empty answer stands for. */
  readonly otherwise?: string;
  /** Returns why an answer is not usable, or undefined. */
  readonly whyUnusable: (answer: string) => string | undefined;
}

/** Returns whether somebody is there to be asked. */
export function canAsk(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/**
 * Asks questions on the terminal and returns the answers in their order.
 *
 * @throws {SimplestreamsError} `USAGE` when the input ends before
 */
export async function ask(questions: readonly Question[]): Promise<readonly string[]> {
  // Not as a terminal: it would take Ctrl-C for input, and the terminal edits lines by itself
  const lines = createInterface({ input: process.stdin, terminal: false });
  const input = lines[Symbol.asyncIterator]();
  const answers: string[] = [];
  try {
    for (const question of questions) answers.push(await askOne(question, input));
    return answers;
  } finally {
    lines.close();
  }
}

async function askOne(
  { text, otherwise, whyUnusable }: Question,
  input: AsyncIterator<string>,
): Promise<string> {
  for (;;) {
    process.stderr.write(`${text}${otherwise ? ` [${otherwise}]` : ""}: `);
    const { done, value } = await input.next();
    if (done) {
      process.stderr.write("\n");
      throw new SimplestreamsError(
        "USAGE",
        "Cannot make metadata: the input ended, expected an answer to each question",
      );
    }
    const answer = value.trim() === "" ? otherwise ?? "" : value.trim();
    const reason = whyUnusable(answer);
    if (reason === undefined) return answer;
    process.stderr.write(`${reason}\n`);
  }
}
