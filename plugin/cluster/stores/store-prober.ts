import { tenantHeaders } from '../../../detectors/stores/tenants.ts';
import type { NamesRequest } from '../../../detectors/stores/types.ts';
import type { Clock } from '../../lib/clock.ts';
import { systemClock } from '../../lib/clock.ts';
import { FairSlots } from '../fair-slots.ts';
import type { Answer } from '../probe/anonymous-get.ts';
import { get } from '../probe/anonymous-get.ts';
import { accountsIn, clustersIn, indicesIn, namesIn } from './answers.ts';
import type { StoreAnswer, StoreContent, StoreQuestion, NoFactsReason } from './question.ts';

/** Stores asked at once. */
const maxConcurrent = 32;
/** Stores asked in one run; the rest are asked in the next one. */
const maxQuestions = 200;
/** Most requests to one store. */
const maxRequests = 4;
const defaultTimeoutMs = 3_000;
/** Largest response: about 25,000 names. */
const maxBytes = 512 * 1024;

export interface StoreProberOptions {
  /** Ends all requests. */
  readonly signal: AbortSignal;
  /** No store is asked later than this after the first one; without it, every store gets its turn. */
  readonly startWithinMs?: number;
  /** For all requests to one store together; 3 s by default. */
  readonly timeoutMs?: number;
  readonly clock?: Clock;
}

/** Asks stores what a first query needs, with GET requests only and without a credential. */
export class StoreProber {
  readonly #signal: AbortSignal;
  readonly #startWithinMs: number;
  readonly #timeoutMs: number;
  readonly #clock: Clock;
  readonly #slots = new FairSlots(maxConcurrent);
  #startedAt: number | null = null;
  #questions = 0;

  constructor(options: StoreProberOptions) {
    const { signal, startWithinMs = Infinity, timeoutMs = defaultTimeoutMs, clock = systemClock } = options;
    this.#signal = signal;
    this.#timeoutMs = timeoutMs;
    this.#startWithinMs = startWithinMs;
    this.#clock = clock;
  }

  async ask(question: StoreQuestion): Promise<StoreAnswer> {
    const startedAt = (this.#startedAt ??= this.#clock.now());
    await this.#slots.acquire(question.namespace);
    try {
      this.#questions += 1;
      const isLate = this.#startWithinMs < Infinity && this.#questions > maxQuestions;
      if (isLate || this.#clock.now() - startedAt > this.#startWithinMs) return { noFacts: 'NotAsked' };
      const signal = AbortSignal.any([this.#signal, AbortSignal.timeout(this.#timeoutMs)]);
      return await new Conversation(question, signal).run();
    } finally {
      this.#slots.release();
    }
  }
}

/** What one request reveals about a store. */
type NamesResult = { readonly names: readonly string[] } | { readonly noFacts: NoFactsReason | 'UnknownPath' };

/** The requests to one store. */
class Conversation {
  readonly #question: StoreQuestion;
  readonly #signal: AbortSignal;
  #requests = 0;

  constructor(question: StoreQuestion, signal: AbortSignal) {
    this.#question = question;
    this.#signal = signal;
  }

  async run(): Promise<StoreAnswer> {
    const listed = await this.#askTenants();
    const isListed = listed !== null && listed !== 'many';
    const tenants = isListed ? listed : this.#question.tenants;
    let last: NoFactsReason = 'Empty';
    for (const [index, tenant] of tenants.entries()) {
      const result = await this.#askNames(tenant);
      if (result === null) break;
      if ('names' in result) {
        const content = await this.#contentOf(tenant, result.names);
        return { content: isListed ? { ...content, tenants: listed.slice(index) } : content };
      }
      last = result.noFacts === 'UnknownPath' ? 'Other' : result.noFacts;
      if (last !== 'Empty' && last !== 'Tenant') break;
    }
    if (last === 'Empty' && listed === 'many') return { noFacts: 'ManyTenants' };
    return { noFacts: last === 'Empty' && this.#wantsTenant ? 'Tenant' : last };
  }

  /** Its tenants; `null` if it lists none besides the default one, or refuses to. */
  async #askTenants(): Promise<readonly string[] | 'many' | null> {
    const { listsTenants, api } = this.#question;
    if (!listsTenants || api.tenantList === undefined) return null;
    const answer = await this.#get(api.tenantList, null);
    if (answer?.status !== 200) return null;
    const accounts = answer.isCut ? 'many' : accountsIn(answer.body);
    const [only, ...others] = accounts;
    return only === undefined || (only === '0:0' && others.length === 0) ? null : accounts;
  }

  /** Whether it once asked for a tenant. */
  #wantsTenant = false;

  /** Number of name-listing paths that it does not know: they are not tried again for another tenant. */
  #unknownPaths = 0;

  /** The names by the first path that it knows; `null` if no requests are left. */
  async #askNames(tenant: string | null): Promise<NamesResult | null> {
    let result: NamesResult | null = null;
    for (const request of this.#question.api.names.slice(this.#unknownPaths)) {
      if (this.#requests >= maxRequests) break;
      result = await this.#askBy(request, tenant);
      if ('names' in result || result.noFacts !== 'UnknownPath') break;
      this.#unknownPaths += 1;
    }
    if (result && 'noFacts' in result && result.noFacts === 'Tenant') this.#wantsTenant = true;
    return result;
  }

  async #askBy({ path, form }: NamesRequest, tenant: string | null): Promise<NamesResult> {
    const answer = await this.#get(path, tenant);
    if (answer === null) return { noFacts: 'Silent' };
    const { status, body } = answer;
    if (status === 404) return { noFacts: 'UnknownPath' };
    if (status >= 400 && status <= 403 && /no org id/i.test(body)) return { noFacts: 'Tenant' };
    if (status === 401 || status === 403) return { noFacts: 'Credential' };
    if (status !== 200 && status !== 204) return { noFacts: 'Other' };
    if (answer.isCut) return { noFacts: 'TooLong' };
    const names = status === 204 ? [] : namesIn(body, form);
    if (names === null) return { noFacts: 'Other' };
    return names.length === 0 ? { noFacts: 'Empty' } : { names };
  }

  async #contentOf(tenant: string | null, listed: readonly string[]): Promise<StoreContent> {
    const { api, clusterLabels } = this.#question;
    const known = new Set([...Object.values(api.labels).flat(), ...clusterLabels]);
    const names = new Set(listed.filter((name) => known.has(name)));
    const clusterLabel = clusterLabels.find((label) => names.has(label)) ?? null;
    const firstOf = (some: readonly string[]): string | undefined => some.find((label) => names.has(label));
    const namespace = firstOf(api.labels.namespace ?? []);
    const field = firstOf(Object.values(api.labels).flat());
    const clusters =
      clusterLabel === null || namespace === undefined
        ? null
        : await this.#askClusters(tenant, { cluster: clusterLabel, namespace });
    const indices = field === undefined ? null : await this.#askIndices(tenant, field);
    const content = { tenants: tenant === null ? [] : [tenant], names, clusterLabel, clusters };
    return indices === null ? content : { ...content, indices };
  }

  async #askClusters(
    tenant: string | null,
    labels: { readonly cluster: string; readonly namespace: string },
  ): Promise<StoreContent['clusters']> {
    const { api, comparesClusters } = this.#question;
    if (!comparesClusters || !api.clusters || this.#requests >= maxRequests) return null;
    const filled = api.clusters.path
      .replaceAll('{cluster}', labels.cluster)
      .replaceAll('{namespace}', labels.namespace);
    const answer = await this.#get(filled, tenant);
    if (answer?.status !== 200 || answer.isCut) return null;
    return clustersIn(answer.body, api.clusters, labels);
  }

  async #askIndices(tenant: string | null, field: string): Promise<readonly string[] | null> {
    const { indices } = this.#question.api;
    if (indices === undefined || this.#requests >= maxRequests) return null;
    const answer = await this.#get(indices.replace('{field}', encodeURIComponent(field)), tenant);
    return answer?.status !== 200 || answer.isCut ? null : indicesIn(answer.body);
  }

  /** `null` without a response. */
  async #get(path: string, tenant: string | null): Promise<Answer | null> {
    const { url, clusterIP, api } = this.#question;
    this.#requests += 1;
    const headers = tenant === null ? {} : tenantHeaders(api.tenantKind, tenant);
    try {
      return await get(`${url}${path}`, { clusterIP, signal: this.#signal, withBody: true, maxBytes, headers });
    } catch {
      return null;
    }
  }
}
