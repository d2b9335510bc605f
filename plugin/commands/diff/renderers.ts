import { printable } from '../../lib/text.ts';
import type { Difference } from './diff-types.ts';

/** A difference for people: at a terminal, and as the comment of a pull request. */
export const renderers = {
  text: ({ configMap, with: other, toolsets, unified }: Difference): string => {
    if (unified === '') return `${configMap}: the same as ${other}\n`;
    const words = toolsets.flatMap(({ name, words: said }) => said.map((one) => `${printable(name)}: ${one}\n`));
    return `${configMap}, compared with ${other}\n\n${words.join('')}\n${unified.split('\n').map(printable).join('\n')}`;
  },
  markdown: ({ configMap, with: other, toolsets, unified }: Difference): string => {
    if (unified === '') return `**\`${configMap}\`**: no change to ${other}.\n`;
    const words = toolsets.flatMap(({ name, words: said }) =>
      said.map((one) => `- **${code(name)}**: ${escaped(one)}\n`),
    );
    const longest = unified.matchAll(/`+/g).reduce((most, [run]) => Math.max(most, run.length), 0);
    const fence = '`'.repeat(Math.max(3, longest + 1));
    const lines = unified.split('\n').map(printable).join('\n');
    return [
      `**\`${configMap}\`**, compared with ${escaped(other)}\n\n`,
      words.join(''),
      `\n<details><summary>Line by line</summary>\n\n${fence}diff\n${lines}${fence}\n\n</details>\n`,
    ].join('');
  },
};

function code(text: string): string {
  return `\`${printable(text).replaceAll('`', "'")}\``;
}

/** What comes from a cluster must not become a link, an image or a mention in a comment. */
function escaped(text: string): string {
  return text.replace(/[\\`*_[\]<>@#|!]/g, (char) => (char === '@' ? '@\u200B' : `\\${char}`));
}
