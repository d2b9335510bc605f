import { serveHttp } from '../../holmesgpt/backends/server.ts';
import type { Answer, Reply } from '../../holmesgpt/backends/server.ts';
import { labelsOf, pods } from '../data/schemes.ts';
import { scopeOrgId } from './store.ts';
import type { StoreKind, Tenant } from './store.ts';

type Attributes = Readonly<Record<string, string>>;

/**
 * Stands in for Tempo, of which the Go module proxy has 1.5, before TraceQL, and none later. It answers searches by attributes of a
 * resource as Tempo's HTTP API does, lists their names and values, and refuses a request without a tenant where it asks
 * for one.
 */
export const tempo: StoreKind = {
  id: 'tempo',
  isReal: false,
  title: 'Tempo (stand-in)',
  service: { labels: { 'app.kubernetes.io/name': 'tempo' }, portName: 'http' },
  toolset: 'grafana/tempo',
  tenants: [null, '1', 'anonymous', 'fake', 'team-checkout'],
  tenantHeaders: scopeOrgId,
  missing: () => null,
  version: () => 'stand-in',
  names: (scheme) => scheme.traces,
  takes: () => true,
  start: (_ground, { traces, constant }, tenant) =>
    serveHttp(
      answerOf(
        pods.map((pod) => labelsOf(pod, traces, constant)),
        tenant,
      ),
    ),
  questions: ({ traces: { namespace = 'k8s.namespace.name' } }) => [
    '/api/status/buildinfo',
    '/api/search/tags',
    '/api/v2/search/tags',
    '/api/v2/search/tags?scope=resource',
    `/api/v2/search/tag/resource.${namespace}/values`,
  ],
};

function answerOf(resources: readonly Attributes[], tenant: Tenant): Answer {
  return ({ target, headers }) => {
    const { pathname, searchParams } = new URL(target, 'http://tempo');
    if (pathname === '/ready') return { body: 'ready' };
    if (pathname === '/api/status/buildinfo')
      return { body: { version: '2.9.0', branch: 'HEAD', goVersion: 'go1.25' } };
    const asked = headers['x-scope-orgid'];
    if (tenant !== null && asked === undefined) return { status: 401, body: 'no org id' };
    const own = tenant === null || asked === tenant ? resources : [];
    if (pathname === '/api/search') return search(own, searchParams.get('q') ?? '');
    const names = [...new Set(own.flatMap(Object.keys))].sort();
    if (pathname === '/api/search/tags') return { body: { tagNames: names, metrics: {} } };
    if (pathname === '/api/v2/search/tags')
      return { body: { scopes: scopes(names, searchParams.get('scope')), metrics: {} } };
    const [, tag = ''] =
      /^\/api\/v2\/search\/tag\/(?:resource\.)?(.+)\/values$/.exec(decodeURIComponent(pathname)) ?? [];
    if (tag === '') return pathname.startsWith('/api/v2/traces/') ? { body: { trace: { resourceSpans: [] } } } : null;
    const values = [...new Set(own.flatMap((one) => one[tag] ?? []))];
    return { body: { tagValues: values.map((value) => ({ type: 'string', value })), metrics: {} } };
  };
}

function scopes(names: readonly string[], only: string | null): unknown {
  const all = [
    { name: 'resource', tags: names },
    { name: 'span', tags: ['http.request.method', 'http.response.status_code'] },
    { name: 'intrinsic', tags: ['duration', 'kind', 'name', 'status'] },
  ];
  return all.filter(({ name, tags }) => tags.length > 0 && (only === null || only === name));
}

/** Conditions on attributes, joined by `&&`; any other TraceQL is refused, so that no question passes unread. */
function search(resources: readonly Attributes[], query: string): Reply {
  const [, inner] = /^\s*\{(.*)\}\s*$/.exec(query) ?? [];
  const conditions = (inner ?? '')
    .split('&&')
    .map((part) => /^\s*(?:resource)?\.(\S+?)\s*(=~|=)\s*"(.*)"\s*$/.exec(part));
  if (inner === undefined || conditions.includes(null)) return { status: 400, body: `invalid TraceQL query: ${query}` };
  const found = resources.filter((attributes) =>
    conditions.every((condition) => {
      const [, name = '', operator, value = ''] = condition ?? [];
      const own = attributes[name];
      return own !== undefined && (operator === '=' ? own === value : new RegExp(`^(?:${value})$`).test(own));
    }),
  );
  const traces = found.map((attributes, index) => ({
    traceID: String(index + 1).padStart(32, '0'),
    rootServiceName: attributes['service.name'] ?? '<root span not yet received>',
    rootTraceName: 'GET /',
    startTimeUnixNano: `${Date.now()}000000`,
    durationMs: 12,
  }));
  return { body: { traces, metrics: {} } };
}
