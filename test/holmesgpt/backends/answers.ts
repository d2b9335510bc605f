import type { Answer, Received, Reply } from './server.ts';

/** Prometheus' API below a path, as every server that speaks PromQL has it. */
export function promql(path: string, ...more: readonly string[]): Answer {
  const query = { body: { status: 'success', data: { resultType: 'vector', result: [] } } };
  return paths({
    [`${path}/api/v1/query`]: query,
    [`${path}/api/v1/status/buildinfo`]: { body: { status: 'success', data: { version: '3.0.0' } } },
    ...Object.fromEntries(more.map((one) => [one, { body: 'OK' }])),
  });
}

/** The server itself has paths for its health, which those that only speak its language lack. */
export const prometheus = promql('', '/-/healthy', '/-/ready');

export const alertmanager = paths({ '/api/v2/status': { body: { cluster: {}, versionInfo: {}, config: {} } } });

/** What Grafana tells everybody, and what it tells to those that log in. */
export function grafana(isAllowed: (request: Received) => boolean = () => true): Answer {
  const open = paths({ '/api/health': { body: { database: 'ok', version: '12.0.0' } } });
  const closed = paths({ '/api/dashboards/tags': { body: [] }, '/api/search': { body: [] } });
  return (request) => {
    const denied = closed(request) && !isAllowed(request);
    return denied ? { status: 401, body: { message: 'Unauthorized' } } : (closed(request) ?? open(request));
  };
}

export const loki = paths({
  '/ready': { body: 'ready' },
  '/loki/api/v1/status/buildinfo': { body: { version: '3.5.0' } },
  '/loki/api/v1/labels': { body: { status: 'success', data: [] } },
  '/loki/api/v1/query_range': { body: { status: 'success', data: { resultType: 'streams', result: [] } } },
});

/** nginx in front of it: it knows the API and the root, not Loki's own health. */
export const lokiGateway: Answer = (request) => {
  if (pathOf(request) === '/') return { body: 'OK' };
  return pathOf(request).startsWith('/loki/') ? loki(request) : null;
};

export const tempo = paths({
  '/ready': { body: 'ready' },
  '/api/echo': { body: 'echo' },
  '/api/status/buildinfo': { body: { version: '2.8.0' } },
  '/api/search': { body: { traces: [], metrics: {} } },
});

export const elasticsearch = paths({
  '/': { body: { name: 'es-0', cluster_name: 'logs', tagline: 'You Know, for Search' } },
  '/_cluster/health': { body: { cluster_name: 'logs', status: 'yellow' } },
});

export const opensearch = paths({
  '/': { body: { name: 'os-0', version: { distribution: 'opensearch' }, tagline: 'The OpenSearch Project' } },
  '/_cluster/health': { body: { cluster_name: 'logs', status: 'green' } },
});

export const victorialogs = paths({
  '/health': { body: 'OK' },
  '/select/logsql/field_names': { body: { values: [] } },
});

/** Jaeger's query API below a path. */
export function jaeger(path = ''): Answer {
  return paths({ [`${path}/api/services`]: { body: { data: [], total: 0, errors: null } } });
}

/** The management API, for one user. */
export function rabbitmq(user: string, password: string): Answer {
  const basic = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const api = paths({ '/api/overview': { body: { rabbitmq_version: '4.1.0', cluster_name: 'rabbit' } } });
  return (request) =>
    request.headers.authorization === basic ? api(request) : { status: 401, body: { error: 'not_authorized' } };
}

/** The HTTP interface: a table with its columns' names and types above it. */
export const clickhouse: Answer = ({ body }) => {
  const value = /version\(\)/i.test(body) ? ['version()', 'String', '25.3.1'] : ['1', 'UInt8', '1'];
  return { headers: { 'content-type': 'text/tab-separated-values' }, body: `${value.join('\n')}\n` };
};

/** Answers by path, whatever the query. */
function paths(replies: Readonly<Record<string, Reply>>): Answer {
  return (request) => replies[pathOf(request)] ?? null;
}

function pathOf({ target }: Received): string {
  return target.split('?', 1)[0]!;
}
