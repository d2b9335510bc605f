import { until } from '../../support/until.ts';
import { watchCluster } from '../support/caches.ts';

/** A process of its own that watches, stops, and must end by itself; says so when it does. */
const watching = watchCluster(process.argv[2]!);
await until('all is synced', watching.caches.isSynced);
await watching.stop();
process.once('exit', () => {
  console.log('ended');
});
