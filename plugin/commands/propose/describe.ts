import type { ToolsetFile } from '../../consumers/consumer.ts';
import type { Decision } from '../../discovery/decision.ts';
import { keyOf } from '../../lib/object-key.ts';
import { printable, shortened } from '../../lib/messages/text.ts';
import type { ContentText } from '../../propose/propose.ts';
import type { ToolsetChange } from '../diff/diff-types.ts';
import { toolsetChanges } from '../diff/toolset-changes.ts';
import { escaped } from '../markdown.ts';
import type { PipelineResult } from '../pipeline/build-result.ts';

/** Longest subject, as git shows it on one line. */
const maxSubject = 72;
const maxChanges = 100;
const maxWords = 10;
const maxLine = 300;
const maxServices = 3;
/** Characters of all changes: GitHub takes 65,536 in a pull request. */
const maxText = 60_000;

/** What changes in a file, and why: for a commit message, and as Markdown for its pull request. */
export function describeChanges(
  result: PipelineResult,
  before: ToolsetFile,
  { file, key }: { readonly file: string; readonly key: string | null },
): ContentText {
  const changes = toolsetChanges(before, result);
  const { decisions } = result.discovery;
  const items = changes.slice(0, maxChanges).map((change) => ({ ...change, words: wordsOf(change, decisions) }));
  const title = subjectOf(changes);
  const target = `${keyOf(result.settings.spec.target.configMap)} for ${result.consumer.title}`;
  const intro = `What discovery finds in the cluster no longer matches ${file}${key === null ? '' : ` under ${key}`}: ${target}.`;
  const none = changes.length === 0 ? ['- no toolset changes: how they were found, or what the file looks like'] : [];
  const listed = (line: (name: string, word: string) => string): string => {
    const all = items.map(({ name, words }) => words.map((word) => line(name, word)).join('\n'));
    return [...fitting(all, changes.length), ...none].join('\n');
  };
  const lines = listed((name, word) => `- ${plain(name)}: ${plain(word)}`);
  const marked = listed((name, word) => `- **${escaped(name)}**: ${escaped(cut(word))}`);
  const outro = 'Closing this without a merge declines it: the same change is not proposed again.';
  return {
    title,
    message: `${title}\n\n${plain(intro)}\n\n${lines}\n`,
    body: `${escaped(intro)}\n\n${marked}\n\n${outro}\n`,
  };
}

/** The first ones that fit, and how many of `total` are left out. */
function fitting(texts: readonly string[], total: number): readonly string[] {
  let room = maxText;
  const end = texts.findIndex((text) => (room -= text.length + 1) < 0);
  const shown = end === -1 ? texts : texts.slice(0, end);
  return shown.length < total ? [...shown, `- and ${String(total - shown.length)} more`] : shown;
}

/** `Toolsets: add prometheus/metrics, remove grafana/loki`, or counts if that is too long. */
function subjectOf(changes: readonly ToolsetChange[]): string {
  const verbs = { new: 'add', changed: 'change', removed: 'remove' } as const;
  const parts = Object.entries(verbs).flatMap(([kind, verb]) => {
    const names = changes.filter(({ change }) => change === kind).map(({ name }) => plain(name));
    return names.length === 0
      ? []
      : [{ long: `${verb} ${names.join(', ')}`, short: `${verb} ${String(names.length)}` }];
  });
  if (parts.length === 0) return 'Toolsets: update';
  const long = `Toolsets: ${parts.map((part) => part.long).join(', ')}`;
  return long.length <= maxSubject ? long : `Toolsets: ${parts.map((part) => part.short).join(', ')}`;
}

/** Its words; for a removed toolset, also what became of the Services that may have been its source. */
function wordsOf({ name, change, words }: ToolsetChange, decisions: readonly Decision[]): readonly string[] {
  if (change !== 'removed') return shortened(words, maxWords);
  const why = decisions
    .filter(({ toolset, decision }) => toolset === name && decision !== 'selected')
    .map(({ service, decision, reason, message }) => `Service ${keyOf(service)} is ${decision}, ${reason}: ${message}`);
  return [...words, ...shortened(why, maxServices)];
}

/** In a commit message, `@name` would notify a person, and `#1` close an issue once merged. */
function plain(text: string): string {
  return cut(printable(text)).replace(/[@#](?=\w)/g, '$& ');
}

function cut(text: string): string {
  return text.length > maxLine ? `${text.slice(0, maxLine)}…` : text;
}
