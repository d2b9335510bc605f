import { availableParallelism } from 'node:os';
import { builtParts } from './parts.ts';
import type { Task } from './scheduler.ts';

export interface Suite extends Task {
  readonly kind: 'build' | 'mocha';
  readonly command: readonly string[];
  /** Whether its coverage counts, which makes it slower: yes unless told otherwise. */
  readonly isMeasured?: boolean;
}

type PartTitle = (typeof builtParts)[number]['title'];

/** Go builds use all cores, so they are made one after the other, the one that most suites need first. */
const buildsAfter: Readonly<Partial<Record<PartTitle, readonly PartTitle[]>>> = {
  Kubernetes: ['etcd', 'manifests'],
  'Argo CD': ['Kubernetes'],
};

const builds: readonly Suite[] = builtParts.map(({ title, command }) => ({
  title,
  command,
  kind: 'build',
  after: buildsAfter[title] ?? [],
}));

const mocha = (folder: string, ...options: readonly string[]): readonly string[] => [
  ...['mocha', '--config', `test/${folder}/.mocharc.json`],
  ...options,
];
/** Mocha's own workers: unit tests compute more than they wait. */
const parallel = ['--parallel', '--jobs', String(Math.max(2, availableParallelism()))];

/** Files as large as they may be: they compute for long, and cover nothing that other tests do not. */
const largeInputs = 'test/**/*.large.test.ts';

/** Those that need real parts skip the tests whose part is missing, and fail with CI=true. */
const mochaSuites: readonly (Suite & { readonly after: readonly PartTitle[] })[] = [
  {
    title: 'real API server',
    kind: 'mocha',
    command: mocha('cluster'),
    after: ['etcd', 'manifests', 'Kubernetes', 'schemathesis'],
  },
  {
    title: 'real Argo CD',
    kind: 'mocha',
    command: mocha('e2e'),
    after: ['etcd', 'manifests', 'Kubernetes', 'Argo CD'],
  },
  {
    title: 'unit',
    kind: 'mocha',
    command: ['mocha', ...parallel, '--ignore', largeInputs],
    after: ['PyYAML', 'pre-commit'],
  },
  {
    title: 'unit, large inputs',
    kind: 'mocha',
    command: ['mocha', '--no-config', '--timeout', '120000', '--forbid-only', largeInputs],
    isMeasured: false,
    after: [],
  },
  { title: 'real HolmesGPT', kind: 'mocha', command: mocha('holmesgpt'), after: ['HolmesGPT'] },
];

/** Everything that `npm test` runs: builds first, then the longest suites. */
export const suites: readonly Suite[] = [...builds, ...mochaSuites];

/** Suites wait as much as they compute, so one more than there are cores. */
export const atOnce = availableParallelism() + 1;
