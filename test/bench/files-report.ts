import { markdownTable } from '../../docs/markdown.ts';
import type { Result } from './compare.ts';
import type { RenderingResult } from './rendering.ts';
import { writingPeer } from './rendering.ts';
import { describeMachine, resultTable, verdictOn } from './report.ts';
import { checkingPeer } from './validate.ts';

/** What is measured without a cluster. */
export interface FilesReport {
  readonly rounds: number;
  readonly validate: readonly Result[];
  readonly rendering: readonly RenderingResult[];
}

/** Milliseconds that may be needed where nothing else runs on the machine. */
const barsMs = { validate: 200, rendering: 50 };

/** The same as Markdown. */
export function renderFiles({ rounds, validate, rendering }: FilesReport): string {
  const [own] = validate;
  const [writer] = rendering;
  return [
    `Measured on ${describeMachine()}.`,
    `### validate of manifests/examples/holmesgpt, median of ${String(rounds)} rounds`,
    resultTable(validate),
    `Ratios are to \`${checkingPeer}\` of the same folder. Bar for \`validate\`: ${verdictOn('wall time', own?.wallMs, barsMs.validate, 'ms')}.`,
    `### 1,000 toolsets written and read back, median of ${String(rounds)} rounds`,
    markdownTable(
      ['Writer', 'First time', 'Later', 'Ratio, first time', 'Ratio, later'],
      rendering.map(({ name, firstMs, laterMs, firstRatio, laterRatio }) => [
        name,
        `${firstMs.toFixed(0)} ms`,
        `${laterMs.toFixed(0)} ms`,
        firstRatio.toFixed(2),
        laterRatio.toFixed(2),
      ]),
      'numbers',
    ),
    `Ratios are to \`${writingPeer}\`. Bar for \`renderYaml\`: ${verdictOn('the first time', writer?.firstMs, barsMs.rendering, 'ms')}; ` +
      `${verdictOn('later', writer?.laterMs, barsMs.rendering, 'ms')}.`,
  ].join('\n\n');
}
