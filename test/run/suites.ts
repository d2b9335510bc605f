import { builtParts } from './parts.ts';
import type { Task } from './scheduler.ts';

export interface Suite extends Task {
  readonly kind: 'build' | 'mocha';
  readonly command: readonly string[];
}

type PartTitle = (typeof builtParts)[number]['title'];

/** Go builds use all cores, so they run one after another, with the part that most suites need first. */
const buildsAfter: Readonly<Partial<Record<PartTitle, readonly PartTitle[]>>> = {
  Kubernetes: ['etcd', 'manifests'],
  'Argo CD': ['Kubernetes'],
  Helm: ['Kubernetes'],
  'krew, actionlint': ['Kubernetes'],
};

const builds: readonly Suite[] = builtParts.map(({ title, command }) => ({
  title,
  command,
  kind: 'build',
  after: buildsAfter[title] ?? [],
}));

/** The suite of a folder, split into some of its folders and the rest to take less time. */
const mocha = (folder: string, ...options: readonly string[]): readonly string[] => [
  ...['mocha', '--config', `test/${folder}/.mocharc.json`],
  ...options,
];
const only = (folder: string, parts: readonly string[]): readonly string[] =>
  mocha(folder, '--ignore', `test/${folder}/!(${parts.join('|')})/**`);
const allBut = (folder: string, parts: readonly string[]): readonly string[] =>
  mocha(folder, '--ignore', `test/${folder}/@(${parts.join('|')})/**`);
const clusterParts = { reads: ['generate', 'doctor'], serves: ['api', 'chart', 'manifests', 'page'] };
const e2eParts = ['generate', 'parts'];

/** Inputs of maximal size, and whole corpora: they take long, and cover nothing beyond the other tests. */
const large = 'test/**/*.large.test.ts';

/**
 * Longest first, so that none of them keeps everything waiting at the end; last comes the one that uses two processors
 * by itself. Unit tests do so when run alone; beside other suites they run in one process, which takes a fifth less.
 * Suites that need real parts skip the tests whose part is missing, and fail with CI=true.
 */
const mochaSuites: readonly (Suite & { readonly after: readonly PartTitle[] })[] = [
  {
    title: 'real Argo CD: serve, install',
    kind: 'mocha',
    command: allBut('e2e', e2eParts),
    after: ['etcd', 'manifests', 'Kubernetes', 'Argo CD'],
  },
  {
    title: 'real API server: api, chart, manifests, page',
    kind: 'mocha',
    command: only('cluster', clusterParts.serves),
    after: ['etcd', 'manifests', 'Kubernetes', 'Helm', 'schemathesis'],
  },
  {
    title: 'real API server: serve, faults',
    kind: 'mocha',
    command: allBut('cluster', [...clusterParts.reads, ...clusterParts.serves]),
    after: ['etcd', 'manifests', 'Kubernetes'],
  },
  {
    title: 'real HolmesGPT',
    kind: 'mocha',
    command: mocha('holmesgpt'),
    after: ['HolmesGPT'],
  },
  {
    title: 'real API server: generate, doctor',
    kind: 'mocha',
    command: only('cluster', clusterParts.reads),
    after: ['etcd', 'manifests', 'Kubernetes'],
  },
  {
    title: 'real Argo CD: generate',
    kind: 'mocha',
    command: only('e2e', e2eParts),
    after: ['etcd', 'manifests', 'Kubernetes', 'Argo CD'],
  },
  {
    title: 'programs, docs, release',
    kind: 'mocha',
    command: mocha('program'),
    after: ['PyYAML', 'pre-commit', 'Helm', 'krew, actionlint'],
  },
  { title: 'unit', kind: 'mocha', command: ['mocha', '--no-parallel'], after: ['PyYAML'] },
  {
    title: 'unit, large inputs',
    kind: 'mocha',
    command: ['mocha', '--no-config', '--require', 'test/setup.ts', '--timeout', '300000', '--forbid-only', large],
    after: [],
  },
  // Each of its targets has a time limit, in which few inputs are tried while others use the processors.
  { title: 'fuzz', kind: 'mocha', command: mocha('fuzz'), after: [] },
];

/** Everything that `npm test` runs: builds first, then the longest suites. */
export const suites: readonly Suite[] = [...builds, ...mochaSuites];

/** Suites whose title contains one of the words, with the builds they depend on; all without words. */
export function selectSuites(words: readonly string[]): readonly Suite[] {
  const unknown = words.filter((word) => !suites.some(({ title }) => title.includes(word)));
  if (unknown.length > 0) {
    throw new Error(
      `invalid SUITE "${unknown.join(' ')}": expected a part of ${suites.map(({ title }) => `"${title}"`).join(', ')}`,
    );
  }
  const selected = new Set(
    suites.filter(({ title }) => words.length === 0 || words.some((word) => title.includes(word))),
  );
  // Dependencies are listed before their suites.
  for (const suite of suites.toReversed()) {
    if ([...selected].some(({ after = [] }) => after.includes(suite.title))) selected.add(suite);
  }
  return suites.filter((suite) => selected.has(suite));
}

/**
 * The suites without the parts already built, so that the longest suite starts first, rather than the first one that
 * needs no build.
 */
export function withoutBuilt(all: readonly Suite[], built: ReadonlySet<string>): readonly Suite[] {
  return all
    .filter(({ title }) => !built.has(title))
    .map((suite) => ({ ...suite, after: (suite.after ?? []).filter((title) => !built.has(title)) }));
}
