import { until } from '../../support/until.ts';
import { watchCluster } from '../support/caches.ts';

/** A process of its own that watches, stops, and must end by itself. Prints how long after it stopped it did. */
const watching = watchCluster(process.argv[2]!);
await until('all is synced', watching.caches.isSynced);
const stopped = performance.now();
await watching.stop();
process.once('exit', () => {
  console.log(`synced ${String(performance.now() - stopped)}`);
});
