import { expect } from 'chai';
import { driftTypes } from '../../../plugin/serve/reconcile/drift.ts';
import { recordDrift } from '../../../plugin/serve/metrics/drift.ts';
import { createMetrics } from '../../../plugin/serve/metrics/metrics.ts';
import { applicationView } from '../../../plugin/argocd/application.ts';
import { connect } from '../../../plugin/cluster/connection/connect.ts';
import type { Connection } from '../../../plugin/cluster/connection/connection.ts';
import { startCaches } from '../../../plugin/serve/cache/index.ts';
import { allKeys } from '../../../plugin/discovery/kept-keys.ts';
import { managedConfigMapView } from '../../../plugin/serve/reconcile/managed-config-map.ts';
import type { ServeCaches } from '../../../plugin/serve/reconcile/managed-config-map.ts';
import { until } from '../../support/until.ts';
import { missingTools, toolPaths } from '../../tools/build.ts';
import type { ToolName } from '../../tools/build.ts';
import { realPart } from '../../support/real-part.ts';
import { endpointSlice, service } from '../support/backends.ts';
import { define } from '../parts/definitions.ts';
import { clusterTools } from '../parts/cluster.ts';
import type { Cluster } from '../parts/cluster.ts';
import { acquireCluster } from '../parts/pool.ts';
import { deleteAt, expectSuccess } from '../parts/request.ts';
import { syncedOnce } from '../support/managed.ts';
import type { Apply } from '../support/managed.ts';
import { buildProgram } from '../support/program.ts';
import type { Program } from '../support/program.ts';

const tools: readonly ToolName[] = [...clusterTools, 'applicationCrd'];
const name = 'custom-toolsets-configmap';
const key = 'custom_toolset.yaml';
const configMap = `holmesgpt/${name}`;
const configMapPath = `/api/v1/namespaces/holmesgpt/configmaps/${name}`;

/** Both ways in which Argo CD applies. */
for (const how of ['client-side', 'server-side'] as const satisfies readonly Apply[]) {
  describe(`cluster/serve/drift, applied ${how}`, () => {
    let cluster: Cluster;
    let program: Program;
    let caches: ServeCaches;
    let connection: Connection | undefined;
    const end = new AbortController();
    const metrics = createMetrics();
    const drifts = recordDrift(metrics).open('in-cluster');

    before(async function () {
      if (!realPart('kube-apiserver', missingTools(tools).length === 0, 'node test/tools/build.ts')) this.skip();
      cluster = await acquireCluster();
      program = await buildProgram(cluster.folder);
      await define(cluster, toolPaths().applicationCrd);
      await cluster.apply([
        service('monitoring', 'prometheus', 9090),
        endpointSlice('monitoring', 'prometheus', { ready: 1 }),
      ]);
      await apply();
      connection = await connect({ kubeconfig: await cluster.kubeconfig() });
      caches = startCaches({
        connection,
        signal: end.signal,
        scope: 'cluster',
        applications: ['argocd'],
        kept: { ...allKeys, isPointedAt: () => true },
        configMapView: managedConfigMapView,
        applicationView,
      });
      await until('the caches are full', () => caches.isSynced());
      drifts.observe([configMap], caches);
      caches.onChange(({ collection, keys }) => {
        if (collection === 'configMaps') drifts.observe(keys, caches);
      });
    });

    after(async () => {
      end.abort();
      connection?.close();
      await (cluster as Cluster | undefined)?.stop();
    });

    const edits = [
      { title: 'a modified key', patch: { data: { [key]: 'toolsets: {}' } }, counts: { modified: 1 } },
      { title: 'an added key', patch: { data: { 'notes.txt': 'by hand' } }, counts: { extra: 1 } },
      { title: 'a removed key', patch: { data: { [key]: null } }, counts: { missing: 1 } },
      {
        title: 'a modified annotation of the plugin',
        patch: { metadata: { annotations: { 'kubernaut.io/toolset-settings': '{}' } } },
        counts: { modified: 1 },
      },
      {
        title: 'several simultaneous changes',
        patch: {
          data: { [key]: 'toolsets: {}', a: '1', b: '2' },
          metadata: { labels: { 'app.kubernetes.io/name': 'x' } },
        },
        counts: { modified: 2, extra: 2 },
      },
    ];
    for (const { title, patch, counts } of edits) {
      it(`counts ${title} once`, async () => {
        await apply();
        await untilClean();
        const before = await detected();

        await edit(patch);
        await until('drift', async () => Object.values(await current()).some((count) => count > 0));
        await edit({ metadata: { annotations: { unrelated: String(Math.random()) } } });
        const after = await untilSeen();

        const counted = Object.fromEntries(driftTypes.map((type) => [type, after[type] - before[type]]));
        expect(counted).to.deep.equal({ missing: 0, modified: 0, extra: 0, ...counts });
      });
    }

    it('counts a ConfigMap that was deleted while its Application lists it', async () => {
      await apply();
      await untilClean();
      const { missing } = await detected();

      await cluster.kubectl(['delete', 'configmap', name, '-n', 'holmesgpt']);
      await until('gone', () => caches.configMaps.get(configMap) === undefined);

      expect((await detected()).missing).to.equal(missing + 1);
    });

    it('ignores added labels and annotations that the plugin does not print', async () => {
      await apply();
      await untilClean();
      const before = await detected();

      await edit({ metadata: { labels: { team: 'sre' }, annotations: { 'reloader.example.com/at': 'now' } } });

      expect(await untilSeen()).to.deep.equal(before);
    });

    /** As a sync does: what was added by hand is taken away as well, which client-side apply would leave. */
    async function apply(): Promise<void> {
      await deleteAt(cluster.request, configMapPath);
      await syncedOnce(cluster, program, 'toolsets', {}, how);
    }

    async function edit(patch: object): Promise<void> {
      const path = `${configMapPath}?fieldManager=kubectl-edit`;
      const options = { contentType: 'application/merge-patch+json' };
      expectSuccess(await cluster.request('PATCH', path, patch, options), 'editing the ConfigMap');
    }

    /** Waits until what there is has been seen; answers the counts then. */
    async function untilSeen(): Promise<Counts> {
      const mark = String(Math.random());
      await edit({ metadata: { annotations: { mark } } });
      await until('seen', () => caches.configMaps.get(configMap)?.annotations.mark === mark);
      return detected();
    }

    async function untilClean(): Promise<void> {
      await untilSeen();
      expect(await current()).to.deep.equal({ missing: 0, modified: 0, extra: 0 });
    }

    async function detected(): Promise<Counts> {
      return valuesOf('toolset_configmap_drift_detected_total');
    }

    async function current(): Promise<Counts> {
      return valuesOf('toolset_configmap_drift');
    }

    async function valuesOf(metric: string): Promise<Counts> {
      const { values } = await metrics.registry.getSingleMetric(metric)!.get();
      return Object.fromEntries(values.map(({ labels, value }) => [labels.drift_type, value])) as Counts;
    }
  });
}

type Counts = Readonly<Record<(typeof driftTypes)[number], number>>;
