import {
  type DescribedCommand,
  type ExpectedWord,
  spellingsOf,
  wordsBeforeValue,
} from "./described_command.ts";
import { quoteWord } from "./quote_word.ts";

/** Returns a script that makes bash complete the commands; the first one is the main command. */
export function bashScript(commands: readonly DescribedCommand[]): string {
  return `# bash completion of simplestreams; made by: simplestreams completion bash
# Bash keeps "=" as a word of its own, and quoting as it is typed: what is a path is left to bash.

# Completes words of a list, $1, with $2.
_simplestreams_words() {
  mapfile -t COMPREPLY < <(compgen -W "$1" -- "$2")
}

# Completes a path: -d for a directory, -f for a file. What is there already stays.
_simplestreams_path() {
  if [[ $1 = -d ]]; then
    compopt -o filenames -o plusdirs
  else
    compopt -o filenames -o default
  fi
}

_simplestreams() {
  COMPREPLY=()
  local command= names="${names(commands).join(" ")}"
  local -i i=1
  case "\${COMP_WORDS[1]}" in
    ${names(commands).join(" | ")})
      ((COMP_CWORD > 1)) && command="\${COMP_WORDS[1]}" i=2
      ;;
  esac
  local options valued
  case "$command" in
${commands.map(optionsCase).join("\n")}
  esac
  # Which operand it is, and the option that it may be the value of
  local -i operand=0
  local word option= behind=
  for (( ; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    if [[ -n $behind ]]; then
      operand+=1
    elif [[ $word = "=" && -n $option ]]; then
      :
    elif [[ -n $option ]]; then
      option=
    elif [[ $word = -- ]]; then
      behind=yes
    elif [[ $word = -* && " $valued " = *" $word "* ]]; then
      option="$word"
    elif [[ $word != -* || $word = - ]]; then
      operand+=1
    fi
  done
  local current="\${COMP_WORDS[COMP_CWORD]}"
  [[ $current = "=" && -n $option ]] && current=
  if [[ -n $option ]]; then
    case "$command $option" in
${commands.flatMap(valueCases).join("\n")}
    esac
  elif [[ -z $behind && $current = -* ]]; then
    _simplestreams_words "$options" "$current"
  elif ((COMP_CWORD == 1)); then
    # With -o filenames a sub-command would get the slash of a directory that is called like it
    local directory others=yes
    while IFS= read -r directory; do
      others=
      [[ " $names " = *" $directory "* ]] || others=yes
      [[ -z $others ]] || break
    done < <(compgen -d -- "$current")
    [[ -z $others ]] || _simplestreams_path -d
    _simplestreams_words "$names" "$current"
  else
    case "$command $operand" in
${commands.flatMap(operandCases).join("\n")}
    esac
  fi
}

complete -F _simplestreams simplestreams
`;
}

function names(commands: readonly DescribedCommand[]): readonly string[] {
  return commands.map(({ name }) => name).filter((name) => name !== "");
}

function optionsCase(command: DescribedCommand): string {
  const { name, options } = command;
  const all = options.flatMap(spellingsOf).join(" ");
  const valued = options.flatMap((option) => wordsBeforeValue(option, command)).join(" ");
  return `    ${quoteWord(name)}) options=${quoteWord(all)} valued=${quoteWord(valued)} ;;`;
}

function valueCases(command: DescribedCommand): readonly string[] {
  return command.options.flatMap((option) => {
    const action = option.value === undefined ? undefined : actionFor(option.value);
    if (action === undefined) return [];
    const patterns = wordsBeforeValue(option, command).map((word) =>
      quoteWord(`${command.name} ${word}`)
    );
    return [`      ${patterns.join(" | ")}) ${action} ;;`];
  });
}

function operandCases({ name, operands }: DescribedCommand): readonly string[] {
  return operands.flatMap((operand) => {
    const action = actionFor(operand);
    if (action === undefined) return [];
    const { place, isRepeated } = operand;
    // A repeated one is the last one: the places before it have cases above
    const pattern = isRepeated ? `${quoteWord(`${name} `)}*` : quoteWord(`${name} ${place}`);
    return [`      ${pattern}) ${action} ;;`];
  });
}

function actionFor({ kind, choices }: ExpectedWord): string | undefined {
  switch (kind) {
    case "choice":
      return `_simplestreams_words ${quoteWord(choices.join(" "))} "$current"`;
    case "directory":
      return "_simplestreams_path -d";
    case "file":
      return "_simplestreams_path -f";
    case "other":
      return undefined;
  }
}
