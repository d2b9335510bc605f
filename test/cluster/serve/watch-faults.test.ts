import { expect } from 'chai';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RestartCause } from '../../../plugin/serve/cache/reflector-health.ts';
import { applicationDefinition } from '../parts/definitions.ts';
import { selfSigned } from '../../support/certificate.ts';
import { until } from '../../support/until.ts';
import { missingTools } from '../../tools/build.ts';
import { realPart } from '../../support/real-part.ts';
import { service } from '../support/backends.ts';
import { watchCluster } from '../support/caches.ts';
import type { Watching } from '../support/caches.ts';
import { clusterTools } from '../parts/cluster.ts';
import { acquireCluster } from '../parts/pool.ts';
import type { Cluster } from '../parts/cluster.ts';
import { startFaultProxy } from '../faults/fault-proxy.ts';
import type { FaultProxy } from '../faults/fault-proxy.ts';
import type { Fault } from '../faults/faults.ts';
import type { Rule } from '../support/rbac.ts';
import { parse } from 'yaml';

const faults: readonly { readonly title: string; readonly fault: Fault; readonly cause: RestartCause }[] = [
  { title: 'hangs', fault: { kind: 'hang', afterBytes: 0 }, cause: 'silent' },
  { title: 'breaks off in the middle of an event', fault: { kind: 'cut', afterBytes: 200 }, cause: 'unreachable' },
  { title: 'is closed repeatedly', fault: { kind: 'truncate', afterBytes: 0 }, cause: 'closed' },
  { title: 'ends in the middle of an event', fault: { kind: 'truncate', afterBytes: 200 }, cause: 'invalid' },
  {
    title: 'is answered with HTML',
    fault: { kind: 'replace', body: '<html>log in</html>', contentType: 'text/html' },
    cause: 'invalid',
  },
  {
    title: 'is throttled',
    fault: { kind: 'status', status: 429, headers: { 'retry-after': '1' } },
    cause: 'throttled',
  },
  { title: 'has expired', fault: { kind: 'status', status: 410 }, cause: 'expired' },
  { title: 'fails', fault: { kind: 'status', status: 500 }, cause: 'failed' },
  { title: 'is unauthorized', fault: { kind: 'status', status: 401 }, cause: 'unauthorized' },
];

describe('cluster/serve/watch-faults', () => {
  let cluster: Cluster;
  let proxy: FaultProxy | undefined;
  let watching: Watching | undefined;
  /** What happens to each watch of Services. */
  let fault: Fault | null;

  before(async function () {
    const available = missingTools(clusterTools).length === 0;
    if (!realPart('kube-apiserver', available, 'node test/tools/build.ts')) this.skip();
    cluster = await acquireCluster();
    await cluster.apply([applicationDefinition, service('team', 'always', 80)]);
    await until('Applications are served', async () => {
      const { status } = await cluster.request('GET', '/apis/argoproj.io/v1alpha1/applications');
      return status === 200;
    });
  });

  after(async () => {
    // Unset when the suite was skipped.
    await (cluster as Cluster | undefined)?.stop();
  });

  beforeEach(() => {
    fault = null;
  });

  afterEach(async () => {
    await watching?.stop();
    await proxy?.stop();
    watching = undefined;
    proxy = undefined;
  });

  async function startProxy(identity: Parameters<typeof startFaultProxy>[0] = cluster, port = 0): Promise<FaultProxy> {
    const isHit = (url: string): boolean => url.startsWith('/api/v1/services?watch=true');
    proxy = await startFaultProxy(identity, ({ url }) => (isHit(url) ? fault : null), port);
    return proxy;
  }

  function watch(kubeconfig: string, silentMs = 150_000): Watching {
    watching = watchCluster(kubeconfig, { silentMs });
    return watching;
  }

  async function create(name: string): Promise<void> {
    await cluster.apply([service('team', name, 80)]);
  }

  async function remove(name: string): Promise<void> {
    await cluster.request('DELETE', `/api/v1/namespaces/team/services/${name}`);
  }

  for (const { title, fault: injected, cause } of faults) {
    it(`converges once a watch that ${title} works again`, async () => {
      const { url } = await startProxy();
      await create('doomed');
      fault = injected;
      const { caches, restarts } = watch(await cluster.kubeconfig({ server: url }), 2_000);
      await until('all is synced', caches.isSynced);

      await create('late');
      await remove('doomed');
      const mine = (): typeof restarts => restarts.filter(({ collection }) => collection === 'services');
      await until(`the watch ends: ${cause}`, () => mine().some((restart) => restart.cause === cause));
      fault = null;
      await until('what is there now', () => caches.services.get('team/late') !== undefined);
      await until('what is gone', () => caches.services.get('team/doomed') === undefined);
      await until('the watch', () => caches.health('services').watching);

      expect(caches.health('services')).to.include({ synced: true, lastError: null });
      expect(caches.health('services').restarts[cause]).to.be.above(0);
      await remove('late');
      await until('events come again', () => caches.services.get('team/late') === undefined);
    });
  }

  it('keeps its state while the API server is down, and catches up afterwards', async () => {
    await create('doomed');
    const { caches, restarts } = watch(await cluster.kubeconfig());
    await until('all is synced', caches.isSynced);
    await until('the watch', () => caches.health('services').watching);

    await cluster.stopApiServer();
    await until('it is missed', () => !caches.health('services').watching);
    const away = caches.health('services');
    expect(caches.services.get('team/doomed')).to.not.equal(undefined);
    await cluster.startApiServer();
    // More versions than a new API server remembers: the watch cannot go on where it was.
    await remove('doomed');
    await create('late');
    await until('what it missed', () => caches.services.get('team/late') !== undefined);

    expect(away).to.include({ synced: true, watching: false });
    expect(restarts.some(({ cause }) => cause === 'unreachable' || cause === 'closed')).to.equal(true);
    expect(caches.services.get('team/doomed')).to.equal(undefined);
    await remove('late');
  });

  it('lists again after a real 410 for a version that the API server has forgotten', async () => {
    const { url } = await startProxy();
    await create('doomed');
    const { caches, restarts } = watch(await cluster.kubeconfig({ server: url }), 2_000);
    await until('the watch', () => caches.health('services').watching);
    const before = restarts.length;

    // Nothing is heard of what happens now, and an API server that starts afterwards knows nothing of before.
    fault = { kind: 'status', status: 429 };
    await cluster.stopApiServer();
    await cluster.startApiServer();
    await remove('doomed');
    await cluster.stopApiServer();
    await cluster.startApiServer();
    fault = null;
    await until('the deletion', () => caches.services.get('team/doomed') === undefined);

    expect(restarts.slice(before).map(({ collection, cause }) => `${collection} ${cause}`)).to.include(
      'services expired',
    );
  });

  it('uses a new CA and a new token once their files change', async () => {
    const files = join(cluster.folder, 'rotated');
    const { key, cert } = selfSigned('rotated');
    await writeFile(`${files}.key`, key);
    await writeFile(`${files}.crt`, cert);
    await copyFile(cluster.caFile, `${files}-ca.crt`);
    await writeFile(`${files}-token`, 'stale');
    const first = await startProxy();
    const port = Number(new URL(first.url).port);
    const kubeconfig = await cluster.kubeconfig({
      server: first.url,
      caFile: `${files}-ca.crt`,
      user: { tokenFile: `${files}-token` },
    });
    const { caches } = watch(kubeconfig);
    await until('the refusal', () => caches.health('services').restarts.unauthorized > 0);
    expect(caches.isSynced()).to.equal(false);

    await writeFile(`${files}-token`, cluster.adminToken);
    await until('the new token', () => caches.health('services').watching);
    await first.stop();
    await startProxy({ ...cluster, certFile: `${files}.crt`, keyFile: `${files}.key` }, port);
    await until(
      'a certificate of an unknown authority',
      () => (caches.health('services').lastError ?? '').includes('certificate'),
      30_000,
    );
    await writeFile(`${files}-ca.crt`, `${await readFile(cluster.caFile, 'utf8')}${cert}`);
    await until('the new CA', () => caches.health('services').watching);
    await create('late');
    await until('events', () => caches.services.get('team/late') !== undefined);

    await remove('late');
  });

  it('names the missing RBAC rules, and resumes once they are granted', async () => {
    const account = { namespace: 'argocd', name: 'serve' };
    await cluster.apply([{ apiVersion: 'v1', kind: 'ServiceAccount', metadata: account }]);
    const kubeconfig = await cluster.kubeconfig({ token: await cluster.serviceAccountToken('argocd', 'serve') });
    const { caches } = watch(kubeconfig);
    const names = ['services', 'endpoints', 'namespaces', 'configMaps', 'applications'] as const;
    await until('every refusal', () => names.every((name) => caches.health(name).restarts.forbidden > 0));

    const rules = names.map((name) => {
      const [, rule] = /add to a ClusterRole of the program's service account: (.*)$/.exec(
        caches.health(name).lastError!,
      )!;
      return parse(rule!) as Rule;
    });
    expect(caches.isSynced()).to.equal(false);
    await cluster.apply([
      { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'serve' }, rules },
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRoleBinding',
        metadata: { name: 'serve' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'serve' },
        subjects: [{ kind: 'ServiceAccount', ...account }],
      },
    ]);

    await until('all is synced', caches.isSynced);
    await until('all is watched', () => names.every((name) => caches.health(name).watching));
  });
});
