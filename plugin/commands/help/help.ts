import type { Command } from '../command.ts';
import type { Option } from '../flags/options.ts';
import { wrapWords } from '../terminal/table.ts';

const width = 118;
const intro =
  'dynamic-toolset discovers observability backends and prints the toolset ConfigMap of an AI troubleshooting agent.';

/** Output of `dynamic-toolset --help`. */
export function programHelp(commands: Readonly<Record<string, Command>>): string {
  const list = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(12)}${summary}\n`);
  return `${intro}

Usage: dynamic-toolset COMMAND [flags]

Commands:
${list.join('')}
dynamic-toolset COMMAND --help shows its flags and examples; dynamic-toolset --version prints the version.

Exit codes: 0 done, 1 found something (validate, diff, review, adopt, doctor), 2 usage or settings, 3 forbidden by the
cluster or repository, 4 unreachable or too slow, 5 output refused, 70 a bug.
`;
}

/** Output of `dynamic-toolset NAME --help`. */
export function commandHelp(name: string, command: Command): string {
  const { summary, details, options, examples } = command;
  const parts = [
    `dynamic-toolset ${name}: ${summary}.\n`,
    ...(details === undefined ? [] : [`${wrapWords(details, width).join('\n')}\n`]),
    `Usage: ${usageOf(name, command)}\n`,
    `Examples:\n${examples.map(({ about, args }) => `  # ${about}\n  dynamic-toolset ${args}\n`).join('')}`,
  ];
  if (Object.keys(options).length > 0) parts.push(`Flags:\n${flagList(options)}`);
  return parts.join('\n');
}

/** `dynamic-toolset explain [SERVICE] [flags]`. */
export function usageOf(name: string, { operands, options }: Command): string {
  const parts = ['dynamic-toolset', name, operands, Object.keys(options).length > 0 ? '[flags]' : undefined];
  return parts.filter((part) => part !== undefined).join(' ');
}

function flagList(options: Readonly<Record<string, Option>>): string {
  const rows = Object.entries(options).map(([name, option]) => ({
    flag: flagWords(name, option),
    about: aboutWords(option),
  }));
  const column = Math.max(...rows.map(({ flag }) => flag.length)) + 2;
  return rows
    .map(({ flag, about }) => {
      const [first = '', ...others] = wrapWords(about, width - column - 2);
      const indent = ' '.repeat(column + 2);
      return `  ${flag.padEnd(column)}${first}\n${others.map((line) => `${indent}${line}\n`).join('')}`;
    })
    .join('');
}

/** `-o, --output FORMAT`. */
function flagWords(name: string, { short, value }: Option): string {
  const flag = `${short === undefined ? '    ' : `-${short}, `}--${name}`;
  return value === undefined ? flag : `${flag} ${value}`;
}

/** Purpose of a flag, its possible values, and its default. */
export function aboutWords({ about, values, default: byDefault }: Option): string {
  const all = values ? `${about}: ${values.join(', ')}` : about;
  return byDefault === undefined ? all : `${all} (default: ${byDefault})`;
}
