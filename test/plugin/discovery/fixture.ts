import { parse } from 'yaml';
import { detectors } from '../../../detectors/index.ts';
import type { Prober } from '../../../plugin/cluster/probe/probe.ts';
import type { StoreReader } from '../../../plugin/cluster/stores/question.ts';
import { snapshot } from '../../../plugin/cluster/snapshot.ts';
import type { Cluster } from '../../../plugin/cluster/types.ts';
import type { Explanation } from '../../../plugin/commands/explain/explanation.ts';
import { keyOf } from '../../../plugin/lib/object-key.ts';
import { consumerOf } from '../../../plugin/consumers/index.ts';
import type { Discovery, DiscoveryInputs } from '../../../plugin/discovery/discover.ts';
import { discover } from '../../../plugin/discovery/discover.ts';
import { matchesPattern } from '../../../plugin/discovery/match/glob.ts';
import type { NamespacePolicy } from '../../../plugin/discovery/scope-and-filters.ts';
import { ToolsetConfig } from '../../../plugin/settings/schema/index.ts';
import type { KubeObject } from '../../cluster/parts/objects.ts';
import type { Folder } from '../../support/folder.ts';
import { recording } from '../../support/objects.ts';
import { runHere } from '../../support/run.ts';

/** A cluster, settings, and what a probe would find out. */
export interface DiscoveryFixture {
  readonly items: readonly KubeObject[];
  /** `spec` of toolset.yaml; without one, no health is checked. */
  readonly spec?: object;
  readonly policy?: NamespacePolicy;
  readonly prober?: Prober | null;
  readonly fromOutside?: DiscoveryInputs['fromOutside'];
  /** What stores answer; without it, none is asked. */
  readonly stores?: StoreReader;
  /** The cluster in another way than the objects say. */
  readonly change?: (cluster: Cluster) => Cluster;
}

/** Discovery for HolmesGPT 0.45 over objects as the API server has them. */
export async function discoverFixture(fixture: DiscoveryFixture): Promise<Discovery> {
  const {
    items,
    spec: written,
    policy,
    prober,
    stores = null,
    fromOutside = null,
    change = (cluster: Cluster): Cluster => cluster,
  } = fixture;
  const { spec } = ToolsetConfig.parse({
    apiVersion: 'toolset.kubernaut.ai/v1alpha1',
    kind: 'ToolsetConfig',
    spec: { health: { check: prober || fromOutside ? 'http' : 'none' }, ...written },
  });
  const consumer = consumerOf(spec.target);
  return discover({
    spec,
    detectors,
    cluster: change(snapshot(Map.groupBy(items, ({ kind }) => kind))),
    prober: prober === undefined ? (): Promise<never> => Promise.reject(new Error('nothing is probed')) : prober,
    fromOutside,
    stores,
    consumer: {
      ...consumer,
      supportsMultiple: (candidate) => spec.discovery.instances === 'all' && consumer.supportsMultiple(candidate),
    },
    policy: policy ?? null,
    isTrusted: (namespace) => matchesPattern(spec.trust.namespaces, namespace),
  });
}

/** `decision: reason` by `namespace/name`. */
export async function decisionsOf(fixture: DiscoveryFixture): Promise<Readonly<Record<string, string>>> {
  const { decisions } = await discoverFixture(fixture);
  return Object.fromEntries(
    decisions.map(({ service, decision, reason }) => [keyOf(service), `${decision}: ${reason}`]),
  );
}

/** Instances of what is admitted, in the order in which the consumer is told of them. */
export async function admittedInstances(fixture: DiscoveryFixture): Promise<string[]> {
  return (await discoverFixture(fixture)).admitted.map(({ instance }) => instance);
}

/** A cluster and the files in Git. */
export interface Fixture {
  readonly items: readonly KubeObject[];
  /** `spec` of toolset.yaml. */
  readonly spec?: object;
  readonly overrides?: object;
  /** What is in the cluster already. */
  readonly live?: KubeObject;
}

type Entry = Readonly<Record<string, unknown>> & { readonly config: Readonly<Record<string, unknown>> };

/** What the program made of it. */
export interface FixtureRun {
  readonly code: number;
  /** The manifest as it is printed. */
  readonly text: string;
  readonly stderr: string;
  readonly manifest: KubeObject;
  readonly toolsets: Readonly<Record<string, Entry>>;
  readonly servers: Readonly<Record<string, Entry>>;
  readonly explanation: Explanation;
  /** `decision: reason` of one Service. */
  readonly decisionOf: (service: string) => string;
}

/** Runs `generate` and `explain` over a fixture: every Service is ready, and answers as the real product does. */
export async function runFixture(folder: Folder, { items, spec = {}, overrides, live }: Fixture): Promise<FixtureRun> {
  const header = { apiVersion: 'toolset.kubernaut.ai/v1alpha1', kind: 'ToolsetConfig' };
  await folder.write('toolset.yaml', JSON.stringify({ ...header, spec }));
  await folder.write('overrides.yaml', JSON.stringify(overrides ?? {}));
  const snapshot = await folder.write('snapshot.json', recording(...items, ...(live ? [live] : [])));
  const flags = ['--path', folder.path, '--snapshot', snapshot];
  const { code, stdout, stderr } = await runHere(['generate', ...flags]);
  const explained = await runHere(['explain', '-o', 'json', ...flags]);

  const manifest = (stdout === '' ? { metadata: { name: '' } } : parse(stdout)) as KubeObject & { data?: object };
  const [file = '{}'] = Object.values(manifest.data ?? {}) as string[];
  const { toolsets, mcp_servers: servers = {} } = parse(file) as {
    toolsets: Record<string, Entry>;
    mcp_servers?: Record<string, Entry>;
  };
  if (explained.code !== 0) throw new Error(explained.stderr);
  const explanation = JSON.parse(explained.stdout) as Explanation;
  const decisionOf = (key: string): string => {
    const found = explanation.services.find(({ namespace, name }) => `${namespace}/${name}` === key);
    return found ? `${found.decision}: ${found.reason}` : 'not there';
  };
  return { code, text: stdout, stderr, manifest, toolsets, servers, explanation, decisionOf };
}
