import { isOwnCluster, ownCluster } from '../lib/cluster-name.ts';
import type { ToolsetConfig } from '../settings/schema/index.ts';
import { expandUrl } from '../settings/url-template.ts';
import type { Candidate, Decision, Endpoint } from './decision.ts';
import { decide, portOf } from './decision.ts';
import { because } from './reasons.ts';
import { withoutTrailing } from '../lib/trailing.ts';

type Spec = Pick<ToolsetConfig['spec'], 'cluster' | 'target'>;

/** Schemes that may use a URL template without `${scheme}`. */
const webSchemes: ReadonlySet<string> = new Set(['http', 'https']);

/** The candidates that the consumer can reach through `target.urls`, and the reason why it cannot reach the others. */
export function reachableOf(
  candidates: readonly Candidate[],
  { target: { urls } }: Spec,
): { readonly reachable: readonly Candidate[]; readonly decisions: readonly Decision[] } {
  if (urls === undefined || urls.startsWith('${scheme}')) return { reachable: candidates, decisions: [] };
  const reachable = candidates.filter(({ endpoint }) => webSchemes.has(endpoint.scheme));
  const others = candidates.filter((one) => !reachable.includes(one));
  return {
    reachable,
    decisions: others.map((one) => decide(one, 'denied', because('NoUrlForScheme', { scheme: one.endpoint.scheme }))),
  };
}

/** The endpoint as the consumer reaches it: through `target.urls`, or at its address in the cluster. */
export function consumerEndpoint({ service, endpoint }: Pick<Candidate, 'service' | 'endpoint'>, spec: Spec): Endpoint {
  const { urls } = spec.target;
  // An annotation names its other host explicitly. Among several clusters, the consumer runs in the own one.
  const isNear = service.cluster !== undefined && isOwnCluster(service.cluster);
  if (urls === undefined || endpoint.foreign === true || isNear) return endpoint;
  const { namespace, name } = service;
  const { host, port, path, scheme } = endpoint;
  const cluster = clusterWord(service.cluster ?? spec.cluster ?? ownCluster.name);
  const text = expandUrl(urls, { scheme, host, path, namespace, name, cluster, port: String(port) });
  const url = URL.parse(text);
  if (!url) return endpoint;
  return {
    scheme: url.protocol.slice(0, -1) as Endpoint['scheme'],
    schemeFrom: 'spec.target.urls',
    isRouted: true,
    host: url.hostname,
    port: portOf(url),
    path: withoutTrailing(url.pathname, '/'),
  };
}

/** Argo CD's name of the cluster as a part of a host or path: Argo CD accepts any text, such as an ARN. */
export function clusterWord(cluster: string): string {
  const name = URL.parse(cluster)?.hostname ?? cluster;
  const word = (name === '' ? cluster : name).toLowerCase().replace(/[^a-z0-9.]+/g, '-');
  return withoutTrailing(word.replace(/^[-.]+/, ''), '-.');
}
