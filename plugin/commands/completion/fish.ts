import type { Command } from '../command.ts';
import type { Option } from '../flags/options.ts';
import { aboutWords } from '../help/help.ts';
import type { ExpectedValue } from './expected-value.ts';
import { expectedOperand, expectedValue } from './expected-value.ts';

/** Lines of fish's own `complete`. */
export function fish(commands: Readonly<Record<string, Command>>): string {
  const all = Object.entries(commands);
  return [
    '# fish completion of dynamic-toolset: dynamic-toolset completion fish | source',
    'complete -c dynamic-toolset -f',
    ...all.map(
      ([name, { summary }]) => `complete -c dynamic-toolset -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`,
    ),
    ...all.flatMap(([name, command]) => linesOf(name, command)),
    '',
  ].join('\n');
}

function linesOf(name: string, { options, operands }: Command): string[] {
  const when = `complete -c dynamic-toolset -n '__fish_seen_subcommand_from ${name}'`;
  const operand = expectedOperand(operands);
  const words = operand.kind === 'none' ? [] : [`${when} ${valueOf(operand)}`];
  return [...Object.entries(options).map(([flag, option]) => `${when} ${flagOf(flag, option)}`), ...words];
}

function flagOf(name: string, option: Option): string {
  const short = option.short === undefined ? '' : `-s ${option.short} `;
  const value = valueOf(expectedValue(option));
  return `${short}-l ${name}${value === '' ? '' : ` ${value}`} -d ${quoted(aboutWords(option))}`;
}

function valueOf(expected: ExpectedValue): string {
  if (expected.kind === 'words') return `-x -a ${quoted(expected.words.join(' '))}`;
  if (expected.kind === 'folder') return `-x -a '(__fish_complete_directories)'`;
  return { file: '-r -F', text: '-x', none: '' }[expected.kind];
}

function quoted(text: string): string {
  return `'${text.replace(/['\\]/g, '\\$&')}'`;
}
