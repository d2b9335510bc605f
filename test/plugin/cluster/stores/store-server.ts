import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { StoreApi } from '../../../../detectors/stores/types.ts';
import type { StoreAnswer, StoreQuestion } from '../../../../plugin/cluster/stores/question.ts';
import type { StoreProberOptions } from '../../../../plugin/cluster/stores/store-prober.ts';
import { StoreProber } from '../../../../plugin/cluster/stores/store-prober.ts';

/** A question about the store on this port of 127.0.0.1, in the way that discovery asks an unknown one. */
export function storeQuestion(port: number, api: StoreApi, more: Partial<StoreQuestion> = {}): StoreQuestion {
  return {
    namespace: 'team',
    url: `http://127.0.0.1:${String(port)}`,
    clusterIP: '127.0.0.1',
    api,
    tenants: [null, ...api.tenants],
    listsTenants: api.tenantList !== undefined,
    clusterLabels: api.clusterLabels,
    comparesClusters: true,
    changedAt: null,
    ...more,
  };
}

/** Asks once; `null` ends with the process. */
export async function askStore(
  question: StoreQuestion,
  options: Partial<StoreProberOptions> = {},
): Promise<StoreAnswer> {
  const { signal } = new AbortController();
  return new StoreProber({ signal, ...options }).ask(question);
}

/** A Loki with `auth_enabled: true`: of a tenant without data it answers nothing, as the real one of version 3.7.8. */
export function tenantedLoki(byTenant: Readonly<Record<string, readonly string[]>>): RequestListener {
  const tenants = new Map(Object.entries(byTenant));
  return (request, response) => {
    const tenant = request.headers['x-scope-orgid'];
    if (typeof tenant !== 'string') {
      response.writeHead(401, { 'content-type': 'text/plain' }).end('no org id\n');
      return;
    }
    const data = tenants.get(tenant);
    json(response, { status: 'success', ...(data ? { data } : {}) });
  };
}

export function json(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

/** Method, path and tenant of each request. */
export function askedOf(requests: readonly IncomingMessage[]): string[] {
  return requests.map(({ method, url, headers }) =>
    [method, url, headers['x-scope-orgid']].filter((part) => part !== undefined).join(' '),
  );
}
