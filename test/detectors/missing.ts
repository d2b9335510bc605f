import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Detector } from '../../detectors/types.ts';
import { builtInSpecOf } from '../../plugin/consumers/holmesgpt/toolset-specs.ts';
import { readCorpus, titleOf } from '../accuracy/corpus.ts';
import type { Cases } from './cases.ts';

/** Files of detectors/ that are no product. */
const helpers = [
  'annotated',
  'certificate-issuers',
  'custom-resources',
  'evidence',
  'excluded-names',
  'index',
  'label-keys',
  'stores',
  'types',
];
const folder = join(import.meta.dirname, '../../detectors');

/** What a detector lacks before it is whole: a sentence each, beginning with the file to edit. */
export function missingParts(
  detectors: readonly Detector[],
  cases: Readonly<Record<string, Cases>>,
): readonly string[] {
  const listed = detectors.map(({ id }) => id);
  const files = readdirSync(folder).map((file) => file.replace(/\.ts$/, ''));
  const titles = new Set(readCorpus().map(titleOf));
  return [
    ...files
      .filter((file) => !helpers.includes(file) && !listed.includes(file))
      .map((file) => `detectors/index.ts does not list detectors/${file}.ts`),
    ...detectors.flatMap((detector) => missingOf(detector, cases, titles)),
  ];
}

function missingOf(
  { id, toolset }: Detector,
  cases: Readonly<Record<string, Cases>>,
  titles: ReadonlySet<string>,
): readonly string[] {
  const own = Object.hasOwn(cases, id) ? cases[id] : undefined;
  const sentences: readonly (readonly [isMissing: boolean, sentence: string])[] = [
    [!existsSync(join(folder, `${id}.ts`)), `detectors/${id}.ts is missing: the file is named by the detector's id`],
    [
      builtInSpecOf(toolset) === null,
      `plugin/consumers/holmesgpt/toolset-specs.ts does not say how HolmesGPT takes the toolset ${toolset}`,
    ],
    [own === undefined, `test/detectors/more-cases.ts has no cases of ${id}`],
    [
      own !== undefined && !own.others.some(([, , , , url]) => url === null),
      `test/detectors/more-cases.ts has no near miss of ${id}: a Service that it must leave`,
    ],
    [
      own !== undefined && !titles.has(own.chart[0]),
      `test/corpus/more-services.json has no Service ${own?.chart[0] ?? ''}, which the cases of ${id} name`,
    ],
  ];
  return sentences.filter(([isMissing]) => isMissing).map(([, sentence]) => sentence);
}
