import { detectors } from '../../detectors/index.ts';
import type { Detector, ServiceView } from '../../detectors/types.ts';
import { sharedCluster } from '../../plugin/cluster/shared-cluster.ts';
import { snapshot } from '../../plugin/cluster/snapshot.ts';
import type { Cluster } from '../../plugin/cluster/types.ts';
import type { Decision } from '../../plugin/discovery/decision.ts';
import { discover } from '../../plugin/discovery/discover.ts';
import { allKeys } from '../../plugin/discovery/kept-keys.ts';
import { filtersOf } from '../../plugin/discovery/scope-and-filters.ts';
import { neutralEvaluator } from '../../plugin/discovery/survey/evaluate-service.ts';
import type { ServiceEvaluation } from '../../plugin/discovery/survey/evaluate-service.ts';
import { memoize } from '../../plugin/lib/memoize.ts';
import { ToolsetConfig } from '../../plugin/settings/schema/index.ts';
import type { Entry, Expected } from './corpus.ts';

/** What discovery made of one entry, and what is wrong about it. `null`: nothing. */
export interface Verdict {
  readonly entry: Entry;
  readonly decision: Decision | undefined;
  readonly miss: string | null;
}

/** Products whose endpoints answer the same API, so that either name is right. */
const sameApi: readonly (readonly string[])[] = [['jaeger', 'victoriatraces']];

/** Settings with every detector on, under which nothing is checked. */
export const { spec: everyDetector } = ToolsetConfig.parse({
  apiVersion: 'toolset.kubernaut.ai/v1alpha1',
  kind: 'ToolsetConfig',
  spec: {
    health: { check: 'none' },
    detectors: Object.fromEntries(detectors.map(({ id }) => [id, { enabled: true }])),
  },
});

/** Discovery over the objects of one cluster, with every detector on and nothing checked. An object without a kind is a Service. */
export async function decide(
  objects: readonly object[],
  known: readonly Detector[] = detectors,
): Promise<readonly Decision[]> {
  return decideIn(clusterOf(objects), known);
}

/** The cluster of a stack's Services: read once, however often it is decided about. */
const clusterOfStack = memoize((entries: readonly Entry[]) => clusterOf(entries.map(({ service }) => service)));

function clusterOf(objects: readonly object[]): Cluster {
  return sharedCluster(snapshot(Map.groupBy(objects, kindOf)), allKeys);
}

/** The same in a cluster that may have been read before. */
async function decideIn(cluster: Cluster, known: readonly Detector[]): Promise<readonly Decision[]> {
  const { decisions } = await discover({
    spec: everyDetector,
    detectors: known,
    cluster,
    prober: () => Promise.reject(new Error('nothing is probed')),
    consumer: {
      title: 'any',
      supports: () => true,
      isBuiltIn: () => false,
      supportsMultiple: () => true,
      usesLabels: true,
    },
    policy: null,
    isTrusted: () => true,
    readsEndpoints: true,
  });
  return decisions;
}

/** The Services of a stack as detectors see them. */
export const servicesOf = memoize((entries: readonly Entry[]) => clusterOfStack(entries).services('cluster', allKeys));

/** What one detector makes of a Service by itself, before it is compared with others. */
export function judgeOfService(detector: Detector): (service: ServiceView) => ServiceEvaluation {
  return neutralEvaluator(
    everyDetector,
    [detector],
    filtersOf(everyDetector, [], () => true),
  );
}

/** Every entry of a stack against its expected answer, in a cluster of its Services and of what was recorded beside them. */
export async function judgeStack(
  entries: readonly Entry[],
  known: readonly Detector[] = detectors,
  recorded: readonly { readonly kind: string }[] = [],
): Promise<readonly Verdict[]> {
  const cluster =
    recorded.length === 0
      ? clusterOfStack(entries)
      : clusterOf([...entries.map(({ service }) => service), ...recorded]);
  const decisions = await decideIn(cluster, known);
  return entries.map((entry) => {
    const { name, namespace = 'default' } = entry.service.metadata;
    const decision = decisions.find(({ service }) => service.name === name && service.namespace === namespace);
    return { entry, decision, miss: missOf(entry.expected, decision) };
  });
}

/** The same for a Service of which nothing else of its stack is there; `null` where that is not asked of it. */
export async function judgeAlone(entry: Entry): Promise<Verdict | null> {
  const { type, usableIfAlone } = entry.expected;
  const expected = usableIfAlone ?? (type === null || type === 'mcp' ? null : entry.expected);
  if (expected === null) return null;
  const [decision] = await decide([entry.service]);
  // The corpus does not say below which path a twin answers: below the same as the one that it stands in for.
  const pathPrefix = usableIfAlone ? (decision?.endpoint?.path ?? '') : (entry.expected.pathPrefix ?? '');
  return { entry, decision, miss: missOf({ ...expected, pathPrefix, preferred: true }, decision) };
}

function kindOf(object: object): string {
  return 'kind' in object ? String(object.kind) : 'Service';
}

function missOf(expected: Expected, decision: Decision | undefined): string | null {
  const taken = decision?.decision === 'selected';
  // MCP servers say so by annotation: nothing else in a Service does.
  if (expected.type === null || expected.type === 'mcp')
    return taken ? `taken as ${decision.detector?.id ?? ''}` : null;
  if (expected.preferred === true && !taken)
    return `not taken: ${decision?.decision ?? 'absent'}, ${decision?.message ?? ''}`;
  if (decision?.endpoint === undefined || decision.endpoint === null)
    return `no endpoint: ${decision?.decision ?? ''}, ${decision?.message ?? ''}`;
  const { endpoint, detector } = decision;
  if (!isSame(expected.type, detector?.id)) return `taken for ${detector?.id ?? ''}`;
  const wrong = [
    endpoint.port === expected.port ? '' : `port ${String(endpoint.port)} instead of ${String(expected.port)}`,
    endpoint.scheme === expected.scheme ? '' : `scheme ${endpoint.scheme} instead of ${String(expected.scheme)}`,
    endpoint.path === (expected.pathPrefix ?? '')
      ? ''
      : `path ${JSON.stringify(endpoint.path)} instead of ${expected.pathPrefix ?? '""'}`,
  ].filter((text) => text !== '');
  return wrong.length > 0 ? wrong.join(', ') : null;
}

/** Whether what was found is the product, or one that answers the same API. */
export function isSame(expected: string, found: string | undefined): boolean {
  return expected === found || sameApi.some((group) => group.includes(expected) && group.includes(found ?? ''));
}
