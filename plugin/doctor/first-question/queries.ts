import { assumptionOf } from '../../consumers/holmesgpt/stores/assumed.ts';
import type { ClusterLabel } from '../../discovery/first-question/facts.ts';
import { getOwn } from '../../lib/json.ts';

/** A store's first question, about one namespace. */
export interface AboutNamespace {
  /** Label, tag or field that holds the namespace. */
  readonly name: string;
  readonly namespace: string;
  /** An additional selector of every query. */
  readonly cluster: ClusterLabel | null;
  /** Indices of a search; empty if unset. */
  readonly indices: readonly string[];
  /** Seconds since 1970. */
  readonly start: number;
  readonly end: number;
}

/** One GET request, and how the beginning of its response shows whether there is data. */
export interface FirstQuery {
  /** Path and query below the endpoint's own path. */
  readonly path: string;
  /** What selects the data, for people. */
  readonly selector: string;
  readonly hasData: RegExp;
  readonly isEmpty: RegExp;
}

interface Form {
  /** The name a model assumes if HolmesGPT gives it none. */
  readonly namespace?: string;
  readonly joined: (matchers: readonly string[]) => string;
  readonly path: (selector: string, about: AboutNamespace) => string;
  readonly hasData: RegExp;
  readonly isEmpty: RegExp;
}

const within = ({ start, end }: AboutNamespace): string => `limit=1&start=${String(start)}&end=${String(end)}`;

/** Joins `{a="1"}` and `{b="2"}` into one selector. */
const braces =
  (and: string) =>
  (matchers: readonly string[]): string =>
    `{${matchers.map((matcher) => matcher.slice(1, -1)).join(and)}}`;

/**
 * By toolset, the first request of HolmesGPT 0.45's tools: grafana_loki_query, get_metric_names, tempo_fetch_traces_…,
 * victorialogs_query and elasticsearch_search, each with a limit of one.
 */
const forms: Readonly<Record<string, Form>> = {
  'grafana/loki': {
    joined: braces(','),
    path: (selector, about) => `/loki/api/v1/query_range?query=${encodeURIComponent(selector)}&${within(about)}`,
    hasData: /"result"\s*:\s*\[\s*\{/,
    isEmpty: /"result"\s*:\s*(?:\[\s*\]|null)/,
  },
  'prometheus/metrics': {
    joined: braces(','),
    path: (selector, about) => `/api/v1/label/__name__/values?match[]=${encodeURIComponent(selector)}&${within(about)}`,
    hasData: /"data"\s*:\s*\[\s*"/,
    isEmpty: /"data"\s*:\s*(?:\[\s*\]|null)/,
  },
  'grafana/tempo': {
    joined: braces(' && '),
    path: (selector, about) => `/api/search?q=${encodeURIComponent(selector)}&${within(about)}`,
    hasData: /"traces"\s*:\s*\[\s*\{/,
    isEmpty: /"traces"\s*:\s*(?:\[\s*\]|null)|^\s*\{\s*"metrics"/,
  },
  victorialogs: {
    joined: (matchers) => matchers.join(' '),
    path: (selector, about) => `/select/logsql/query?query=${encodeURIComponent(selector)}&${within(about)}`,
    hasData: /^\s*\{[^]*"_(?:time|stream|msg)"/,
    isEmpty: /^\s*$/,
  },
  // Its indices have no common name for the time field.
  'elasticsearch/data': {
    namespace: 'kubernetes.namespace',
    joined: (matchers) => matchers.join(' AND '),
    path: (selector, { indices }) => {
      const bounds = 'size=1&terminate_after=1&timeout=4s&_source=false&ignore_unavailable=true';
      const place = indices.length === 0 ? '' : `/${indices.join(',')}`;
      return `${place}/_search?q=${encodeURIComponent(selector)}&${bounds}`;
    },
    hasData: /"hits"\s*:\s*\[\s*\{/,
    isEmpty: /"hits"\s*:\s*\[\s*\]/,
  },
};

/** The label that HolmesGPT assumes for the namespace in that toolset's store. */
export function assumedNamespaceOf(toolset: string): string {
  return assumptionOf(toolset)?.names.namespace ?? getOwn(forms, toolset)?.namespace ?? 'namespace';
}

/** Whether that toolset has a first question. */
export function hasFirstQuery(toolset: string): boolean {
  return getOwn(forms, toolset) !== undefined;
}

/** `null` for a toolset without one. */
export function firstQueryOf(toolset: string, about: AboutNamespace): FirstQuery | null {
  const form = getOwn(forms, toolset);
  if (form === undefined) return null;
  const { name, namespace, cluster } = about;
  const pairs = [[name, namespace] as const, ...(cluster ? [[cluster.label, cluster.value] as const] : [])];
  const matchers = pairs.map(([label, value]) => matcherOf(toolset, label, value));
  const selector = form.joined(matchers);
  return { selector, path: form.path(selector, about), hasData: form.hasData, isEmpty: form.isEmpty };
}

function matcherOf(toolset: string, name: string, value: string): string {
  if (toolset === 'elasticsearch/data') return `${name.replace(/[:@/-]/g, '\\$&')}:"${value}"`;
  // The prompt prefers stream selectors unless it is given another name.
  if (toolset === 'victorialogs' && name === assumedNamespaceOf(toolset)) return `{${name}="${value}"}`;
  return assumptionOf(toolset)?.selector(name, value) ?? '';
}
