/** A repository that was written to make work, and the run that it is for. */
export interface HostileRepository {
  readonly name: string;
  readonly command: readonly string[];
  readonly files: Readonly<Record<string, string>>;
  readonly cluster: readonly object[];
}

/** What every one of them is about: small for people, large once two lists in it are multiplied. */
export const hostileRepositories: readonly HostileRepository[] = [
  generate('20,000 additions to one toolset', {
    'patches.yaml': JSON.stringify([{ target: 'prometheus/metrics', patch: additions(20_000) }]),
  }),
  generate('7,000 patches of one toolset', {
    'patches.yaml': JSON.stringify(additions(7_000).map((one) => ({ target: 'prometheus/metrics', patch: [one] }))),
  }),
  generate('one file of patches listed 300 times', {
    ...settings({ overrides: { patches: times(300, () => 'changes.yaml') } }),
    'changes.yaml': JSON.stringify([{ target: 'prometheus/metrics', patch: additions(3_000) }]),
  }),
  generate('one file of overrides listed 300 times', {
    ...settings({ overrides: { files: times(300, () => 'base.yaml') } }),
    'base.yaml': overrides({ 'prometheus/metrics': { config: numbered(20_000, 'key', (index) => index) } }),
  }),
  generate('300 files of overrides', {
    ...settings({ overrides: { files: times(300, (index) => `layer-${String(index)}.yaml`) } }),
    ...Object.fromEntries(
      times(300, (index) => [
        `layer-${String(index)}.yaml`,
        overrides({ 'prometheus/metrics': { config: numbered(5_000, 'key', () => index) } }),
      ]),
    ),
  }),
  generate('500 globs over 5,000 toolsets', {
    'overrides.yaml': overrides(numbered(5_000, 'tool', () => ({ description: 'x' }))),
    'patches.yaml': JSON.stringify(
      times(500, (index) => ({ target: 'tool*', patch: [{ op: 'add', path: `/k${String(index)}`, value: 1 }] })),
    ),
  }),
  generate('globs with 100 stars over 5,000 toolsets', {
    'overrides.yaml': overrides(numbered(5_000, 'a'.repeat(150), () => ({ description: 'x' }))),
    'patches.yaml': JSON.stringify(
      times(3_000, () => ({
        target: `${'a*'.repeat(100)}b`,
        optional: true,
        patch: [{ op: 'remove', path: '/a' }],
      })),
    ),
  }),
  generate('copies of copies', {
    'patches.yaml': JSON.stringify([
      {
        target: 'prometheus/metrics',
        patch: [
          { op: 'add', path: '/config/a', value: [0] },
          ...times(40, (index) => ({ op: 'copy', from: '/config', path: `/config/x${String(index)}` })),
        ],
      },
    ]),
  }),
  generate('tests of a large value', {
    'overrides.yaml': overrides({ own: { description: 'x', config: { large: times(20_000, () => 1) } } }),
    'patches.yaml': JSON.stringify(
      times(3, () => ({
        target: 'own',
        patch: times(1_000, () => ({ op: 'test', path: '/config/large', value: 1 })),
        optional: true,
      })).concat(
        times(2_000, () => ({
          target: 'own',
          optional: true,
          patch: [
            { op: 'add', path: '/config/y', value: 1 },
            { op: 'test', path: '/none', value: 1 },
          ] as never,
        })),
      ),
    ),
  }),
  generate('a pointer of slashes', {
    'patches.yaml': JSON.stringify([
      { target: 'prometheus/metrics', patch: [{ op: 'remove', path: `${'/'.repeat(60)}~` }] },
    ]),
  }),
  generate('insertions at the front of a long list', {
    'patches.yaml': JSON.stringify([
      {
        target: 'prometheus/metrics',
        patch: [
          { op: 'add', path: '/config/list', value: times(40_000, () => 1) },
          ...times(15_000, () => ({ op: 'add', path: '/config/list/0', value: 1 })),
        ],
      },
    ]),
  }),
  generate('340,000 empty lists', {
    'overrides.yaml': overrides({ own: { description: 'x', config: { a: 0 } } }, empties(340_000)),
  }),
  {
    ...generate('340,000 empty lists, validated', {
      'overrides.yaml': overrides({ own: { description: 'x', config: { a: 0 } } }, empties(340_000)),
    }),
    command: ['validate'],
  },
  explain('long paths to 20,000 values', { 'overrides.yaml': longPaths(60, 1_000, 20_000) }),
  diff('long paths to 20,000 values, compared', { 'overrides.yaml': longPaths(60, 1_000, 20_000) }),
  generate('15,000 misspelt toolsets', {
    'overrides.yaml': overrides(numbered(15_000, 'kubernetes/kor', () => ({ enabled: true }))),
  }),
  {
    ...generate('40,000 misspelt keys, validated', {
      'overrides.yaml': overrides({ 'prometheus/metrics': { config: numbered(40_000, 'prometheus_ur', () => 1) } }),
    }),
    command: ['validate'],
  },
  {
    ...generate('60,000 settings that do not exist', {
      'toolset.yaml': `apiVersion: toolset.kubernaut.ai/v1alpha1\nkind: ToolsetConfig\nspec:\n${times(60_000, (index) => `  k${String(index)}: 1\n`).join('')}`,
    }),
    command: ['validate'],
  },
  generate('anchors with findings behind them', {
    'overrides.yaml': [
      'toolsets:\n  base: &all\n    description: x\n    config: {\n',
      ...times(8_000, (index) => `      unknown${String(index)}: [],\n`),
      '    }\n',
      ...times(90, (index) => `  grafana/kor${String(index)}: *all\n`),
    ].join(''),
  }),
  generate('a text of 400,000 line ends', {
    'overrides.yaml': overrides({ own: { description: `a${'\n'.repeat(400_000)}b` } }),
  }),
  generate('a text of 30,000 line ends', {
    'overrides.yaml': overrides({ own: { description: `a${'\n'.repeat(30_000)}b` } }),
  }),
  {
    ...generate('2,000 custom detectors and 20,000 Services', {
      ...settings({
        customDetectors: times(2_000, (index) => ({
          id: `own-${String(index)}`,
          match: [{ names: ['*a*b*c*', `*x*${String(index)}`] }],
          toolset: { name: `own-${String(index)}`, template: { enabled: true } },
        })),
      }),
    }),
    cluster: services(20_000, () => ({})),
  },
  {
    ...generate('20,000 globs of namespaces and 20,000 Services', {
      ...settings({ discovery: { namespaces: { include: times(20_000, (index) => `*q*${String(index)}`) } } }),
    }),
    cluster: services(20_000, () => ({ 'app.kubernetes.io/name': 'prometheus' })),
  },
  {
    ...generate('a template of 500 KB and 400 Services', {
      ...settings({
        customDetectors: [
          {
            id: 'own',
            match: [{ names: ['*'] }],
            toolset: { name: 'own-${namespace}-${name}', template: { description: '${url}'.repeat(80_000) } },
          },
        ],
      }),
    }),
    cluster: services(2_000, () => ({})),
  },
  {
    ...generate('credentials of 900 KB and 400 Services', {
      ...settings({
        trust: { namespaces: ['*'] },
        credentials: { 'prometheus/metrics': numbered(20_000, 'key', () => '{{ env.A_VARIABLE }}') },
      }),
    }),
    cluster: services(2_000, () => ({ 'app.kubernetes.io/name': 'prometheus' })),
  },
  {
    ...explain('10,000 toolsets in Git and 400 backends', {
      'overrides.yaml': overrides(numbered(10_000, 'tool', () => ({ description: 'x' }))),
    }),
    cluster: services(2_000, () => ({ 'app.kubernetes.io/name': 'prometheus' })),
  },
  {
    ...generate('texts of patches and 400 untrusted backends', {
      ...settings({
        customDetectors: [
          {
            id: 'own',
            match: [{ names: ['*'] }],
            toolset: { name: 'own-${namespace}-${name}', template: { enabled: true, description: '${url}' } },
          },
        ],
      }),
      'patches.yaml': JSON.stringify([
        { target: 'own*', patch: [{ op: 'add', path: '/token', value: 'x' }] },
        {
          target: 'kubernetes/core',
          patch: [{ op: 'add', path: '/config', value: times(60_000, (index) => `t${String(index)}`) }],
        },
      ]),
    }),
    cluster: services(2_000, () => ({})),
  },
  {
    ...diff('a ConfigMap of which every line differs', {
      'overrides.yaml': overrides({
        own: { description: 'x', config: numbered(25_000, 'k', (index) => `new ${String(index)}`) },
      }),
    }),
    cluster: [...services(1, () => ({})), live(numbered(25_000, 'k', (index) => `old ${String(index)}`))],
  },
  {
    ...diff('a ConfigMap of back-ticks', {}),
    command: ['diff', '-o', 'markdown'],
    cluster: [...services(1, () => ({})), live({ text: '` '.repeat(250_000) })],
  },
  {
    ...diff('20,000 edits to adopt', {}),
    command: ['adopt'],
    cluster: [...services(1, () => ({})), live(numbered(20_000, 'k', (index) => `edit ${String(index)}`))],
  },
  {
    ...diff('edits to adopt behind patches', {
      'overrides.yaml': overrides({
        own: { description: 'x', config: numbered(2_000, 'k', (index) => `old ${String(index)}`) },
      }),
      'patches.yaml': JSON.stringify([{ target: 'own', patch: additions(2_000) }]),
    }),
    command: ['adopt'],
    cluster: [...services(1, () => ({})), live(numbered(2_000, 'k', (index) => `edit ${String(index)}`))],
  },
  {
    ...diff('a ConfigMap of 300,000 empty lists', {}),
    cluster: [
      ...services(1, () => ({})),
      liveText(`toolsets: {own: {description: x, config: {a: ${empties(300_000)}}}}`),
    ],
  },
  {
    ...generate('strings like credentials', {
      'overrides.yaml': overrides({
        own: {
          description: 'x',
          config: { a: '{{ a'.repeat(60_000), b: '://a:b'.repeat(60_000), c: 'token=[['.repeat(20_000) },
        },
      }),
    }),
    command: ['validate'],
  },
];

function generate(name: string, files: Readonly<Record<string, string>>): HostileRepository {
  return {
    name,
    command: ['generate'],
    files,
    cluster: services(1, () => ({ 'app.kubernetes.io/name': 'prometheus' })),
  };
}

function explain(name: string, files: Readonly<Record<string, string>>): HostileRepository {
  return { ...generate(name, files), command: ['explain', '-o', 'json'] };
}

function diff(name: string, files: Readonly<Record<string, string>>): HostileRepository {
  return { ...generate(name, files), command: ['diff'] };
}

function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

function numbered<T>(count: number, prefix: string, make: (index: number) => T): Record<string, T> {
  return Object.fromEntries(times(count, (index) => [`${prefix}${String(index)}`, make(index)]));
}

function additions(count: number): object[] {
  return times(count, (index) => ({ op: 'add', path: `/config/k${String(index)}`, value: index }));
}

function empties(count: number): string {
  return `[${'[],'.repeat(count)}[]]`;
}

/** JSON is YAML. `value` takes the place of the last 0. */
function overrides(toolsets: object, value = '0'): string {
  return JSON.stringify({ toolsets }).replace(/0(?=\D*$)/, value);
}

function settings(spec: object): Readonly<Record<string, string>> {
  return {
    'toolset.yaml': JSON.stringify({ apiVersion: 'toolset.kubernaut.ai/v1alpha1', kind: 'ToolsetConfig', spec }),
  };
}

/** Maps in maps with long keys, the innermost of which has many. */
function longPaths(depth: number, length: number, count: number): string {
  const keys = times(depth, () => `"${'k'.repeat(length)}":{`).join('');
  const leaves = times(count, (index) => `"v${String(index)}":1`).join(',');
  return `{"toolsets":{"own":{"description":"x","config":{${keys}${leaves}${'}'.repeat(depth + 4)}`;
}

function services(count: number, labels: (index: number) => Readonly<Record<string, string>>): object[] {
  return times(count, (index) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace: `team-${String(index % 20)}`, name: `service-${String(index)}`, labels: labels(index) },
    spec: {
      clusterIP: '10.0.0.1',
      ports: [{ name: 'web', port: 9090, protocol: 'TCP' }],
      selector: { app: String(index) },
    },
  }));
}

function live(config: object): object {
  return liveText(JSON.stringify({ toolsets: { own: { description: 'x', config } } }));
}

function liveText(text: string): object {
  const metadata = {
    namespace: 'holmesgpt',
    name: 'custom-toolsets-configmap',
    labels: { 'app.kubernetes.io/managed-by': 'dynamic-toolset' },
  };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'custom_toolset.yaml': text } };
}
