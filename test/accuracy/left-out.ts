import { detectors } from '../../detectors/index.ts';
import type { Detector } from '../../detectors/types.ts';
import { memoize } from '../../plugin/lib/memoize.ts';
import type { CorpusService, Entry } from './corpus.ts';
import { stacks } from './corpus.ts';
import type { Verdict } from './judge.ts';
import { judgeStack } from './judge.ts';
import type { Path } from './literals.ts';
import { literalAt, literalsOf, mentions, without } from './literals.ts';

/** The stacks of one project, judged with and without the literals that the corpus has from no other. */
export interface LeftOut {
  readonly project: string;
  readonly literals: number;
  readonly before: readonly Verdict[];
  readonly after: readonly Verdict[];
}

/**
 * Each project's stacks by detectors that lack the literals which occur in the corpus in that project alone: what would be
 * taken of it if only the others had been known. A literal occurs in a stack that has it in a Service which names the
 * detector's product.
 */
export async function leaveOut(corpus: readonly Entry[]): Promise<readonly LeftOut[]> {
  const projects = Map.groupBy(stacks(corpus).values(), projectOf);
  const literals = detectors.map((detector) => ({ detector, literals: occurrences(detector, corpus) }));
  const results: LeftOut[] = [];
  for (const [project, own] of projects) {
    const less = literals.map(({ detector, literals: all }) => ({
      detector,
      paths: all.filter(({ projects: where }) => where.size === 1 && where.has(project)).map(({ path }) => path),
    }));
    const known = less.map(({ detector, paths }) => paths.reduce(without, detector));
    const count = less.reduce((sum, { paths }) => sum + paths.length, 0);
    const before = await judgeAll(own, detectors);
    results.push({ project, literals: count, before, after: count === 0 ? before : await judgeAll(own, known) });
  }
  return results;
}

async function judgeAll(all: readonly (readonly Entry[])[], known: readonly Detector[]): Promise<readonly Verdict[]> {
  return (await Promise.all(all.map((entries) => judgeStack(entries, known)))).flat();
}

/** The repository that most Services of a stack come from; else what stands in its place. */
export const projectOf = memoize((entries: readonly Entry[]): string => {
  const names = entries.map(({ source }) => /github(?:\.com\/|:)([^/]+\/[^/@:\s]+)/.exec(source)?.[1] ?? source);
  const counts = [...Map.groupBy(names, (name) => name)];
  return counts.toSorted(([, a], [, b]) => b.length - a.length)[0]?.[0] ?? '';
});

interface Occurrence {
  readonly path: Path;
  readonly projects: ReadonlySet<string>;
}

function occurrences(detector: Detector, corpus: readonly Entry[]): readonly Occurrence[] {
  const texts = [...stacks(corpus).values()].map((entries) => {
    const services = entries.filter((entry) => mentions(entry, detector)).map(({ service }) => service);
    return { project: projectOf(entries), ports: services.flatMap(portTexts), names: services.flatMap(nameTexts) };
  });
  return literalsOf(detector).map((path) => {
    const matches = matcherOf(literalAt(detector, path));
    const place = isOfPort(path) ? 'ports' : 'names';
    return { path, projects: new Set(texts.filter((one) => one[place].some(matches)).map(({ project }) => project)) };
  });
}

function isOfPort(path: Path): boolean {
  return path.some((key) => ['ports', 'port', 'namedPort'].includes(String(key)));
}

const portTexts = memoize(({ spec }: CorpusService) =>
  (spec.ports ?? []).flatMap(({ name = '', port, targetPort = '' }) => [name, String(port), String(targetPort)]),
);

const nameTexts = memoize(({ metadata, spec }: CorpusService): string[] => {
  const maps = [metadata.labels, metadata.annotations, spec.selector].map((map = {}) => map);
  const owners = (metadata.ownerReferences ?? []).map(
    ({ kind, apiVersion }) => `${kind}.${apiVersion.split('/')[0] ?? ''}`,
  );
  return [metadata.name, ...owners, ...maps.flatMap((map) => [...Object.keys(map), ...Object.values(map)])];
});

/** Whether a text has the pattern as whole words. */
function matcherOf(literal: unknown): (text: string) => boolean {
  const pattern = String(literal)
    .replace(/[\\^$.+?()[\]{}|]/g, '\\$&')
    .replaceAll('*', '.*');
  const expression = new RegExp(`(?:^|[^A-Za-z0-9])(?:${pattern})(?:$|[^A-Za-z0-9])`, 'i');
  return (text) => expression.test(` ${text} `);
}
