import { format } from 'prettier';
import type { Command } from '../plugin/commands/command.ts';
import { commands } from '../plugin/commands/commands.ts';
import type { Option } from '../plugin/commands/flags/options.ts';
import { aboutWords, usageOf } from '../plugin/commands/help/help.ts';
import { code, markdownTable } from './markdown.ts';

const preamble = `# Commands

<!-- Made by \`npm run docs\` from plugin/commands/commands.ts: change it there. -->

\`dynamic-toolset COMMAND --help\` prints the same. Flags stand before or behind the command, as \`--flag VALUE\` or
\`--flag=VALUE\`; a flag that a command has no use for is an error. What is asked for goes to stdout, once and whole;
warnings and errors go to stderr, in words at a terminal and otherwise as one JSON object a line.
[errors.md](errors.md) has the exit codes.

In the container image \`dynamic-toolset\` is on the PATH. In a checkout, \`npm ci\` builds it and
\`npx dynamic-toolset\` runs it. \`npm install --global .\` puts it on the PATH, which completion and [the hook for
pre-commit](pull-requests.md#a-hook-before-the-commit) need; it then runs on the Node.js that is there, 22.20 or newer.

At a terminal \`explain\` colours decisions, and a run that takes longer than a second tells on stderr what it is doing;
with \`-v\` each stage stays there. \`NO_COLOR\` is honoured. Nothing is sent to anyone else: the program talks to the cluster
that it reads, to the backends that it checks there, with \`review --comment\` to the forge of the pull request, and with
\`propose\` to the Git repository and its forge.`;

/** docs/cli.md: every command with its flags and examples. */
export async function commandReference(): Promise<string> {
  const sections = Object.entries(commands).map(([name, command]) => sectionOf(name, command));
  return format([preamble, ...sections].join('\n\n'), {
    parser: 'markdown',
    printWidth: 120,
    proseWrap: 'always',
    embeddedLanguageFormatting: 'off',
  });
}

function sectionOf(name: string, command: Command): string {
  const { summary, details, options, examples } = command;
  return [
    `## ${name}`,
    `${capitalized(summary)}.${details === undefined ? '' : ` ${details}`}`,
    `\`\`\`sh\n${examples.map(({ about, args }) => `# ${about}\ndynamic-toolset ${args}`).join('\n')}\n\`\`\``,
    `Usage: ${code(usageOf(name, command))}`,
    ...(Object.keys(options).length > 0
      ? [markdownTable(['Flag', 'What it is for'], Object.entries(options).map(rowOf))]
      : []),
  ].join('\n\n');
}

function rowOf([name, option]: readonly [string, Option]): readonly string[] {
  const short = option.short === undefined ? [] : [code(`-${option.short}`)];
  return [
    [...short, code(['--', name, option.value === undefined ? '' : ` ${option.value}`].join(''))].join(', '),
    aboutWords(option),
  ];
}

function capitalized(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
