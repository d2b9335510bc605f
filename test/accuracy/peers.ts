import { matchesSelector } from '../../plugin/cluster/label-selector.ts';
import { memoize } from '../../plugin/lib/memoize.ts';
import type { Entry } from './corpus.ts';

/** What a peer makes of one stack: the Services that it would use, and how it would reach them. */
export interface Choice {
  readonly entry: Entry;
  /** For what it is taken: `metrics` is whatever answers PromQL. */
  readonly product: string;
  readonly scheme: string;
  readonly port: number;
  readonly path: string;
}

/** The rules of another tool, as its sources state them. */
export interface Peer {
  readonly title: string;
  readonly source: string;
  /** Takes the Services of one stack, in the order in which the API server lists them. */
  readonly choose: (entries: readonly Entry[]) => readonly Choice[];
}

/** A label selector as the tool writes it (`metadata.name` and `metadata.namespace` stand for these), and the path that it puts behind the URL. */
type Rule = readonly [selector: string, path?: string];

const thanos: readonly Rule[] = [
  ['app.kubernetes.io/component=query,app.kubernetes.io/name=thanos'],
  ['app.kubernetes.io/name=thanos-query'],
  ['app=thanos-query'],
  ['app=thanos-querier'],
];

const victoriaMetrics: readonly Rule[] = [
  ['app.kubernetes.io/name=vmsingle'],
  ['app.kubernetes.io/name=victoria-metrics-single'],
  ['app.kubernetes.io/name=vmselect', '/select/0/prometheus'],
  ['app.kubernetes.io/component=vmselect', '/select/0/prometheus'],
  ['app=vmselect', '/select/0/prometheus'],
];

const prometheus: readonly Rule[] = [
  ['app=kube-prometheus-stack-prometheus'],
  ['app=prometheus,component=server,release!=kubecost'],
  ['app.kubernetes.io/name=prometheus,app.kubernetes.io/component=server'],
  ['app=prometheus-server'],
  ['app=prometheus-operator-prometheus'],
  ['app=rancher-monitoring-prometheus'],
  ['app=prometheus-prometheus'],
];

const alertmanager: readonly Rule[] = [
  ['app=kube-prometheus-stack-alertmanager'],
  ['app=prometheus,component=alertmanager'],
  ['app=prometheus-operator-alertmanager'],
  ['app=alertmanager'],
  ['app=rancher-monitoring-alertmanager'],
  ['app=prometheus-alertmanager'],
  ['operated-alertmanager=true'],
  ['app.kubernetes.io/name=alertmanager'],
  ['app.kubernetes.io/name=vmalertmanager'],
];

/** Of Freelens, and OpenLens' selector for the charts before it. */
const lens: readonly Rule[] = [
  ['app.kubernetes.io/name=prometheus,app.kubernetes.io/component=server,app.kubernetes.io/managed-by=Helm'],
  ['app=prometheus,component=server,heritage=Helm'],
  ['operated-prometheus=true'],
  ['metadata.name=prometheus-k8s,metadata.namespace=openshift-monitoring'],
  ['metadata.name=prometheus-server,metadata.namespace=stacklight'],
  ['app.kubernetes.io/name=thanos-query'],
  ['app.kubernetes.io/name=thanos,app.kubernetes.io/component=query'],
  ['app.kubernetes.io/component=query-layer'],
  ['app=thanos-query'],
];

/** The selectors that each tool is known to have; where releases differ, the one that finds more. */
export const peers: readonly Peer[] = [
  {
    title: 'HolmesGPT',
    source: 'https://github.com/robusta-dev/holmesgpt (plugins/toolsets/service_discovery.py)',
    choose: firstOf({ metrics: [...prometheus, ...thanos, ...victoriaMetrics] }),
  },
  {
    title: 'Robusta',
    source: 'https://github.com/robusta-dev/robusta (integrations/prometheus/utils.py)',
    choose: firstOf({
      metrics: [...prometheus, ...thanos, ...victoriaMetrics],
      alertmanager,
      grafana: [['app.kubernetes.io/name=grafana']],
    }),
  },
  {
    title: 'KRR',
    source: 'https://github.com/robusta-dev/krr (core/integrations/prometheus/metrics_service)',
    choose: firstOf({
      metrics: [
        ...prometheus,
        ['app=stack-prometheus'],
        ...victoriaMetrics,
        ...thanos,
        ['app.kubernetes.io/name=mimir,app.kubernetes.io/component=query-frontend', '/prometheus'],
      ],
    }),
  },
  {
    title: 'Lens',
    source: 'https://github.com/freelensapp/freelens (packages/technical-features/prometheus)',
    choose: firstOf({ metrics: lens }),
  },
  {
    title: 'original service',
    source: 'https://github.com/jordigilh/kubernaut (dynamic toolset: label, or telling name, or well-known port)',
    choose: chooseOriginal,
  },
];

/** For each product the first Service that the first selector with any finds, at its first port. */
function firstOf(products: Readonly<Record<string, readonly Rule[]>>): Peer['choose'] {
  const parsed = Object.entries(products).map(([product, rules]) => ({
    product,
    rules: rules.map(([selector, path = '']) => ({ selector: parse(selector), path })),
  }));
  return (entries) =>
    parsed.flatMap(({ product, rules }) => {
      for (const { selector, path } of rules) {
        const entry = listed(entries).find(({ service }) => matchesSelector(selectable(service), selector));
        if (entry) return [{ entry, product, scheme: 'http', port: entry.service.spec.ports?.[0]?.port ?? 0, path }];
      }
      return [];
    });
}

const wellKnown = { prometheus: 9090, grafana: 3000, jaeger: 16686, elasticsearch: 9200 };

/** Takes every Service that any of its rules points at. */
function chooseOriginal(entries: readonly Entry[]): Choice[] {
  return listed(entries).flatMap((entry) => {
    const { metadata, spec } = entry.service;
    const { app, 'app.kubernetes.io/name': name } = metadata.labels ?? {};
    const ports = (spec.ports ?? []).map(({ port }) => port);
    const known = Object.entries(wellKnown).find(
      ([product, port]) =>
        app === product || name === product || metadata.name.includes(product) || ports.includes(port),
    );
    if (!known) return [];
    const [product, port] = known;
    return [
      {
        entry,
        product: product === 'prometheus' ? 'metrics' : product,
        scheme: 'http',
        port: ports.includes(port) ? port : (ports[0] ?? 0),
        path: '',
      },
    ];
  });
}

/** The labels, with name and namespace beside them for the rules that go by these. */
const selectable = memoize(({ metadata }: Entry['service']): Readonly<Record<string, string>> => {
  const { name, namespace = 'default', labels } = metadata;
  return { ...labels, 'metadata.name': name, 'metadata.namespace': namespace };
});

const listed = memoize((entries: readonly Entry[]): readonly Entry[] => {
  const key = ({ service: { metadata } }: Entry): string => `${metadata.namespace ?? 'default'}/${metadata.name}`;
  return entries.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
});

function parse(selector: string): Parameters<typeof matchesSelector>[1] {
  const matchExpressions = selector.split(',').map((term) => {
    const [key = '', value = ''] = term.split(/!?=/);
    return { key, operator: term.includes('!=') ? ('NotIn' as const) : ('In' as const), values: [value] };
  });
  return { matchLabels: {}, matchExpressions };
}
