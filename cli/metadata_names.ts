import { SimplestreamsError } from "../core/errors.ts";
import { type MetadataRequest, whyMetadataUnusable } from "../core/plan_metadata.ts";
import { ask, canAsk } from "./ask.ts";

/** What options say of an image. */
export interface GivenNames {
  readonly os?: string;
  readonly release?: string;
  readonly variant?: string;
  readonly arch?: string;
  readonly description?: string;
}

/**
 * Returns all names that there have to be; where one is missing, all that are not given are asked for.
 *
 * @throws {SimplestreamsError} `USAGE` when nobody can be asked, or does not answer
 */
export async function completeNames(
  given: GivenNames,
): Promise<Omit<MetadataRequest, "file" | "out" | "date" | "properties">> {
  const { os, release, variant = "default", arch, description } = given;
  if (os !== undefined && release !== undefined && arch !== undefined) {
    return { os, release, arch, variant, description };
  }
  if (canAsk()) return await askNames(given);
  const missing = Object.entries({ os, release, arch })
    .filter(([, value]) => value === undefined).map(([name]) => `--${name}`);
  throw new SimplestreamsError(
    "USAGE",
    `Cannot make metadata: ${missing.join(", ")} not given and no terminal to ask on, expected ` +
      "--os, --release and --arch",
  );
}

const QUESTIONS = [
  { name: "os", text: "Operating system, as Debian" },
  { name: "release", text: "Release, as 12 or bookworm" },
  { name: "variant", text: "Variant", otherwise: "default" },
  { name: "arch", text: "Architecture, as x86_64" },
  { name: "description", text: "Description (nothing for one that is made of these)" },
] as const;

async function askNames(given: GivenNames): ReturnType<typeof completeNames> {
  const open = QUESTIONS.filter(({ name }) => given[name] === undefined);
  const answers = await ask(open.map((question) => ({
    ...question,
    whyUnusable: (answer: string) => whyMetadataUnusable(question.name, answer),
  })));
  const answered = new Map(open.map(({ name }, place) => [name, answers[place]]));
  const nameOf = (name: keyof GivenNames) => given[name] ?? answered.get(name) ?? "";
  return {
    os: nameOf("os"),
    release: nameOf("release"),
    variant: nameOf("variant"),
    arch: nameOf("arch"),
    description: nameOf("description") || undefined,
  };
}
