/** A folder, or a file, whose score is held to the bar, and the tests that may kill its mutants. */
export interface Area {
  readonly folder: string;
  readonly tests: readonly string[];
  /** Parts of titles: tests that take no part. */
  readonly without: readonly string[];
}

/** The least share of mutants in percent that the tests of each folder have to notice. */
export const bar = 85;

/** Golden cases pass through discovery, consumers and customizations. */
const cases = 'test/cases.test.ts';

/**
 * Laws over random input, lists of ten thousand items and backends that hang take a second or more each, and every survivor
 * would have to survive them all: without them a run takes a third of the time. What they find is held by quicker tests as
 * well.
 */
export const areas: readonly Area[] = [
  {
    folder: 'plugin/discovery',
    tests: [
      'test/plugin/discovery/**/*.test.ts',
      'test/detectors/detectors.test.ts',
      'test/detectors/corpus.test.ts',
      cases,
    ],
    without: [
      'discovery/poisoning-floods',
      'discovery/order',
      'discovery/hostile',
      'discovery/hung-backends',
      'discovery/tenant-text',
      'does not retain the long string',
      'for 5,000 suspects',
      'fits the maximum number of untrusted backends',
    ],
  },
  {
    folder: 'plugin/consumers',
    tests: ['test/plugin/consumers/**/*.test.ts', 'test/plugin/customizations/conflicts.test.ts', cases],
    without: [],
  },
  {
    folder: 'plugin/customizations',
    tests: [
      'test/plugin/customizations/**/*.test.ts',
      'test/plugin/commands/adopt.test.ts',
      'test/plugin/validate/load-customizations.test.ts',
      'test/plugin/discovery/poisoning-credentials.test.ts',
      'test/plugin/serve/reconcile/config-map-metadata.test.ts',
      cases,
    ],
    without: [
      'for any overrides',
      'for any patch',
      'whatever untrusted Services exist',
      'stays within the CPU limit',
      'accepts a list of very many items',
      'if, and only if',
      'whatever was edited',
    ],
  },
  {
    folder: 'plugin/serve/argocd',
    tests: ['test/plugin/serve/{argocd,reconcile}/**/*.test.ts'],
    without: ['incremental'],
  },
  {
    folder: 'plugin/serve/reconcile',
    tests: ['test/plugin/serve/{argocd,reconcile,metrics}/**/*.test.ts', 'test/plugin/serve/http/state/*.test.ts'],
    without: [],
  },
  { folder: 'plugin/serve/http/limits', tests: ['test/plugin/serve/http/limits/*.test.ts'], without: [] },
  { folder: 'plugin/serve/http/state', tests: ['test/plugin/serve/http/{state,handlers}/*.test.ts'], without: [] },
  { folder: 'plugin/secrets', tests: ['test/plugin/secrets/*.test.ts'], without: [] },
  {
    folder: 'plugin/settings/yaml',
    tests: [
      'test/plugin/settings/**/*.test.ts',
      'test/plugin/customizations/patches/patches.test.ts',
      'test/plugin/mistakes/mistakes.test.ts',
    ],
    without: [],
  },
  {
    folder: 'plugin/validate',
    tests: [
      'test/plugin/validate/**/*.test.ts',
      'test/plugin/commands/validate.test.ts',
      'test/plugin/mistakes/mistakes.test.ts',
    ],
    without: [],
  },
  // Of these folders the files that have tests without servers: what waits for one takes its time with each mutant.
  ...filesIn('plugin/cluster/named', ['access']),
  ...filesIn(
    'plugin/cluster/stores',
    ['answers'],
    ['whatever it answers', 'whatever a store lists', 'whatever the store lists', 'at most 200 stores'],
  ),
  ...filesIn('plugin/doctor', [
    'argocd/project',
    'consumer',
    'first-question/remedy',
    'fix-commands',
    'image-version',
    'managed-config-maps',
    'plugin',
    'plugin-error-text',
    'run-checks',
    'serve',
  ]),
  ...filesIn('plugin/propose', ['decide', 'target']),
  ...['fleets', 'other-clusters'].map((name) => ({
    folder: `plugin/serve/clusters/${name}.ts`,
    tests: [`test/plugin/serve/clusters/${name}.test.ts`],
    without: [],
  })),
];

/** Some files of a folder, with all unit tests of the folder. */
function filesIn(folder: string, names: readonly string[], without: readonly string[] = []): readonly Area[] {
  return names.map((name) => ({ folder: `${folder}/${name}.ts`, tests: [`test/${folder}/**/*.test.ts`], without }));
}

/** A folder of an area, or a part of one. */
export interface Part extends Area {
  /** The files to mutate, as Stryker takes them. */
  readonly mutate: string;
}

/** All areas, or those parts that `paths` name: folders or files below one of them. */
export function partsOf(paths: readonly string[]): readonly Part[] {
  if (paths.length === 0) return areas.map((area) => ({ ...area, mutate: filesOf(area.folder) }));
  return paths.map((path) => {
    const folder = path.replace(/\/$/, '');
    const area = areas.find((one) => folder === one.folder || folder.startsWith(`${one.folder}/`));
    if (!area)
      throw new Error(`invalid path "${path}": expected one below ${areas.map((one) => one.folder).join(', ')}`);
    return { ...area, folder, mutate: filesOf(folder) };
  });
}

function filesOf(folder: string): string {
  return folder.endsWith('.ts') ? folder : `${folder}/**/*.ts`;
}
