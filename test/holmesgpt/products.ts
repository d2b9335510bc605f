import { readCorpus } from '../accuracy/corpus.ts';
import type { KubeObject } from '../cluster/parts/objects.ts';
import type { Identity } from '../support/certificate.ts';
import * as answers from './backends/answers.ts';
import { kafka } from './backends/kafka.ts';
import { mongodb } from './backends/mongodb.ts';
import { mysql } from './backends/mysql.ts';
import { postgresql } from './backends/postgresql.ts';
import { serveHttp, serveTcp } from './backends/server.ts';
import type { Answer, Backend } from './backends/server.ts';
import { hostOf } from './suite.ts';

/** A Service as a chart or operator writes it, and where it answers. */
export interface Example {
  readonly service: KubeObject;
  readonly port: number;
  readonly host: string;
  readonly path: string;
}

/** A product as one of its charts installs it, and how HolmesGPT is to find it. */
export interface Product {
  /** Of the detector. */
  readonly id: string;
  /** What tells it from other examples of the same product. */
  readonly variant?: string;
  readonly example: Example;
  readonly serve: (identity?: Identity) => Promise<Backend>;
  /** Names of the entries that it appears in. */
  readonly entries: readonly string[];
  /** First minor release of HolmesGPT that has them. */
  readonly since: number;
  /** What the newest and the oldest release ask it at their start, and what they then work with. */
  readonly newest: Expectation;
  readonly oldest: Expectation | null;
  /** What it takes to be used; nothing where it answers everybody. */
  readonly login?: Login;
}

export interface Expectation {
  /** The start of a line of `asked`; `null` where it asks nothing. */
  readonly asks: string | null;
  readonly works: Readonly<Record<string, unknown>>;
}

export interface Login {
  /** What stands in `spec.credentials` for the toolset. */
  readonly credential: Readonly<Record<string, string>>;
  /** HolmesGPT's environment. */
  readonly env: Readonly<Record<string, string>>;
  /** What the newest release then works with. */
  readonly works: Readonly<Record<string, unknown>>;
}

/** The first Service of a product in the corpus that is the best entry point of its installation. */
export function example(id: string, { scheme = 'http', name = '' } = {}): Example {
  const entry = readCorpus().find(
    ({ service, expected }) =>
      expected.type === id &&
      expected.preferred === true &&
      expected.scheme === scheme &&
      service.metadata.name.includes(name),
  );
  if (entry?.expected.port === undefined) throw new Error(`the corpus has no ${id} ${name} with ${scheme}`);
  const service = entry.service as KubeObject;
  return { service, port: entry.expected.port, host: hostOf(service), path: entry.expected.pathPrefix ?? '' };
}

/** A Prometheus, or one that speaks its language. */
function promql(id: string, at: Example, answer: Answer, variant?: string): Product {
  const url = `http://${at.host}:${at.port}${at.path}/`;
  return {
    ...product(id, at, answer, variant),
    entries: ['prometheus/metrics'],
    newest: { asks: `GET ${at.path}/api/v1/query?query=up`, works: { prometheus_url: url, verify_ssl: true } },
    oldest: { asks: `GET ${at.path}/`, works: { prometheus_url: url, prometheus_ssl_enabled: true } },
  };
}

function product(id: string, at: Example, answer: Answer, variant?: string): Omit<Product, 'newest' | 'oldest'> {
  const named = variant === undefined ? {} : { variant };
  return { id, ...named, example: at, serve: (identity) => serveHttp(answer, identity), entries: [], since: 0 };
}

/** One of Grafana's own stores. */
function store(id: string, at: Example, answer: Answer, asks: string, variant?: string): Product {
  const url = `http://${at.host}:${at.port}`;
  return {
    ...product(id, at, answer, variant),
    entries: [`grafana/${id}`],
    newest: { asks, works: { api_url: url, verify_ssl: true } },
    oldest: { asks: 'GET /', works: { url } },
  };
}

/** An API for which HolmesGPT has no toolset but the general one. */
function api(id: string, entry: string, at: Example, answer: Answer, health: string, paths: string): Product {
  const origin = `http://${at.host}:${at.port}`;
  const endpoint = { hosts: [origin], paths: [`${at.path}${paths}`], methods: ['GET'] };
  const asks = `${at.path}${health}`;
  return {
    ...product(id, at, answer),
    entries: [entry],
    since: 20,
    newest: {
      asks: `GET ${asks}`,
      works: { endpoints: [{ ...endpoint, health_check_url: `${origin}${asks}`, auth: open }], verify_ssl: true },
    },
    oldest: null,
  };
}

const open = { type: 'none', username: null, password: null, token: null, name: null, value: null };

function search(id: string, at: Example, answer: Answer): Product {
  const works = { api_url: `http://${at.host}:${at.port}`, verify_ssl: true };
  return {
    ...product(id, at, answer),
    entries: ['elasticsearch/data', 'elasticsearch/cluster'],
    since: 19,
    newest: { asks: 'GET /_cluster/health', works },
    oldest: null,
  };
}

/** A database, whose whole URL is the credential. */
function database(id: string, at: Example, serve: Product['serve'], url: string, asks: string): Product {
  return {
    id,
    example: at,
    serve,
    entries: [id],
    since: id === 'mongodb' ? 22 : 20,
    newest: { asks, works: {} },
    oldest: null,
    login: {
      credential: { connection_url: `{{ env.${id.toUpperCase()}_URL }}` },
      env: { [`${id.toUpperCase()}_URL`]: url },
      works: { connection_url: url, read_only: true },
    },
  };
}

const at = {
  thanos: example('thanos'),
  mimir: example('mimir'),
  cortex: example('cortex'),
  vmselect: example('victoriametrics', { name: 'vmselect' }),
  vmsingle: example('victoriametrics', { name: 'single' }),
  prometheus: example('prometheus'),
  alertmanager: example('alertmanager'),
  grafana: example('grafana'),
  loki: example('loki', { name: 'loki' }),
  lokiGateway: example('loki', { name: 'gateway' }),
  victorialogs: example('victorialogs'),
  tempo: example('tempo'),
  jaeger: example('jaeger'),
  victoriatraces: example('victoriatraces'),
  elasticsearch: example('elasticsearch'),
  opensearch: example('opensearch'),
  postgresql: example('postgresql', { scheme: 'postgresql' }),
  mysql: example('mysql', { scheme: 'mysql' }),
  mongodb: example('mongodb', { scheme: 'mongodb' }),
  clickhouse: example('clickhouse'),
  rabbitmq: example('rabbitmq'),
  kafka: example('kafka', { scheme: 'kafka' }),
  argocd: example('argocd', { scheme: 'https' }),
} as const;

const [grafanaUrl, rabbitUrl] = [at.grafana, at.rabbitmq].map(({ host, port }) => `http://${host}:${port}`);
const broker = `${at.kafka.host}:${at.kafka.port}`;
const rabbitUser = { username: 'holmes', password: 's3cret' };

export const products: readonly Product[] = [
  promql('thanos', at.thanos, answers.promql('', '/-/healthy', '/-/ready')),
  promql('mimir', at.mimir, answers.promql('/prometheus', '/ready')),
  promql('cortex', at.cortex, answers.promql('/prometheus', '/ready')),
  promql('victoriametrics', at.vmselect, answers.promql('/select/0/prometheus', '/health', '/-/healthy'), 'cluster'),
  promql('victoriametrics', at.vmsingle, answers.promql('', '/health', '/-/healthy'), 'single node'),
  promql('prometheus', at.prometheus, answers.prometheus),
  api('alertmanager', 'alertmanager', at.alertmanager, answers.alertmanager, '/api/v2/status', '/api/v2/*'),
  {
    ...product('grafana', at.grafana, answers.grafana()),
    entries: ['grafana/dashboards'],
    newest: { asks: 'GET /api/dashboards/tags', works: { api_url: grafanaUrl, verify_ssl: true } },
    oldest: { asks: 'GET /api/health', works: { url: grafanaUrl } },
  },
  store('loki', at.loki, answers.loki, 'GET /loki/api/v1/query_range?'),
  store('loki', at.lokiGateway, answers.lokiGateway, 'GET /loki/api/v1/query_range?', 'gateway'),
  {
    ...product('victorialogs', at.victorialogs, answers.victorialogs),
    entries: ['victorialogs'],
    since: 26,
    newest: { asks: 'GET /health', works: { api_url: `http://${at.victorialogs.host}:${at.victorialogs.port}` } },
    oldest: null,
  },
  store('tempo', at.tempo, answers.tempo, 'GET /api/search?'),
  api('jaeger', 'jaeger/tracing', at.jaeger, answers.jaeger(at.jaeger.path), '/api/services', '/api/*'),
  api(
    'victoriatraces',
    'jaeger/tracing',
    at.victoriatraces,
    answers.jaeger(at.victoriatraces.path),
    '/api/services',
    '/api/*',
  ),
  search('elasticsearch', at.elasticsearch, answers.elasticsearch),
  search('opensearch', at.opensearch, answers.opensearch),
  database(
    'postgresql',
    at.postgresql,
    () => serveTcp(postgresql),
    `postgresql://holmes:pw@${at.postgresql.host}:5432/app`,
    'SELECT 1',
  ),
  database('mysql', at.mysql, () => serveTcp(mysql), `mysql+pymysql://holmes:pw@${at.mysql.host}:3306/app`, 'SELECT 1'),
  database('mongodb', at.mongodb, () => serveTcp(mongodb), `mongodb://${at.mongodb.host}:27017/app`, 'ping'),
  database(
    'clickhouse',
    at.clickhouse,
    () => serveHttp(answers.clickhouse),
    `clickhouse+http://holmes:pw@${at.clickhouse.host}:8123/app`,
    'POST /',
  ),
  {
    ...product('rabbitmq', at.rabbitmq, answers.rabbitmq(rabbitUser.username, rabbitUser.password)),
    entries: ['rabbitmq/core'],
    newest: { asks: 'GET /api/overview', works: {} },
    oldest: { asks: 'GET /api/overview', works: {} },
    login: {
      credential: { username: '{{ env.RABBITMQ_USER }}', password: '{{ env.RABBITMQ_PASSWORD }}' },
      env: { RABBITMQ_USER: rabbitUser.username, RABBITMQ_PASSWORD: rabbitUser.password },
      works: { clusters: [{ ...rabbitUser, id: `rmq/${at.rabbitmq.service.metadata.name}`, api_url: rabbitUrl }] },
    },
  },
  {
    id: 'kafka',
    example: at.kafka,
    serve: () => serveTcp(kafka),
    entries: ['kafka/admin'],
    since: 0,
    newest: { asks: 'metadata', works: { clusters: [{ broker }] } },
    oldest: { asks: null, works: { kafka_clusters: [{ kafka_broker: broker }] } },
  },
  {
    ...product('argocd', at.argocd, () => null),
    entries: ['argocd/core'],
    newest: { asks: null, works: {} },
    oldest: { asks: null, works: {} },
    login: { credential: { token: '{{ env.ARGOCD_AUTH_TOKEN }}' }, env: { ARGOCD_AUTH_TOKEN: 'token' }, works: {} },
  },
];

/** Products that HolmesGPT cannot be told of in any release. */
export const withoutToolset: readonly string[] = ['redis'];
