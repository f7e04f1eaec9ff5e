import { type DescribedCommand, type ExpectedWord, wordsBeforeValue } from "./described_command.ts";

/** Returns a script that makes fish complete the commands; the first one is the main command. */
export function fishScript(commands: readonly DescribedCommand[]): string {
  const subcommands = commands.filter(({ name }) => name !== "");
  return `# fish completion of simplestreams; made by: simplestreams completion fish

# Prints the sub-command that is typed, or nothing.
function __simplestreams_command
    set -l words (commandline -opc)
    if contains -- "$words[2]" ${subcommands.map(({ name }) => name).join(" ")}
        echo $words[2]
    end
end

# Whether the command is $argv[1].
function __simplestreams_is
    test "$(__simplestreams_command)" = "$argv[1]"
end

# Whether the command is $argv[1] and its next operand the one at place $argv[3], or a later one, as
# $argv[2] compares; values stand behind the options $argv[4..].
function __simplestreams_operand
    __simplestreams_is $argv[1]; or return
    set -l words (commandline -opc)
    set -e words[1]
    test -n "$argv[1]"; and set -e words[1]
    set -l place 0
    set -l behind no
    set -l value no
    for word in $words
        if test $value = yes
            set value no
        else if test $behind = yes
            set place (math $place + 1)
        else if test "$word" = --
            set behind yes
        else if contains -- $word $argv[4..]
            set value yes
        else if not string match -q -- '-?*' $word
            set place (math $place + 1)
        end
    end
    test $place $argv[2] $argv[3]
end

# Whether no word stands behind the program's name yet.
function __simplestreams_first
    test (count (commandline -opc)) = 1
end

complete -c simplestreams -f
${subcommands.map(subcommandLine).join("\n")}
${commands.flatMap(commandLines).join("\n")}
`;
}

function subcommandLine({ name, summary }: DescribedCommand): string {
  return `complete -c simplestreams -n __simplestreams_first -a ${name} -d ${quote(summary)}`;
}

function commandLines(command: DescribedCommand): readonly string[] {
  const { name, options, operands } = command;
  const valued = options.flatMap((option) => wordsBeforeValue(option, command));
  const line = (condition: string, rest: readonly string[]) =>
    ["complete -c simplestreams -n", quote(condition), ...rest].join(" ");
  return [
    ...options.map(({ short, long, description, value }) =>
      line(`__simplestreams_is ${quote(name)}`, [
        ...short === undefined ? [] : ["-s", short.slice(1)],
        ...long === undefined ? [] : ["-l", long.slice(2)],
        ...value === undefined ? [] : ["-r", ...actionFor(value)],
        ...["-d", quote(description)],
      ])
    ),
    ...operands.filter(({ kind }) => kind !== "other").map((operand) => {
      const { place, isRepeated } = operand;
      const words = [quote(name), isRepeated ? "-ge" : "-eq", place, ...valued];
      return line(`__simplestreams_operand ${words.join(" ")}`, actionFor(operand));
    }),
  ];
}

function actionFor({ kind, choices }: ExpectedWord): readonly string[] {
  switch (kind) {
    case "choice":
      return ["-f", "-a", quote(choices.join(" "))];
    case "directory":
      return ["-f", "-a", "'(__fish_complete_directories)'"];
    case "file":
      return ["-F"];
    case "other":
      return ["-f"];
  }
}

function quote(text: string): string {
  return `'${text.replace(/[\\']/g, "\\$&")}'`;
}
