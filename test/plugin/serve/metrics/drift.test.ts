import { expect } from 'chai';
import type { ApplicationView } from '../../../../plugin/argocd/application.ts';
import { recordDrift } from '../../../../plugin/serve/metrics/drift.ts';
import { createMetrics } from '../../../../plugin/serve/metrics/metrics.ts';
import { application } from '../argocd/argo-cd-model.ts';
import { clusterModel } from '../cluster-model.ts';

const key = 'h/c';
const managed = { namespace: 'h', name: 'c', labels: {}, annotations: {} };

describe('plugin/serve/metrics/drift', () => {
  for (const [what, leave] of [
    ['is deleted', (one: ApplicationView) => ({ ...one, deleting: true })],
    ['no longer lists it', (one: ApplicationView) => ({ ...one, configMaps: [] })],
  ] as const)
    it(`reports a deleted ConfigMap as missing until its Application ${what}`, async () => {
      const metrics = createMetrics();
      const { caches, putConfigMap, removeConfigMap, putApplication } = clusterModel();
      const drifts = recordDrift(metrics).open('in-cluster');
      const missing = async (): Promise<boolean> =>
        (await metrics.registry.metrics()).includes('toolset_configmap_drift{drift_type="missing"} 1');
      const one = application({ configMaps: [{ namespace: 'h', name: 'c', status: 'Synced' }] });
      putApplication(one);
      putConfigMap(managed);
      drifts.observe([key], caches);
      removeConfigMap(key);
      drifts.observe([key], caches);
      drifts.forget(caches);
      expect(await missing()).to.equal(true);

      putApplication(leave(one));
      drifts.forget(caches);

      expect(await missing()).to.equal(false);
    });

  it('counts each cluster separately, and drops it when it is closed', async () => {
    const metrics = createMetrics();
    const recorder = recordDrift(metrics);
    const missing = async (): Promise<string | undefined> =>
      /toolset_configmap_drift\{drift_type="missing"\} (\d+)/.exec(await metrics.registry.metrics())?.[1];
    const [one, two] = [recorder.open('in-cluster'), recorder.open('spoke')];
    for (const drifts of [one, two]) {
      const { caches, putConfigMap, removeConfigMap, putApplication } = clusterModel();
      putApplication(application({ configMaps: [{ namespace: 'h', name: 'c', status: 'Synced' }] }));
      putConfigMap(managed);
      drifts.observe([key], caches);
      removeConfigMap(key);
      drifts.observe([key], caches);
    }
    expect(await missing()).to.equal('2');

    two.close();

    expect(await missing()).to.equal('1');
  });
});
