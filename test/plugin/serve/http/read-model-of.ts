import { systemClock } from '../../../../plugin/lib/clock.ts';
import { ChangeFeed } from '../../../../plugin/serve/http/state/change-feed.ts';
import { ConfigMapHistory } from '../../../../plugin/serve/http/state/config-map-history.ts';
import { RequestHistory } from '../../../../plugin/serve/http/state/request-history.ts';
import type { ReadModel } from '../../../../plugin/serve/http/state/read-model.ts';
import { createReadModel } from '../../../../plugin/serve/http/state/read-model.ts';
import { ServiceHistory } from '../../../../plugin/serve/http/state/service-history.ts';
import { hubIdentity } from '../../../../plugin/serve/reconcile/evaluation/inputs.ts';
import type { ReconcilerOptions } from '../../../../plugin/serve/reconcile/reconciler.ts';
import { Reconciler } from '../../../../plugin/serve/reconcile/reconciler.ts';
import { apiConnection } from '../../../support/api.ts';
import type { ClusterModel } from '../cluster-model.ts';
import { noLinks } from '../config-map-status.ts';

/** Nothing is asked of a backend. */
export const nothingProbed = (): Promise<never> => Promise.reject(new Error('nothing is probed'));

/** What the API shows of a cluster in memory, once all of its ConfigMaps have been evaluated. */
export async function readModelOf(
  model: ClusterModel,
  signal: AbortSignal,
  {
    grantOf = () => null,
    cluster = 'in-cluster',
  }: Partial<Pick<ReconcilerOptions, 'grantOf'> & { cluster: string }> = {},
): Promise<ReadModel> {
  const changes = new ChangeFeed(signal);
  const reconciler = new Reconciler({
    caches: model.caches,
    signal,
    prober: nothingProbed,
    evidence: model.cluster,
    stores: () => Promise.resolve({ noFacts: 'Credential' }),
    here: hubIdentity,
    grantOf,
    permits: () => Promise.resolve(true),
    onBug: (error) => {
      throw error;
    },
    onStatus: (after, before) => {
      changes.statusChanged(after, before);
    },
  });
  reconciler.start();
  await reconciler.enqueueAndWait([]);
  const parts = { cluster, connection: apiConnection, caches: model.caches, reconciler, changes };
  const configMapHistory = new ConfigMapHistory(systemClock);
  const seen = {
    requestHistory: new RequestHistory(systemClock, () => true),
    serviceHistory: new ServiceHistory(systemClock),
    configMapHistory,
  };
  return {
    ...createReadModel({ ...parts, ...seen, clock: systemClock, links: noLinks, signal }),
    read: (key) => Promise.resolve({ annotations: model.caches.configMaps.get(key)?.annotations ?? {}, data: {} }),
  };
}
