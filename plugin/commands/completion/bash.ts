import type { Command } from '../command.ts';
import type { ExpectedValue } from './expected-value.ts';
import { expectedOperand, expectedValue } from './expected-value.ts';

/** Uses only bash's own compgen, so that no completion package is needed. */
export function bash(commands: Readonly<Record<string, Command>>): string {
  const names = Object.keys(commands);
  const all = Object.entries(commands);
  return `# bash completion of dynamic-toolset: source <(dynamic-toolset completion bash)
_dynamic_toolset() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD - 1]}" command="" word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD - 1}"; do
    case "$word" in
      ${names.join(' | ')}) command="$word"; break ;;
    esac
  done
  COMPREPLY=()
  case "$command $previous" in
${all.flatMap(([name, command]) => valueCases(name, command)).join('\n')}
  esac
  case "$command" in
    "") COMPREPLY=($(compgen -W "${[...names, '--help', '--version'].join(' ')}" -- "$current")) ;;
${all.map(([name, command]) => commandCase(name, command)).join('\n')}
  esac
}
complete -F _dynamic_toolset dynamic-toolset
`;
}

function valueCases(name: string, { options }: Command): string[] {
  return Object.entries(options).flatMap(([flag, option]) => {
    const expected = expectedValue(option);
    if (expected.kind === 'none') return [];
    const short = option.short === undefined ? '' : ` | "${name} -${option.short}"`;
    return [`    "${name} --${flag}"${short}) ${replyOf(expected)}; return ;;`];
  });
}

function commandCase(name: string, { options, operands }: Command): string {
  const flags = [...Object.keys(options).map((flag) => `--${flag}`), '--help'];
  const operand = expectedOperand(operands);
  const words = operand.kind === 'words' ? [...operand.words, ...flags] : flags;
  const reply = `COMPREPLY=($(compgen -W "${words.join(' ')}" -- "$current"))`;
  return operand.kind === 'file' || operand.kind === 'folder'
    ? `    ${name}) if [[ $current == -* ]]; then ${reply}; else ${replyOf(operand)}; fi ;;`
    : `    ${name}) ${reply} ;;`;
}

function replyOf(expected: ExpectedValue): string {
  if (expected.kind === 'words') return `COMPREPLY=($(compgen -W "${expected.words.join(' ')}" -- "$current"))`;
  if (expected.kind === 'folder') return pathsBy('-d');
  if (expected.kind === 'file') return pathsBy('-f');
  return ':';
}

/** As file names: bash quotes them if necessary, and appends a slash instead of a blank to a folder. */
function pathsBy(kind: '-d' | '-f'): string {
  return `mapfile -t COMPREPLY < <(compgen ${kind} -- "$current"); compopt -o filenames 2> /dev/null`;
}
