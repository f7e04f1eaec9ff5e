import type { TestContext } from "node:test";

type CleanUp = () => unknown;

const pending = new WeakMap<object, CleanUp[]>();

/**
 * Has something done when a test ends, the last that was asked for first: a program is ended before
 * the directory goes in which it writes. The hooks of node:test run in the order of their making.
 */
export function cleanUp(test: Pick<TestContext, "after">, action: CleanUp): void {
  const known = pending.get(test);
  if (known !== undefined) {
    known.push(action);
    return;
  }
  const actions = [action];
  pending.set(test, actions);
  test.after(async () => {
    for (const one of actions.reverse()) await one();
  });
}
