import type { Cluster } from '../cluster/state.ts';
import type { Caches } from './caches.ts';

/** `Cluster` answered from the caches. Like the API server, it answers whole or throws: unsynced, or out of scope. */
export type WarmCluster = (caches: Caches<unknown>, now: () => number) => Cluster;
