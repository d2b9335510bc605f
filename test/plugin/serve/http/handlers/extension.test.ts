import { expect } from 'chai';
import { allClusters } from '../../../../../plugin/serve/http/auth/cluster-access.ts';
import type { ApiOperation } from '../../../../../plugin/serve/http/openapi/operation.ts';
import {
  getExtensionConfigMap,
  listExtensionApplication,
} from '../../../../../plugin/serve/http/handlers/extension.ts';
import { ExtensionConfigMap } from '../../../../../plugin/serve/http/openapi/schemas.ts';
import type { ReadModel } from '../../../../../plugin/serve/http/state/read-model.ts';
import type { ProjectPolicy } from '../../../../../plugin/settings/policy.ts';
import { prometheus, service, slice } from '../../../../support/objects.ts';
import { application } from '../../argocd/argo-cd-model.ts';
import { clusterModel } from '../../cluster-model.ts';
import type { ClusterModel } from '../../cluster-model.ts';
import { generated } from '../../generated.ts';
import { problemOf } from '../problem-of.ts';
import { nothingProbed, readModelOf } from '../read-model-of.ts';

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
    for (const [name, grant] of [
      ['mine', policy],
      ['theirs', null],
    ] as const) {
      const run = {
        name,
        spec: { health: { check: 'none' } },
        cluster: model.cluster,
        prober: nothingProbed,
        policy: grant,
      };
      model.putConfigMap(await generated(run));
      const configMaps = [{ namespace: 'holmesgpt', name, status: 'Synced' as const }];
      model.putApplication(application({ name, project: `project-${name}`, configMaps }));
    }
    readModel = await readModelOf(model, ended.signal, {
      grantOf: (project) => (project === 'project-mine' ? policy : null),
    });
  });

  after(() => {
    ended.abort();
  });

  const call = async (operation: ApiOperation, caller: object | null, query = {}): Promise<unknown> =>
    operation.response.parse(
      await operation.handle([readModel], {
        clusters: [],
        access: allClusters,
        path: null,
        query: operation.query.parse(query),
        body: null,
        caller: caller as Parameters<ApiOperation['handle']>[1]['caller'],
        signal: ended.signal,
      }),
    );
  const mine = { application: 'argocd/mine', project: 'project-mine' };
  const theirs = { application: 'argocd/theirs', project: 'project-theirs' };

  it('shows only the ConfigMaps of the Application', async () => {
    const { items } = (await call(listExtensionApplication, mine)) as { readonly items: readonly object[] };

    expect(items).to.have.length(1);
    expect(items[0]).to.include({ ...mine, configMap: configMap('mine') });
  });

  it("shows only Services within the project's policy, and at most 200 of them", async () => {
    const shown = ExtensionConfigMap.parse(await call(getExtensionConfigMap, mine));
    const others = ExtensionConfigMap.parse(await call(getExtensionConfigMap, theirs));

    expect(shown.services.items[0]).to.include({ namespace: 'monitoring', name: 'shown', decision: 'selected' });
    expect(shown.services.items).to.have.length(200);
    expect(shown.services.total).to.equal(301);
    expect(JSON.stringify(shown)).not.to.include('of-another-team');
    expect(JSON.stringify(others)).to.include('of-another-team');
  });

  it('reveals nothing about a hidden Service that an annotation names as a source', async () => {
    const url = 'http://of-another-team.hidden.svc:9090';
    const written = {
      annotations: { 'kubernaut.io/toolset-sources': `prometheus/metrics:\n  hidden/of-another-team ${url}` },
      data: {
        'custom_toolset.yaml': `toolsets:\n  prometheus/metrics: {enabled: true, config: {prometheus_url: "${url}"}}\n`,
      },
    };
    model.put(slice(prometheus('hidden', 'of-another-team')));
    model.put(slice(prometheus('monitoring', 'shown')));
    readModel = {
      ...readModel,
      read: () => Promise.resolve(written),
      serviceHistory: { discoveredAt: () => null, lastCheck: () => ({ at: 1_000, healthy: true }) },
    };

    const { toolsets } = ExtensionConfigMap.parse(await call(getExtensionConfigMap, mine));

    const services = toolsets.items.find(({ name }) => name === 'prometheus/metrics')?.services;
    expect(
      services?.map(({ service: name, healthy, lastHealthCheck }) => [name, healthy, lastHealthCheck]),
    ).to.deep.equal([
      ['hidden/of-another-team', null, null],
      ['monitoring/shown', true, { at: '1970-01-01T00:00:01.000Z', healthy: true }],
    ]);
  });

  it("returns the same not-found error for another Application's ConfigMap as for a missing one", async () => {
    for (const name of ['theirs', 'missing']) {
      const problem = problemOf(() => call(getExtensionConfigMap, mine, { configMap: configMap(name) }));
      expect(await problem).to.equal('not-found');
    }
  });

  it('refuses an Application of another project, an unknown Application, and a missing caller', async () => {
    for (const operation of [listExtensionApplication, getExtensionConfigMap]) {
      const refused = (caller: object | null): Promise<string | null> => problemOf(() => call(operation, caller));
      expect(await refused({ ...mine, project: 'project-theirs' })).to.equal('forbidden');
      expect(await refused({ ...mine, application: 'argocd/missing' })).to.equal('not-found');
      expect(await refused({ ...mine, application: 'other/mine' })).to.equal('not-found');
      expect(await refused(null)).to.equal('unauthenticated');
    }
  });

  it("applies the change of an Application's project at once", async () => {
    const configMaps = [{ namespace: 'holmesgpt', name: 'mine', status: 'Synced' as const }];
    model.putApplication(application({ name: 'mine', project: 'project-theirs', configMaps }));

    expect(await problemOf(() => call(getExtensionConfigMap, mine))).to.equal('forbidden');
  });
});
