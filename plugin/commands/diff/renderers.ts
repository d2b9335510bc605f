import { printable } from '../../lib/messages/text.ts';
import { formatLocation } from '../../lib/diagnostic.ts';
import { code, escaped } from '../markdown.ts';
import type { PreviewFinding } from '../../validate/preview/finding.ts';
import { findingText } from '../preview.ts';
import type { Difference, TokenChange, ToolsetChange } from './diff-types.ts';

/** A difference for people: for a terminal, and as a pull request comment. */
export const renderers = {
  text: ({ configMap, release, with: other, toolsets, notes, tokens, preview = [], unified }: Difference): string => {
    const subject = release === undefined ? configMap : `${configMap} for ${release}`;
    const findings = preview.length > 0 ? `\n${preview.map(findingText).join('')}` : '';
    if (unified === '') return `${subject}: the same as ${other}\n${findings}`;
    const words = toolsets.flatMap((one) =>
      sentencesOf(one).map((sentence) => `${printable(one.name)}: ${sentence}\n`),
    );
    const others = notes.map((note) => `${printable(note)}\n`);
    const cost = tokens ? `\n${totalOf(tokens)}\n` : '';
    const lines = unified.split('\n').map(printable).join('\n');
    return `${subject}, compared with ${other}\n\n${words.join('')}${others.join('')}${findings}${cost}\n${lines}`;
  },
  markdown: ({
    configMap,
    release,
    with: other,
    toolsets,
    notes,
    tokens,
    preview = [],
    unified,
  }: Difference): string => {
    const subject = `**\`${configMap}\`**${release === undefined ? '' : ` for ${release}`}`;
    const findings = preview.length > 0 ? `\n${preview.map(item).join('')}` : '';
    if (unified === '') return `${subject}: no change to ${other}.\n${findings}`;
    const words = toolsets.flatMap((one) =>
      sentencesOf(one).map((sentence) => `- **${code(one.name)}**: ${escaped(sentence)}\n`),
    );
    const longest = unified.matchAll(/`+/g).reduce((most, [run]) => Math.max(most, run.length), 0);
    const fence = '`'.repeat(Math.max(3, longest + 1));
    const lines = unified.split('\n').map(printable).join('\n');
    return [
      `${subject}, compared with ${escaped(other)}\n\n`,
      words.join(''),
      notes.map((note) => `- ${escaped(note)}\n`).join(''),
      findings,
      tokens ? `\n${totalOf(tokens)}\n` : '',
      `\n<details><summary>Line by line</summary>\n\n${fence}diff\n${lines}${fence}\n\n</details>\n`,
    ].join('');
  },
};

function sentencesOf({ words, tokens }: ToolsetChange): readonly string[] {
  if (tokens === null || tokens === 0) return words;
  return [
    ...words,
    tokens > 0
      ? `adds about ${String(tokens)} tokens to each prompt`
      : `takes about ${String(-tokens)} tokens from each prompt`,
  ];
}

function totalOf({ before, after }: TokenChange): string {
  if (after === before) return `Tokens of each prompt: about ${String(after)}, as before`;
  const sign = after > before ? '+' : '';
  return `Tokens of each prompt: about ${String(before)} -> ${String(after)} (${sign}${String(after - before)})`;
}

function item({ change, severity, location, message, hint }: PreviewFinding): string {
  return `- ${code(formatLocation(location))} **${change ?? severity}**: ${escaped(`${message}; ${hint}`)}\n`;
}
