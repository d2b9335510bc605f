import type { Question, ToolAnswer } from '../holmesgpt/judge.ts';
import type { Meaning, Names } from './data/schemes.ts';

/** What the file tells an agent of one store, beyond what its release assumes. */
export interface Told {
  readonly labels: Names;
  /** Labels that stand in every query, with their values. */
  readonly always: Readonly<Record<string, string>>;
  /** What a search names. */
  readonly index?: string;
  /** How a namespace is selected, for one called `my-namespace`. */
  readonly example?: string;
}

/** A first question, with what it is about. */
export interface FirstQuestion extends Question {
  readonly about: string;
}

/**
 * What an agent asks a toolset first, as the prompt and the tools' own descriptions of HolmesGPT 0.45 prescribe it; where
 * the file tells other names, with these.
 */
export function firstQuestions(toolset: string, told: Told, instance?: string): readonly FirstQuestion[] {
  const questions = (byToolset.get(toolset) ?? noQuestions)(told);
  if (instance === undefined) return questions;
  return questions.map((one) => ({ ...one, params: { ...one.params, instance } }));
}

const byToolset: ReadonlyMap<string, (told: Told) => readonly FirstQuestion[]> = new Map([
  ['grafana/loki', loki],
  ['victorialogs', victorialogs],
  ['prometheus/metrics', prometheus],
  ['grafana/tempo', tempo],
  ['jaeger/tracing', jaeger],
  ['elasticsearch/data', elasticsearch],
]);

function noQuestions(): readonly FirstQuestion[] {
  return [];
}

/** `{namespace="prod", app="backend-api", container="api", pod="…"}` is the prompt's "default Kubernetes labels setup". */
function loki(told: Told): readonly FirstQuestion[] {
  const name = named({ namespace: 'namespace', pod: 'pod', container: 'container', service: 'app' }, told.labels);
  const constant = Object.entries(told.always).map(([label, value]) => `, ${label}="${value}"`);
  const ask = (about: string, selector: string): FirstQuestion => ({
    about,
    tool: 'grafana_loki_query',
    params: { query: selector.replace(/\}$/, `${constant.join('')}}`) },
  });
  const namespace = exampleOf(told) ?? `{${name('namespace')}="shop"}`;
  const also = (matcher: string): string => namespace.replace(/\}$/, `, ${matcher}}`);
  return [
    ask('namespace', namespace),
    ask('pod', also(`${name('pod')}=~"cart-.*"`)),
    ask('container', also(`${name('container')}="cart"`)),
    ask('service', `{${name('service')}="cart"}`),
  ];
}

/** "Prefer stream selectors", "common label fields are namespace, pod, container or service", "search field values first". */
function victorialogs(told: Told): readonly FirstQuestion[] {
  const name = named({ namespace: 'namespace', pod: 'pod', container: 'container', service: 'service' }, told.labels);
  const constant = Object.entries(told.always).map(([label, value]) => ` ${logsqlName(label)}:="${value}"`);
  const ask = (about: string, query: string): FirstQuestion => ({
    about,
    tool: 'victorialogs_query',
    params: { query: `${query}${constant.join('')}` },
  });
  const namespace = exampleOf(told) ?? `{${logsqlName(name('namespace'))}="shop"}`;
  return [
    ask('namespace', namespace),
    { about: 'pod', tool: 'victorialogs_field_values', params: { field: name('pod'), query: '*' } },
    ask('container', `${namespace} ${logsqlName(name('container'))}:cart`),
    ask('service', `${logsqlName(name('service'))}:cart`),
  ];
}

/** LogsQL takes only a plain word without quotes. */
function logsqlName(name: string): string {
  return /^\w+$/.test(name) ? name : JSON.stringify(name);
}

/** `{namespace=~"example1|example2"}` to discover metrics, `get_label_values(label="pod")`, and the prompt's `topk` query. */
function prometheus(told: Told): readonly FirstQuestion[] {
  const name = named({ namespace: 'namespace', pod: 'pod' }, told.labels);
  const constant = Object.entries(told.always).map(([label, value]) => `,${label}="${value}"`);
  const selector = (exampleOf(told) ?? `{${name('namespace')}="shop"}`).replace(/\}$/, `${constant.join('')}}`);
  const query = `topk(5, rate(container_cpu_usage_seconds_total${selector}[5m]))`;
  return [
    { about: 'namespace', tool: 'get_metric_names', params: { match: selector } },
    { about: 'pod', tool: 'get_label_values', params: { label: name('pod') } },
    { about: 'usage', tool: 'execute_prometheus_instant_query', params: { query, description: 'CPU' } },
  ];
}

/** The query of the file's own example, for the namespace that is asked about. */
function exampleOf({ example }: Told): string | undefined {
  return example?.replace('my-namespace', 'shop');
}

/** "Call this tool first when investigating performance issues"; it takes the attributes from the toolset's own `labels`. */
function tempo(): readonly FirstQuestion[] {
  const ask = (about: string, params: Question['params']): FirstQuestion => ({
    about,
    tool: 'tempo_fetch_traces_comparative_sample',
    params,
  });
  return [
    ask('namespace', { namespace_name: 'shop' }),
    ask('pod', { pod_name: 'cart-7c9d8b5f6-x2km9' }),
    ask('service', { service_name: 'cart' }),
  ];
}

/** HolmesGPT says nothing of Jaeger: a model knows its API. Its host is put before these paths. */
function jaeger(): readonly FirstQuestion[] {
  const ask = (about: string, url: string): FirstQuestion => ({
    about,
    tool: 'jaeger_tracing_request',
    params: { url },
  });
  return [ask('services', '/api/services'), ask('service', '/api/traces?service=cart')];
}

/**
 * Of indices the description of the search has `logs-*` for an example; of fields the tools say nothing, so that a model
 * that has listed the indices takes Elastic's own names.
 */
function elasticsearch(told: Told): readonly FirstQuestion[] {
  const ecs = { namespace: 'kubernetes.namespace', pod: 'kubernetes.pod.name', container: 'kubernetes.container.name' };
  const name = named({ ...ecs, service: 'service.name' }, told.labels);
  const term = (field: string, value: string): unknown => ({ term: { [field]: value } });
  const ask = (about: string, filter: readonly unknown[], index = '*'): FirstQuestion => ({
    about,
    tool: 'elasticsearch_search',
    params: { index: told.index ?? index, query: { bool: { filter } } },
  });
  const example = exampleOf(told);
  const namespace = example === undefined ? term(name('namespace'), 'shop') : (JSON.parse(example) as unknown);
  return [
    ask('index', [], 'logs-*'),
    ask('namespace', [namespace]),
    ask('pod', [{ wildcard: { [name('pod')]: 'cart-*' } }]),
    ask('container', [namespace, term(name('container'), 'cart')]),
    ask('service', [term(name('service'), 'cart')]),
  ];
}

function named(assumed: Names, told: Names): (meaning: Meaning) => string {
  return (meaning) => told[meaning] ?? assumed[meaning] ?? meaning;
}

/** Whether a model has learned something from the answer. */
export function hasData({ status, data }: ToolAnswer): boolean {
  if (status !== 'success') return false;
  const text = typeof data === 'string' ? data : JSON.stringify(data);
  // VictoriaLogs lists the absence of a field as an empty value.
  if (Array.isArray(data) && data.every((one) => (one as { readonly value?: unknown }).value === '')) return false;
  return !/^No traces found|"data":\[\]|"data":null|"hits":\[\]|"result":\[\]|"status":"Failed"/.test(text);
}
