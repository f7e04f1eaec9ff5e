import {
  type DescribedCommand,
  type DescribedOption,
  type ExpectedWord,
  spellingsOf,
} from "./described_command.ts";
import { quoteWord } from "./quote_word.ts";

/** Returns a script that makes zsh complete the commands; the first one is the main command. */
export function zshScript(commands: readonly DescribedCommand[]): string {
  const [main, ...subcommands] = commands;
  if (main === undefined) throw new RangeError("Cannot complete nothing: expected commands");
  return `#compdef simplestreams
# zsh completion of simplestreams; made by: simplestreams completion zsh

# A sub-command is the first word and no other.
_simplestreams_first() {
  local -a subcommands
  subcommands=(
${subcommands.map(({ name, summary }) => `    ${quoteWord(`${name}:${summary}`)}`).join("\n")}
  )
  ((CURRENT > 2)) || _describe -t subcommands sub-command subcommands
  _path_files -/
}

_simplestreams() {
  local command=
  if ((CURRENT > 2)) && [[ "$words[2]" = (${subcommands.map(({ name }) => name).join("|")}) ]]; then
    command="$words[2]"
    shift words
    ((CURRENT--))
  fi
  case "$command" in
${commands.map(caseOf).join("\n")}
  esac
}

# Read with source it has to be named; from a folder of fpath it is the function itself.
if [[ "\${funcstack[1]}" = _simplestreams ]]; then
  _simplestreams "$@"
else
  compdef _simplestreams simplestreams
fi
`;
}

function caseOf({ name, options, operands }: DescribedCommand): string {
  const specs = [
    ...options.map(optionSpec),
    ...operands.map((operand) => {
      const { place, isRepeated } = operand;
      const action = name === "" ? "_simplestreams_first" : actionFor(operand);
      return quoteWord(`${isRepeated ? "*" : place + 1}:${escape(operand.name)}:${action}`);
    }),
  ];
  // -s: switches in one word, as -Ni; -S: "--" ends the options
  return `    ${quoteWord(name)})\n      _arguments -s -S \\\n        ${
    specs.join(" \\\n        ")
  }\n      ;;`;
}

function optionSpec(option: DescribedOption): string {
  const { value, description, short, long } = option;
  const both = spellingsOf(option);
  const rest = quoteWord(
    `[${escape(description)}]${
      value === undefined ? "" : `:${escape(value.name)}:${actionFor(value)}`
    }`,
  );
  // "+" and "=": the value may stand in the same word
  const spelt = [
    ...short === undefined ? [] : [value === undefined ? short : `${short}+`],
    ...long === undefined ? [] : [value === undefined ? long : `${long}=`],
  ];
  return `${quoteWord(`(${both.join(" ")})`)}${
    spelt.length > 1 ? `{${spelt.join()}}` : spelt.join()
  }${rest}`;
}

function actionFor({ kind, choices }: ExpectedWord): string {
  switch (kind) {
    case "choice":
      return `(${choices.join(" ")})`;
    case "directory":
      // _files would go on with files where there is no directory
      return "_path_files -/";
    case "file":
      return "_files";
    case "other":
      // Nothing to choose from; what it is gets shown
      return "";
  }
}

/** Takes their meaning from signs that _arguments knows. */
function escape(text: string): string {
  return text.replace(/[\\:\[\]]/g, "\\$&");
}
