import type { Connection } from '../../cluster/connection/connection.ts';
import type { Prober } from '../../cluster/probe/probe.ts';
import { memoizeByJson } from '../../cluster/shared-cluster.ts';
import type { StoreReader } from '../../cluster/stores/question.ts';
import type { Settings } from '../../settings/settings.ts';

/** How to reach a cluster's backends: by Service name, or through this API server. */
export type Route = 'directly' | Connection;

/** Probers for backends and stores; `null` for those not to be asked. */
export interface Probers {
  readonly prober: Prober | null;
  readonly stores: StoreReader | null;
}

/** The probers of a cluster, under settings for it alone. */
export type ProbersIn = (route: Route, spec: Pick<Settings['spec'], 'health'>) => Probers;

interface ProbersOptions {
  /** Ends all requests. */
  readonly signal: AbortSignal;
  /** No request starts later than this after the first. */
  readonly startWithinMs?: number;
  /** Whether Services may be asked by name at all. */
  readonly mayAskDirectly: boolean;
  /** Wraps each prober. */
  readonly wrapProber?: (prober: Prober) => Prober;
}

const noProbers: Probers = { prober: null, stores: null };

/** Loads only what these settings need. Each question is asked once, however many targets there are. */
export async function probersFor(
  { health, cluster, clusters }: Pick<Settings['spec'], 'health' | 'cluster' | 'clusters'>,
  { mayAskDirectly, wrapProber = (prober) => prober, ...limits }: ProbersOptions,
): Promise<ProbersIn> {
  if (health.check !== 'http') return () => noProbers;
  const isOther = cluster !== undefined || clusters !== undefined;
  const isProxied = health.otherClusters === 'proxy' && isOther;
  const [{ HttpProber }, { StoreProber }, proxied] = await Promise.all([
    import('../../cluster/probe/http-prober.ts'),
    import('../../cluster/stores/store-prober.ts'),
    isProxied ? import('../../cluster/probe/proxied-get.ts') : null,
  ]);
  const proberOf = (options: ConstructorParameters<typeof HttpProber>[0]): Prober => {
    const prober = new HttpProber(options);
    return memoizeByJson(wrapProber((request) => prober.probe(request)));
  };
  const stores = new StoreProber(limits);
  const direct = mayAskDirectly
    ? {
        prober: proberOf(limits),
        stores: memoizeByJson((question: Parameters<StoreReader>[0]) => stores.ask(question)),
      }
    : noProbers;
  const through = new WeakMap<Connection, Probers>();
  return (route, { health: { check } }) => {
    if (check !== 'http') return noProbers;
    if (route === 'directly') return direct;
    if (!proxied) return noProbers;
    // Facts that only a store knows have to be set in Git there.
    const { proxiedGet, maxProxied } = proxied;
    const probers = through.get(route) ?? {
      prober: proberOf({ ...limits, through: { get: proxiedGet(route), maxConcurrent: maxProxied } }),
      stores: null,
    };
    through.set(route, probers);
    return probers;
  };
}
