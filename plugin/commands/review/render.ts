import type { Diagnostic } from '../../lib/diagnostic.ts';
import { formatLocation } from '../../lib/diagnostic.ts';
import { counted } from '../../lib/messages/text.ts';
import { renderers } from '../diff/renderers.ts';
import { code, escaped, warningItem } from '../markdown.ts';
import type { FolderReview, Review } from './model.ts';
import { isBad } from './model.ts';

/** Characters of one comment. GitHub takes 65,536 and GitLab a million. */
const maxComment = 60_000;

/** Age in days from which a snapshot is called old. */
const oldAfterDays = 30;

const dayMs = 24 * 60 * 60 * 1_000;

/** The review in Markdown: counts first, then each folder. `brief` leaves out the line-by-line differences. */
export function renderReview({ folders, snapshot }: Review, size: 'whole' | 'brief'): string {
  const parts = [
    `**Toolsets**: ${countsOf(folders)}\n`,
    ...(snapshot ? [sentenceOf(snapshot)] : []),
    ...folders.map((one) => folderText(one, size)),
  ];
  return parts.join('\n');
}

/** The comment, and the marker line by which it is found again: one per recorded cluster. */
export function commentOf(review: Review): { readonly marker: string; readonly body: string } {
  const marker = `<!-- dynamic-toolset review ${encodeURIComponent(review.snapshot?.name ?? 'live').replaceAll('-', '%2D')} -->`;
  return { marker, body: `${marker}\n${fitting(review)}` };
}

function fitting(review: Review): string {
  const whole = renderReview(review, 'whole');
  if (whole.length <= maxComment) return whole;
  const brief = renderReview(review, 'brief');
  const rest = '\nToo long for a comment: the job has the whole text.\n';
  if (brief.length <= maxComment) return `${brief}${rest}`;
  return `${brief.slice(0, brief.lastIndexOf('\n', maxComment) + 1)}${rest}`;
}

function countsOf(folders: readonly FolderReview[]): string {
  const failed = folders.filter(({ generation }) => generation && 'failure' in generation).length;
  const removed = folders.filter(({ generation }) => generation === null).length;
  const differences = folders.flatMap(({ generation }) =>
    generation && 'differences' in generation ? generation.differences : [],
  );
  const changes = differences.filter(({ unified, renamedFrom }) => unified !== '' || renamedFrom !== undefined).length;
  const toolsets = differences.flatMap((one) => one.toolsets);
  const of = (kind: string): number => toolsets.filter(({ change }) => change === kind).length;
  const problems = folders.flatMap(({ findings }) => findings.filter(({ severity }) => severity !== 'note'));
  const warnings = folders.flatMap(warningsOf);
  return [
    `${counted(folders.length, 'folder')}: ${listOf({ changed: changes, unchanged: differences.length - changes, removed, 'cannot be generated': failed })}`,
    ...(toolsets.length > 0
      ? [
          `${counted(toolsets.length, 'toolset')}: ${listOf({ new: of('new'), changed: of('changed'), removed: of('removed') })}`,
        ]
      : []),
    `${counted(problems.length, 'problem')} in files, ${counted(warnings.length, 'warning')} of the generation`,
  ].join('; ');
}

/** `2 new, 1 removed`, without zero counts. */
function listOf(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .flatMap(([word, count]) => (count > 0 ? [`${String(count)} ${word}`] : []))
    .join(', ');
}

function sentenceOf({ name, recordedAt, now }: NonNullable<Review['snapshot']>): string {
  const on = `On the recorded cluster ${code(name)}`;
  if (!recordedAt) return `${on}, of unknown age.\n`;
  // Clocks differ: a recording from another machine may lie in the future.
  const days = Math.max(0, Math.floor((now.getTime() - recordedAt.getTime()) / dayMs));
  const age = `${on}, of ${recordedAt.toISOString().slice(0, 10)} (${counted(days, 'day')} old).`;
  const old = ' It is old: `dynamic-toolset snapshot` records what is there now.';
  return `${age}${days >= oldAfterDays ? old : ''}\n`;
}

function folderText(one: FolderReview, size: 'whole' | 'brief'): string {
  const { folder, findings, generation } = one;
  const problems = findings.map(
    ({ severity, code: kind, location, message, hint }) =>
      `- ${code(formatLocation(location))} **${severity}** ${kind}: ${escaped(message)}; ${escaped(hint)}\n`,
  );
  const warnings = warningsOf(one).map(warningItem);
  return [
    `### ${code(folder)}${isBad(one) ? ' ❌' : ''}\n\n`,
    generation
      ? generationText(generation, findings, size)
      : 'The folder is gone: an Application that names it stops comparing.\n',
    ...(problems.length > 0 ? ['\nIn its files:\n\n', ...problems] : []),
    ...(warnings.length > 0 ? ['\nOf the generation:\n\n', ...warnings] : []),
  ].join('');
}

function generationText(
  generation: NonNullable<FolderReview['generation']>,
  findings: FolderReview['findings'],
  size: 'whole' | 'brief',
): string {
  if ('failure' in generation) {
    const { code: kind, message, hint } = generation.failure;
    const first = `**Nothing can be generated: ${kind}.** Argo CD keeps what runs.\n`;
    if (findings.some((one) => one.code === kind)) return first;
    return `${first}\n${[...message.split('\n'), hint].map((line) => `- ${escaped(line)}\n`).join('')}`;
  }
  const texts = generation.differences.map((one) => renderers.markdown(one));
  // Foreign text is escaped: the first such tag is ours.
  return texts.map((text) => (size === 'whole' ? text : (text.split('\n<details>')[0] ?? ''))).join('\n');
}

function warningsOf({ generation }: FolderReview): readonly Diagnostic[] {
  return generation && 'warnings' in generation ? generation.warnings : [];
}
