import type { Command } from '../command.ts';
import type { Option } from '../flags/options.ts';
import { aboutWords } from '../help/help.ts';
import type { ExpectedValue } from './expected-value.ts';
import { expectedOperand, expectedValue } from './expected-value.ts';

/** For zsh's own completion system: a file _dynamic-toolset in a folder of fpath, or sourced. */
export function zsh(commands: Readonly<Record<string, Command>>): string {
  const all = Object.entries(commands);
  return `#compdef dynamic-toolset
_dynamic-toolset() {
  local curcontext="$curcontext" state line
  typeset -A opt_args
  _arguments -C '1: :->command' '*:: :->arguments'
  case $state in
    command)
      local -a commands=(
${all.map(([name, { summary }]) => `        ${quoted(`${name}:${summary}`)}`).join('\n')}
      )
      _describe -t commands command commands ;;
    arguments)
      case $line[1] in
${all.map(([name, command]) => `        ${name}) _arguments ${argumentsOf(command).join(' ')} ;;`).join('\n')}
      esac ;;
  esac
}
if [[ $funcstack[1] == _dynamic-toolset ]]; then _dynamic-toolset "$@"; else compdef _dynamic-toolset dynamic-toolset; fi
`;
}

function argumentsOf({ options, operands }: Command): string[] {
  const operand = expectedOperand(operands);
  const flags = Object.entries(options).flatMap(([name, option]) => flagsOf(name, option));
  return operand.kind === 'none'
    ? flags
    : [...flags, quoted(`*:${(operands ?? '').replaceAll(/[^A-Za-z|]/g, '')}:${actionOf(operand)}`)];
}

function flagsOf(name: string, option: Option): string[] {
  const { short, value, multiple = false } = option;
  const expected = expectedValue(option);
  const about = escaped(aboutWords(option));
  const message = value === undefined ? '' : `:${escaped(value)}:${actionOf(expected)}`;
  const spelled = short === undefined ? [`--${name}`] : [`--${name}`, `-${short}`];
  return spelled.map((flag) => quoted(`${multiple ? '*' : ''}${flag}[${about}]${message}`));
}

/** Escapes what _arguments reads as the end of a part. */
function escaped(text: string): string {
  return text.replace(/[[\]:\\]/g, '\\$&');
}

function actionOf(expected: ExpectedValue): string {
  if (expected.kind === 'words') return `(${expected.words.join(' ')})`;
  return { folder: '_files -/', file: '_files', text: ' ', none: ' ' }[expected.kind];
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
