import type { Candidate } from '../../../discovery/decision.ts';
import { portOf } from '../../../discovery/decision.ts';
import type { DataMap, Path } from '../../../lib/json.ts';
import { getOwn, isList, isMap } from '../../../lib/json.ts';
import { keyOf } from '../../../lib/object-key.ts';
import type { ConsumerIssue, DiscoveredBackends, Section } from '../../consumer.ts';
import { builtInSpecOf, supportsMultiple, urlKeyOf } from '../toolset-specs.ts';
import { titleOf } from '../catalog.ts';

// With a UID, HolmesGPT requests URL/api/datasources/proxy/uid/UID instead of URL: Grafana's proxy to the store behind
// it. The judging suite checks this with the real HolmesGPT.

const uidKey = 'grafana_datasource_uid';
const proxyPath = '/api/datasources/proxy/uid/';

/** Products that can be queried directly or through Grafana. */
const stores: Readonly<Record<string, string>> = { 'grafana/loki': 'Loki', 'grafana/tempo': 'Tempo' };

/** First minor release whose dashboard tools use a data source as well. */
const dashboardsProxiedSince = 24;

/** The values that apply to one backend, with the path of each key. */
interface Part {
  readonly values: DataMap;
  readonly pathOf: (key: string) => Path;
}

/** Incomplete settings for a store behind Grafana: a UID without Grafana's URL, or that URL without a UID. */
export function proxyIssues(
  section: Section,
  name: string,
  { config }: DataMap,
  minor: number,
  discovered: DiscoveredBackends | null,
): ConsumerIssue[] {
  const isDashboards = name === 'grafana/dashboards' && minor >= dashboardsProxiedSince;
  const product = getOwn(stores, name);
  if (section !== 'toolsets' || !isMap(config) || !(isDashboards || product !== undefined)) return [];
  const holmes = titleOf(minor);
  const found = partsOf(name, config, minor).flatMap((part) =>
    product === undefined
      ? dashboardIssues(part, holmes)
      : storeIssues(part, { name, product, urlKey: urlKeyOf(name, minor), holmes }, discovered),
  );
  // A UID beside the instances is one issue, however many use it.
  return [...new Map(found.map((issue) => [JSON.stringify(issue.path), issue])).values()];
}

/** Each instance merged with the keys beside the list, or `config` itself. */
function partsOf(name: string, config: DataMap, minor: number): Part[] {
  const { instances, ...shared } = config;
  const spec = builtInSpecOf(name);
  const isSeveral = spec !== null && supportsMultiple(spec, minor);
  if (!isSeveral || !isList(instances) || instances.length === 0)
    return [{ values: shared, pathOf: (key) => ['config', key] }];
  return instances.flatMap((one, index) =>
    isMap(one)
      ? [
          {
            values: { ...shared, ...one },
            pathOf: (key: string) => (Object.hasOwn(one, key) ? ['config', 'instances', index, key] : ['config', key]),
          },
        ]
      : [],
  );
}

function dashboardIssues({ values, pathOf }: Part, holmes: string): ConsumerIssue[] {
  if (!hasUid(values)) return [];
  const message = `${holmes} would ask below ${proxyPath} for dashboards, where the data source answers and not Grafana`;
  return [misdirected(pathOf(uidKey), message, `remove ${uidKey}`)];
}

interface Store {
  readonly name: string;
  readonly product: string;
  readonly urlKey: string;
  readonly holmes: string;
}

function storeIssues(
  { values, pathOf }: Part,
  { name, product, urlKey, holmes }: Store,
  discovered: DiscoveredBackends | null,
): ConsumerIssue[] {
  // The key's old name counts where the new one is missing.
  const key = [urlKey, 'url'].find((one) => getOwn(values, one) !== undefined);
  const url = key === undefined ? undefined : getOwn(values, key);
  const hint = `set ${urlKey} to Grafana's URL and give it a credential, or remove ${uidKey}`;
  if (discovered === null) {
    if (!hasUid(values) || key !== undefined) return [];
    const message = `${holmes} would ask the ${product} that is discovered below ${proxyPath}, a path of Grafana: no ${urlKey} is beside it`;
    return [misdirected(pathOf(uidKey), message, hint)];
  }
  if (key === undefined || typeof url !== 'string') return [];
  const grafana = backendAt(url, discovered('grafana/dashboards'));
  const store = backendAt(url, discovered(name));
  if (hasUid(values) && store) {
    const message = `${holmes} would ask ${keyOf(store.service)} below ${proxyPath}, a path of Grafana: it is ${product} itself`;
    return [misdirected(pathOf(uidKey), message, hint)];
  }
  if (hasUid(values) || !grafana || isApi(url)) return [];
  const message = `${holmes} would ask ${keyOf(grafana.service)} as if it were ${product}: it is Grafana, and no ${uidKey} is there`;
  return [misdirected(pathOf(key), message, `add ${uidKey}, or set ${urlKey} to ${product}'s own URL`)];
}

function misdirected(path: Path, message: string, hint: string): ConsumerIssue {
  return { path, part: 'key', effect: 'misdirected', message, hint };
}

function hasUid(values: DataMap): boolean {
  const uid = getOwn(values, uidKey);
  return typeof uid === 'string' && uid !== '';
}

/** Whether the URL itself leads through Grafana to a data source. */
function isApi(url: string): boolean {
  return /\/apis?\//.test(URL.parse(url)?.pathname ?? '');
}

/**
 * The backend at the host and port of a URL, under any name of its Service in cluster DNS. A backend on another host
 * does not count: its annotation could name the host of a Grafana.
 */
function backendAt(url: string, backends: readonly Candidate[]): Candidate | undefined {
  const parsed = URL.parse(url);
  if (!parsed) return undefined;
  const hostname = parsed.hostname.replace(/\.$/, '');
  return backends.find(({ service, endpoint }) => {
    const host = `${service.name}.${service.namespace}`;
    const isNamed = [host, `${host}.svc`, endpoint.host].includes(hostname) || hostname.startsWith(`${host}.svc.`);
    return isNamed && endpoint.port === portOf(parsed) && endpoint.foreign !== true;
  });
}
