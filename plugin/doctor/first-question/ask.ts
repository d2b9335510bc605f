import { tenantHeaders } from '../../../detectors/stores/tenants.ts';
import { get } from '../../cluster/probe/anonymous-get.ts';
import { addressOf, urlOf } from '../../discovery/decision.ts';
import { tenantKindOf } from '../../discovery/first-question/declared.ts';
import type { Because } from './outcomes.ts';
import { because } from './outcomes.ts';
import type { FirstQuery } from './queries.ts';
import { firstQueryOf } from './queries.ts';
import type { Target } from './targets.ts';

const windowSeconds = 4 * 3600;
/** Bytes of a response that are read. */
const maxBytes = 64 * 1024;

/** An empty response without an explanation yet. */
export type AskResult = Because | { readonly emptySelector: string };

/** Time of the questions to one backend, and their limits. */
export interface Bounds {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** For all questions to one backend. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Asks about one namespace after another until one has data, with GET only, no credential and no redirect. Never
 * throws.
 */
export async function askFirst(target: Target, namespaces: readonly string[], bounds: Bounds): Promise<AskResult> {
  const end = Math.floor(bounds.now / 1000);
  const signal = AbortSignal.any([bounds.signal, AbortSignal.timeout(bounds.timeoutMs)]);
  let emptySelector = '';
  for (const namespace of namespaces) {
    const { name, cluster, indices } = target;
    const query = firstQueryOf(target.toolset, { name, namespace, cluster, indices, start: end - windowSeconds, end });
    if (query === null) break;
    const answer = await askOnce(target, query, signal);
    if (answer !== 'empty') return answer;
    emptySelector ||= query.selector;
  }
  return { emptySelector };
}

async function askOnce(target: Target, query: FirstQuery, signal: AbortSignal): Promise<Because | 'empty'> {
  const { endpoint, tenant, hasCredential } = target;
  const headers = tenant === null ? {} : tenantHeaders(tenantKindOf(target), tenant);
  try {
    const url = `${urlOf(endpoint)}${query.path}`;
    const clusterIP = addressOf(target);
    const { status, body } = await get(url, { clusterIP, signal, withBody: true, maxBytes, headers });
    const refusal = because(hasCredential ? 'CredentialNotSent' : 'Refused', { status });
    return evaluateResponse(status, body, query, refusal);
  } catch (error) {
    return because('Unreachable', { why: whyOf(error) });
  }
}

function evaluateResponse(
  status: number,
  body: string,
  { selector, hasData, isEmpty }: FirstQuery,
  refusal: Because,
): Because | 'empty' {
  if (status >= 400 && status <= 403 && /no org id/i.test(body)) return because('TenantMissing');
  if (status === 401 || status === 403) return refusal;
  if (status !== 200 && status !== 204) return because('Failed', { status });
  if (hasData.test(body)) return because('Data', { selector });
  return isEmpty.test(body) ? 'empty' : because('OtherAnswer');
}

/** `ECONNREFUSED`, or a timeout: nothing from the backend itself. */
function whyOf(error: unknown): string {
  const { name, code } = error as { readonly name?: string; readonly code?: unknown };
  if (name === 'AbortError' || name === 'TimeoutError') return 'timed out after 5 s';
  return typeof code === 'string' && /^[A-Z_]{1,40}$/.test(code) ? code : 'the connection failed';
}
