import type { Clock } from '../../lib/clock.ts';
import { keyOf } from '../../lib/object-key.ts';
import type { ApplicationView, ManagedResource } from '../../argocd/application.ts';

/**
 * Result of a request:
 * - `accepted`: Argo CD carries it out
 * - `changed`: the Application has changed since it was read, or is gone; an event about it follows
 * - `busy`: another operation is in progress, which applies the same manifests
 * - `deferred`: sync windows may deny it; Argo CD's self-heal syncs when they allow it
 */
export type RequestOutcome = 'accepted' | 'changed' | 'busy' | 'deferred';

/** The two requests to Argo CD. Both reject with a `PluginError` if the request fails. */
export interface ArgoCdClient {
  /** Regenerates the manifests, bypassing Argo CD's cache. */
  readonly refresh: (application: ApplicationView) => Promise<RequestOutcome>;
  /** Applies only these ConfigMaps, without pruning, as an automated sync. */
  readonly sync: (application: ApplicationView, configMaps: readonly ManagedResource[]) => Promise<RequestOutcome>;
}

const checkedMs = 10_000;

/**
 * Applications whose sync windows were checked and whose sync has no response yet. A sync sent again within 10 s skips
 * the check, so that an overloaded server gets one extra request, not two.
 */
export class CheckedWindows {
  readonly #now: Clock['now'];
  readonly #until = new Map<string, number>();

  constructor({ now }: Pick<Clock, 'now'>) {
    this.#now = now;
  }

  has(application: ApplicationView): boolean {
    return this.#now() < (this.#until.get(keyOf(application)) ?? -Infinity);
  }

  /** Sends the sync of an Application whose windows allow it. */
  async send(application: ApplicationView, sync: () => Promise<RequestOutcome>): Promise<RequestOutcome> {
    const now = this.#now();
    for (const [key, until] of this.#until) if (until <= now) this.#until.delete(key);
    if (!this.has(application)) this.#until.set(keyOf(application), now + checkedMs);
    const outcome = await sync();
    this.#until.delete(keyOf(application));
    return outcome;
  }
}
