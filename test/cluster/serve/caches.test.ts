import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { detectors } from '../../../detectors/index.ts';
import { keptOf, namedKeys } from '../../../plugin/discovery/kept-keys.ts';
import { applicationDefinition } from '../parts/definitions.ts';
import { until } from '../../support/until.ts';
import { missingTools } from '../../tools/build.ts';
import { realPart } from '../../support/real-part.ts';
import { endpointSlice, service } from '../support/backends.ts';
import { application, managedConfigMap, watchCluster } from '../support/caches.ts';
import type { Watching } from '../support/caches.ts';
import { clusterTools } from '../parts/cluster.ts';
import type { Cluster } from '../parts/cluster.ts';
import type { KubeObject } from '../parts/objects.ts';
import { acquireCluster } from '../parts/pool.ts';

describe('cluster/serve/caches', () => {
  let cluster: Cluster;
  let kubeconfig: string;
  let watching: Watching | undefined;

  before(async function () {
    const available = missingTools(clusterTools).length === 0;
    if (!realPart('kube-apiserver', available, 'node test/tools/build.ts')) this.skip();
    cluster = await acquireCluster();
    kubeconfig = await cluster.kubeconfig();
  });

  after(async () => {
    // Unset when the suite was skipped.
    await (cluster as Cluster | undefined)?.stop();
  });

  afterEach(async () => {
    await watching?.stop();
    watching = undefined;
  });

  async function synced(options: Parameters<typeof watchCluster>[1] = {}): Promise<Watching> {
    watching = watchCluster(kubeconfig, options);
    await until('all is synced', watching.caches.isSynced);
    return watching;
  }

  async function remove(path: string): Promise<void> {
    await cluster.request('DELETE', path);
  }

  it('reports a custom resource that is not installed, and finds it once it is', async () => {
    watching = watchCluster(kubeconfig);
    const { caches } = watching;
    await until('the missing Applications', () => caches.health('applications').lastError !== null);
    const before = caches.health('applications');
    expect(caches.isSynced()).to.equal(false);

    await cluster.apply([applicationDefinition, application('argocd', 'first')]);
    await until('the Application', () => caches.applications.get('argocd/first') !== undefined);
    await until('everything', caches.isSynced);

    expect(before).to.include({ synced: false, watching: false });
    expect(before.lastError).to.match(/serves no applications\.argoproj\.io \(404\); install what defines/);
    expect(caches.health('applications')).to.include({ synced: true, lastError: null });
  });

  it('follows every collection, and notifies of what has changed', async () => {
    const { caches, changes } = await synced();
    const before = changes.length;

    await cluster.apply([
      service('team', 'prometheus', 9090),
      endpointSlice('team', 'prometheus', { ready: 1 }),
      { ...endpointSlice('team', 'prometheus', { notReady: 2 }), ...named('team', 'prometheus-2', 'prometheus') },
      managedConfigMap('team', 'toolsets', 'sha256:1'),
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: 'team', name: 'others' }, data: {} },
      application('argocd', 'second'),
    ]);
    await cluster.request('PATCH', '/api/v1/namespaces/team', { metadata: { labels: { tier: 'gold' } } }, mergePatch);
    const all = [
      () => caches.services.get('team/prometheus')?.ports[0]?.port === 9090,
      () => caches.endpointsOf('team/prometheus')?.ready === 1 && caches.endpointsOf('team/prometheus')?.notReady === 2,
      () => caches.configMaps.get('team/toolsets')?.annotations['kubernaut.io/toolset-digest'] === 'sha256:1',
      () => caches.applications.get('argocd/second') !== undefined,
      () => caches.namespaces.get('team')?.labels.tier === 'gold',
    ];
    await until('all of it', () => all.every((holds) => holds()));

    expect(caches.configMaps.get('team/others')).to.equal(undefined);
    const told = changes.slice(before).flatMap(({ collection, keys }) => keys.map((key) => `${collection} ${key}`));
    expect(told).to.include.members([
      'services team/prometheus',
      'endpoints team/prometheus',
      'configMaps team/toolsets',
      'applications argocd/second',
      'namespaces team',
    ]);
  });

  it('follows deletions slice by slice', async () => {
    const { caches, changes } = await synced();
    await until('the slices', () => caches.endpointsOf('team/prometheus')?.notReady === 2);

    await remove('/apis/discovery.k8s.io/v1/namespaces/team/endpointslices/prometheus-2');
    await until('the other slice alone', () => caches.endpointsOf('team/prometheus')?.notReady === 0);
    await remove('/apis/discovery.k8s.io/v1/namespaces/team/endpointslices/prometheus');
    await remove('/api/v1/namespaces/team/services/prometheus');
    await remove('/api/v1/namespaces/team/configmaps/toolsets');
    await remove('/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/second');
    const gone = [
      () => caches.endpointsOf('team/prometheus'),
      () => caches.services.get('team/prometheus'),
      () => caches.configMaps.get('team/toolsets'),
      () => caches.applications.get('argocd/second'),
    ];
    await until('nothing left', () => gone.every((get) => get() === undefined));

    expect(changes.filter(({ collection }) => collection === 'endpoints').flatMap(({ keys }) => keys)).to.include(
      'team/prometheus',
    );
  });

  it('does not notify of changes that discovery does not read', async () => {
    // The time of the change that the slice tells of, for else it is that of its last write.
    const changed = new Date('2026-01-01T00:00:00Z');
    await cluster.apply([service('quiet', 'web', 80), endpointSlice('quiet', 'web', { ready: 1, changed })]);
    const { caches, changes } = await synced();
    const view = caches.services.get('quiet/web');
    const before = changes.length;

    const status = { status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } } };
    await cluster.request('PATCH', '/api/v1/namespaces/quiet/services/web/status', status, mergePatch);
    const moved = { endpoints: [{ addresses: ['192.0.2.99'], conditions: { ready: true } }] };
    const slice = '/apis/discovery.k8s.io/v1/namespaces/quiet/endpointslices/web';
    await cluster.request('PATCH', slice, moved, mergePatch);
    // Each collection is told of in order: once this is seen, the silent changes were too.
    await cluster.apply([service('quiet', 'later', 80), endpointSlice('quiet', 'later', { ready: 1 })]);
    await until('what came later', () =>
      Boolean(caches.services.get('quiet/later') && caches.endpointsOf('quiet/later')),
    );

    const keys = changes.slice(before).flatMap((change) => change.keys);
    expect(keys).to.deep.equal(['quiet/later', 'quiet/later']);
    expect(caches.services.get('quiet/web')).to.equal(view);
  });

  it('keeps slices only of Services that something points at, and notifies of both together', async () => {
    const named = Array.from({ length: 20 }, (_, index) => `app-${String(index)}`);
    await cluster.apply(
      [...named, 'loki'].flatMap((name) => [service('logs', name, 80), endpointSlice('logs', name, { ready: 1 })]),
    );
    const { caches, changes, restarts } = await synced({ kept: keptOf(detectors, namedKeys([])) });
    expect(caches.endpointsOf('logs/loki')?.ready).to.equal(1);
    expect(named.filter((name) => caches.endpointsOf(`logs/${name}`))).to.deep.equal([]);
    const seen: unknown[] = [];
    caches.onChange(({ collection, keys }) => {
      if (collection === 'services') seen.push(...keys.map((key) => [key, caches.endpointsOf(key)?.ready]));
    });

    const label = { metadata: { labels: { 'app.kubernetes.io/name': 'prometheus' } } };
    await cluster.request('PATCH', '/api/v1/namespaces/logs/services/app-3', label, mergePatch);
    await until('the Service with its slices', () => seen.length > 0);
    for (const name of ['app-4', 'app-3']) await cluster.apply([endpointSlice('logs', name, { ready: 2 })]);
    await until('the change of its slice', () => caches.endpointsOf('logs/app-3')?.ready === 2);
    await remove('/api/v1/namespaces/logs/services/loki');
    await until('the deletion', () => caches.services.get('logs/loki') === undefined);

    expect(seen[0]).to.deep.equal(['logs/app-3', 1]);
    expect(caches.endpointsOf('logs/app-4')).to.equal(undefined);
    expect(restarts.map(({ collection, cause, delayMs }) => [collection, cause, delayMs])).to.deep.equal([
      ['endpoints', 'widened', 0],
    ]);
    const slices = changes.filter(({ collection }) => collection === 'endpoints').flatMap(({ keys }) => keys);
    expect(slices.filter((key) => key.startsWith('logs/'))).to.deep.equal(['logs/loki', 'logs/app-3', 'logs/app-3']);
  });

  it('lists the slices of Services that new settings point at', async () => {
    const { caches } = await synced({ kept: keptOf(detectors, namedKeys([])) });
    expect(caches.endpointsOf('logs/app-5')).to.equal(undefined);

    await caches.keep({ ...keptOf(detectors, namedKeys([])), isPointedAt: ({ name }) => name === 'app-5' });

    expect(caches.endpointsOf('logs/app-5')?.ready).to.equal(1);
  });

  it('keeps all slices when the names of their Services do not fit into a URL', async () => {
    const long = Array.from({ length: 110 }, (_, index) => `${'n'.repeat(59)}-${String(index + 100)}`);
    await cluster.apply([
      ...long.map((name) => service('many', name, 80, 'prometheus')),
      ...[endpointSlice('many', long[0]!, { ready: 1 }), endpointSlice('many', long[109]!, { ready: 3 })],
      ...[service('many', 'web', 80), endpointSlice('many', 'web', { ready: 1 })],
    ]);

    const { caches } = await synced({ kept: keptOf(detectors, namedKeys([])) });

    expect(caches.endpointsOf(`many/${long[0]!}`)?.ready).to.equal(1);
    expect(caches.endpointsOf(`many/${long[109]!}`)?.ready).to.equal(3);
    expect(caches.services.get('many/web')).to.equal(undefined);
    expect(caches.endpointsOf('many/web')?.ready).to.equal(1);
  });

  it('watches only the given namespaces', async () => {
    await cluster.apply([
      ...[service('one', 'web', 80), service('two', 'web', 80), service('three', 'web', 80)],
      ...[managedConfigMap('one', 'toolsets', 'a'), managedConfigMap('three', 'toolsets', 'a')],
      ...[application('argocd', 'here'), application('elsewhere', 'there')],
    ]);

    const { caches } = await synced({ scope: ['one', 'two'], configMaps: ['three'], applications: ['argocd'] });

    expect([...caches.services.values()].map(({ namespace }) => namespace).toSorted()).to.deep.equal(['one', 'two']);
    expect([...caches.configMaps.values()].map(({ namespace }) => namespace)).to.deep.equal(['three']);
    expect(caches.applications.get('elsewhere/there')).to.equal(undefined);
    expect(caches.namespaces.size).to.equal(0);
    await remove('/api/v1/namespaces/one/services/web');
    await until('the deletion', () => caches.services.get('one/web') === undefined);
    expect(caches.services.get('two/web')).to.not.equal(undefined);
  });

  it('does not notify when a safety resync finds no change', async () => {
    const { caches, changes, restarts } = await synced({ resyncMs: 2_000 });
    const views = new Set(caches.services.values());
    const before = changes.length;

    await until('two resyncs of each', () => restarts.filter(({ cause }) => cause === 'resync').length >= 10);

    expect(changes.slice(before)).to.deep.equal([]);
    expect([...caches.services.values()].every((view) => views.has(view))).to.equal(true);
    expect(new Set(restarts.map(({ cause, error }) => `${cause} ${String(error)}`))).to.deep.equal(
      new Set(['resync null']),
    );
  });

  it('leaves nothing behind that keeps the process alive', async () => {
    const script = join(import.meta.dirname, 'exit-on-watch.ts');
    const child = spawn(process.execPath, [script, kubeconfig], {
      stdio: ['ignore', 'pipe', 'inherit'],
      timeout: 30_000,
    });
    const [output] = await Promise.all([text(child.stdout), once(child, 'exit')]);

    expect(output).to.equal('ended\n');
  });
});

const mergePatch = { contentType: 'application/merge-patch+json' };

/** A second slice of the same Service. */
function named(namespace: string, name: string, of: string): Pick<KubeObject, 'metadata'> {
  return { metadata: { namespace, name, labels: { 'kubernetes.io/service-name': of } } };
}
