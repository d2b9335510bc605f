import { serveHttp } from '../holmesgpt/backends/server.ts';
import type { Answer, Backend, Received } from '../holmesgpt/backends/server.ts';
import type { Exchange, Recording } from './recordings.ts';

/** Parameters that choose a time or bound an answer: a recording is of everything, whenever it is asked. */
const unread: ReadonlySet<string> = new Set(['start', 'end', 'since', 'time', 'limit']);

/** Answers GET requests as the recorded store did; to what it was not asked, 404 with a text that says so. */
export async function replay(recording: Recording): Promise<Backend> {
  return serveHttp(answerOf(recording));
}

/** The same without a server. */
export function answerOf({ store, exchanges, tenant }: Recording): Answer {
  return (request) => {
    const exchange = exchanges.find((one) => fits(one, request, tenant));
    if (!exchange) return { status: 404, body: `not recorded of ${store}: ${request.target}` };
    const { status, contentType, body } = exchange;
    return { status, headers: contentType === '' ? {} : { 'content-type': contentType }, body };
  };
}

/** A tenant that is neither absent nor the right one stands for all wrong ones. */
function fits({ target, headers }: Exchange, request: Received, tenant: string | null): boolean {
  if (request.method !== 'GET' || normal(target) !== normal(request.target)) return false;
  return tenant === null || tenantIn(headers, tenant) === tenantIn(request.headers, tenant);
}

/** One of the recording's tenants, `wrong` or `none`. */
export function tenantIn(headers: Readonly<Record<string, unknown>>, tenant: string): string {
  const own = Object.entries(headers).find(([name]) => /^(x-scope-orgid|accountid)$/i.test(name));
  if (own === undefined) return 'none';
  return tenant.split(',').find((one) => one === own[1]) ?? 'wrong';
}

function normal(target: string): string {
  const { pathname, searchParams } = new URL(target, 'http://store');
  const parameters = [...searchParams].filter(([name]) => !unread.has(name)).sort();
  // VictoriaLogs has the time in the query.
  return `${pathname}?${new URLSearchParams(parameters).toString().replace(/(?<=query=)_time%3A\w+/, '*')}`;
}
