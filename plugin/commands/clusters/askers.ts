import type { Connection } from '../../cluster/connection/connection.ts';
import type { Prober } from '../../cluster/probe/probe.ts';
import { askedOnce } from '../../cluster/shared-cluster.ts';
import type { StoreReader } from '../../cluster/stores/question.ts';
import type { Settings } from '../../settings/settings.ts';

/** How backends of a cluster are asked: by the names of their Services, or through the API server that this is. */
export type Route = 'directly' | Connection;

/** What asks backends and stores; `null` for what is not asked. */
export interface Askers {
  readonly prober: Prober | null;
  readonly stores: StoreReader | null;
}

/** What asks those of a cluster, under settings for it alone. */
export type AskersIn = (route: Route, spec: Pick<Settings['spec'], 'health'>) => Askers;

interface AskersOptions {
  /** Ends everything that is asked. */
  readonly signal: AbortSignal;
  /** Nothing is asked later than this after the first. */
  readonly startWithinMs?: number;
  /** Whether Services may be asked by their names at all. */
  readonly mayAskDirectly: boolean;
  /** Called with each prober, which its result stands for. */
  readonly told?: (prober: Prober) => Prober;
}

const none: Askers = { prober: null, stores: null };

/** Loads only what asks under these settings. Each question is asked once, for however many targets. */
export async function askersFor(
  { health, cluster, clusters }: Pick<Settings['spec'], 'health' | 'cluster' | 'clusters'>,
  { mayAskDirectly, told = (prober) => prober, ...limits }: AskersOptions,
): Promise<AskersIn> {
  if (health.check !== 'http') return () => none;
  const isOther = cluster !== undefined || clusters !== undefined;
  const isProxied = health.otherClusters === 'proxy' && isOther;
  const [{ HttpProber }, { StoreProber }, proxied] = await Promise.all([
    import('../../cluster/probe/http-prober.ts'),
    import('../../cluster/stores/store-prober.ts'),
    isProxied ? import('../../cluster/probe/proxied-get.ts') : null,
  ]);
  const proberOf = (options: ConstructorParameters<typeof HttpProber>[0]): Prober => {
    const prober = new HttpProber(options);
    return askedOnce(told((request) => prober.probe(request)));
  };
  const stores = new StoreProber(limits);
  const direct = mayAskDirectly
    ? { prober: proberOf(limits), stores: askedOnce((question: Parameters<StoreReader>[0]) => stores.ask(question)) }
    : none;
  const through = new WeakMap<Connection, Askers>();
  return (route, { health: { check } }) => {
    if (check !== 'http') return none;
    if (route === 'directly') return direct;
    if (!proxied) return none;
    // What only a store can answer is told by Git there.
    const { proxiedGet, maxProxied } = proxied;
    const askers = through.get(route) ?? {
      prober: proberOf({ ...limits, through: { get: proxiedGet(route), maxConcurrent: maxProxied } }),
      stores: null,
    };
    through.set(route, askers);
    return askers;
  };
}
