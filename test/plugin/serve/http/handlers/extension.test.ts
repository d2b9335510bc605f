import { expect } from 'chai';
import { allClusters } from '../../../../../plugin/serve/http/auth/cluster-access.ts';
import type { ApiOperation } from '../../../../../plugin/serve/http/openapi/operation.ts';
import {
  getExtensionConfigMap,
  listExtensionApplication,
} from '../../../../../plugin/serve/http/handlers/extension.ts';
import { ExtensionConfigMap } from '../../../../../plugin/serve/http/openapi/schemas.ts';
import { ChangeFeed } from '../../../../../plugin/serve/http/state/change-feed.ts';
import { ConfigMapHistory } from '../../../../../plugin/serve/http/state/config-map-history.ts';
import { History } from '../../../../../plugin/serve/http/state/last-requests.ts';
import { Sightings } from '../../../../../plugin/serve/http/state/sightings.ts';
import { createReadModel } from '../../../../../plugin/serve/http/state/read-model.ts';
import type { ReadModel } from '../../../../../plugin/serve/http/state/read-model.ts';
import { hubIdentity } from '../../../../../plugin/serve/reconcile/evaluation/inputs.ts';
import { Reconciler } from '../../../../../plugin/serve/reconcile/reconciler.ts';
import type { ProjectPolicy } from '../../../../../plugin/settings/policy.ts';
import { systemClock } from '../../../../../plugin/lib/clock.ts';
import { apiConnection } from '../../../../support/api.ts';
import { prometheus, service } from '../../../../support/objects.ts';
import { application } from '../../argocd/argo-cd-model.ts';
import { clusterModel } from '../../cluster-model.ts';
import type { ClusterModel } from '../../cluster-model.ts';
import { generated } from '../../generated.ts';
import { problemOf } from '../problem-of.ts';
import { noLinks } from '../../config-map-status.ts';

const policy: ProjectPolicy = { include: ['monitoring'], exclude: [], trust: null, clusters: ['*'] };
const configMap = (name: string): string => `holmesgpt/${name}`;

describe('plugin/serve/http/handlers/extension', () => {
  const ended = new AbortController();
  let model: ClusterModel;
  let readModel: ReadModel;

  beforeEach(async () => {
    model = clusterModel();
    model.put(prometheus('monitoring', 'shown'));
    model.put(prometheus('hidden', 'of-another-team'));
    for (let index = 0; index < 300; index += 1)
      model.put(service({ namespace: 'monitoring', name: `prometheus-exporter-${String(index)}` }));
    const prober = (): Promise<never> => Promise.reject(new Error('nothing is probed'));
    for (const [name, grant] of [
      ['mine', policy],
      ['theirs', null],
    ] as const) {
      const run = { name, spec: { health: { check: 'none' } }, cluster: model.cluster, prober, policy: grant };
      model.putConfigMap(await generated(run));
      const configMaps = [{ namespace: 'holmesgpt', name, status: 'Synced' as const }];
      model.putApplication(application({ name, project: `project-${name}`, configMaps }));
    }
    const changes = new ChangeFeed(ended.signal);
    const reconciler = new Reconciler({
      caches: model.caches,
      signal: ended.signal,
      prober,
      evidence: model.cluster,
      stores: () => Promise.resolve({ unlearned: 'Credential' }),
      here: hubIdentity,
      grantOf: (project) => (project === 'project-mine' ? policy : null),
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
    const parts = { cluster: 'in-cluster', connection: apiConnection, caches: model.caches, reconciler, changes };
    const configMapHistory = new ConfigMapHistory(systemClock);
    const seen = { history: new History(systemClock), sightings: new Sightings(systemClock), configMapHistory };
    readModel = {
      ...createReadModel({ ...parts, ...seen, clock: systemClock, links: noLinks, signal: ended.signal }),
      read: (key) => Promise.resolve({ annotations: model.caches.configMaps.get(key)?.annotations ?? {}, data: {} }),
    };
  });

  after(() => {
    ended.abort();
  });

  const call = async (operation: ApiOperation, caller: object | null, query = {}): Promise<unknown> =>
    operation.handle([readModel], {
      clusters: [],
      access: allClusters,
      path: null,
      query: operation.query.parse(query),
      body: null,
      caller: caller as Parameters<ApiOperation['handle']>[1]['caller'],
      signal: ended.signal,
    });
  const mine = { application: 'argocd/mine', project: 'project-mine' };
  const theirs = { application: 'argocd/theirs', project: 'project-theirs' };

  it('shows the ConfigMaps of the Application alone', async () => {
    const { items } = (await call(listExtensionApplication, mine)) as { readonly items: readonly object[] };

    expect(items).to.have.length(1);
    expect(items[0]).to.include({ ...mine, configMap: configMap('mine') });
  });

  it('shows no Service outside of the policy of the project, and no more than 200 of it', async () => {
    const shown = ExtensionConfigMap.parse(await call(getExtensionConfigMap, mine));
    const others = ExtensionConfigMap.parse(await call(getExtensionConfigMap, theirs));

    expect(shown.services.items[0]).to.include({ namespace: 'monitoring', name: 'shown', decision: 'selected' });
    expect(shown.services.items).to.have.length(200);
    expect(shown.services.total).to.equal(301);
    expect(JSON.stringify(shown)).not.to.include('of-another-team');
    expect(JSON.stringify(others)).to.include('of-another-team');
  });

  it('knows no ConfigMap of another Application, and says the same of one that does not exist', async () => {
    for (const name of ['theirs', 'missing']) {
      const problem = problemOf(() => call(getExtensionConfigMap, mine, { configMap: configMap(name) }));
      expect(await problem).to.equal('not-found');
    }
  });

  it('refuses an Application that is of another project, or not known, and no caller at all', async () => {
    for (const operation of [listExtensionApplication, getExtensionConfigMap]) {
      const refused = (caller: object | null): Promise<string | null> => problemOf(() => call(operation, caller));
      expect(await refused({ ...mine, project: 'project-theirs' })).to.equal('forbidden');
      expect(await refused({ ...mine, application: 'argocd/missing' })).to.equal('not-found');
      expect(await refused({ ...mine, application: 'other/mine' })).to.equal('not-found');
      expect(await refused(null)).to.equal('unauthenticated');
    }
  });

  it('follows an Application that changes its project at once', async () => {
    const configMaps = [{ namespace: 'holmesgpt', name: 'mine', status: 'Synced' as const }];
    model.putApplication(application({ name: 'mine', project: 'project-theirs', configMaps }));

    expect(await problemOf(() => call(getExtensionConfigMap, mine))).to.equal('forbidden');
  });
});
