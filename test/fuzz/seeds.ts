import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import attacks from './attacks.json' with { type: 'json' };
import type { KubeObject } from '../cluster/parts/objects.ts';

const tests = join(import.meta.dirname, '..');

/** Stands for a secret in Git's files: no message says it. */
export const decoy = 'glsa_DecoyDecoyDecoyDecoyDecoyDecoy12_0a1b2c3d';

/** Files of an Application, as data. */
export interface GitSeed {
  readonly settings: unknown;
  readonly overrides: unknown;
  readonly patches: unknown;
}

const head = { apiVersion: 'toolset.kubernaut.ai/v1alpha1', kind: 'ToolsetConfig' };

/** Uses every setting and operation that there is. */
const full: GitSeed = {
  settings: {
    ...head,
    metadata: { name: 'holmesgpt' },
    spec: {
      target: {
        format: 'holmesgpt',
        version: '0.45',
        configMap: {
          name: 'tools',
          namespace: 'holmesgpt',
          key: 'tools.yaml',
          labels: { a: 'b' },
          annotations: { c: 'd' },
        },
      },
      discovery: {
        namespaces: { include: ['*'], exclude: ['kube-*'], selector: { matchLabels: { tier: 'prod' } } },
        services: { selector: { matchExpressions: [{ key: 'app', operator: 'Exists' }] } },
        clusterDomain: 'cluster.local',
        instances: 'all',
      },
      health: { check: 'none', timeoutSeconds: 2, attempts: 2, intervalSeconds: 1, evictAfter: '10m' },
      detectors: { grafana: { enabled: false }, prometheus: { healthPath: '/-/ready', namespaces: ['monitoring'] } },
      customDetectors: [
        {
          id: 'tool',
          match: [{ names: ['tool*'] }],
          health: { path: '/up' },
          toolset: { name: 'tool', template: { description: 'ours', config: { url: '${url}' } } },
        },
      ],
      credentials: { 'grafana/dashboards': { api_key: '{{ env.GRAFANA_API_KEY }}' } },
      trust: { namespaces: ['monitoring'], foreignEndpoints: false },
      overrides: { conflict: 'warn', files: ['overrides.yaml'], patches: ['patches.yaml'] },
    },
  },
  overrides: {
    toolsets: {
      'prometheus/metrics': {
        config: { prometheus_url: 'http://mimir.obs.svc:8080/prometheus', headers: { a: decoy } },
      },
      'grafana/tempo': { enabled: false },
      'grafana/dashboards': { config: { api_key: decoy } },
      mine: { description: 'ours', tools: [{ name: 'up', description: 'd', command: 'curl -s x' }] },
      gone: null,
    },
    mcp_servers: { one: { description: 'd', config: { url: 'http://a', mode: 'sse' } } },
  },
  patches: [
    {
      target: 'prometheus/*',
      optional: true,
      patch: [
        { op: 'test', path: '/enabled', value: true },
        { op: 'add', path: '/config/additional_labels', value: { a: [1, 2] } },
        { op: 'copy', from: '/config', path: '/copy' },
        { op: 'move', from: '/copy', path: '/config/copied' },
        { op: 'replace', path: '/config/prometheus_url', value: decoy },
        { op: 'remove', path: '/config/copied' },
      ],
    },
  ],
};

const readYaml = (folder: string, file: string): unknown => {
  try {
    return parse(readFileSync(join(tests, 'cases', folder, file), 'utf8')) as unknown;
  } catch {
    return null;
  }
};
const cases = readdirSync(join(tests, 'cases'));

export const gitSeeds: readonly GitSeed[] = [
  full,
  ...attacks.map(({ settings, ...others }) => ({
    settings,
    overrides: null,
    patches: 'patches' in others ? others.patches : null,
  })),
  ...cases.map((name) => ({
    settings: readYaml(name, 'toolset.yaml'),
    overrides: readYaml(name, 'overrides.yaml'),
    patches: readYaml(name, 'patches.yaml'),
  })),
];

interface CorpusEntry {
  readonly service: KubeObject;
}

const corpus = ['services.json', 'more-services.json'].flatMap(
  (name) => JSON.parse(readFileSync(join(tests, 'corpus', name), 'utf8')) as readonly CorpusEntry[],
);

const recorded = cases.flatMap((name) =>
  parseAllDocuments(readFileSync(join(tests, 'cases', name, 'cluster.yaml'), 'utf8')).flatMap((document) => {
    const object = document.toJS() as KubeObject & { readonly items?: readonly KubeObject[] };
    return object.items ?? [object];
  }),
);

/** Every object that tests know: Services as products ship them, and what attacks were made of. */
export const objectSeeds: readonly KubeObject[] = [
  ...attacks.flatMap(({ cluster }) => cluster as unknown as readonly KubeObject[]),
  ...recorded,
  ...corpus.map(({ service }) => service),
];
