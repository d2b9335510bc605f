import { setFlagsFromString } from 'node:v8';
import { connect } from '../../plugin/cluster/connection.ts';
import { metadataView } from '../../plugin/cluster/view.ts';
import { startCaches } from '../../plugin/serve/caches.ts';

// As plugin/main.ts and the command have it.
setFlagsFromString('--semi-space-growth-factor=1');
setFlagsFromString('--heap-growing-percent=15');

/** What the process has used so far. `told` counts the changes that listeners heard of. */
export interface Usage {
  readonly cpuMs: number;
  readonly rssMB: number;
  readonly told: number;
  readonly services: number;
}

/** The caches alone, in a process of their own. Says when they are synced; answers each message with what it cost. */
const start = performance.now();
const stop = new AbortController();
const connection = connect({ kubeconfig: process.argv[2]! });
let told = 0;
const caches = startCaches({
  ...{ connection, scope: 'cluster', applications: 'cluster', signal: stop.signal },
  resyncMs: Number(process.argv[3]),
  applicationView: metadataView,
});
caches.onChange(({ keys }) => {
  told += keys.length;
});
const poll = setInterval(() => {
  if (!caches.isSynced()) return;
  clearInterval(poll);
  process.send?.({ syncedMs: performance.now() - start });
}, 5);
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  const { rss } = process.memoryUsage();
  process.send?.({ cpuMs: (user + system) / 1000, rssMB: rss / 2 ** 20, told, services: caches.services.size });
});
process.once('disconnect', () => {
  stop.abort();
  void caches.done.then(() => {
    connection.close();
  });
});
