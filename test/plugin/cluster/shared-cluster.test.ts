import { expect } from 'chai';
import { detectors } from '../../../detectors/index.ts';
import { sharedCluster } from '../../../plugin/cluster/shared-cluster.ts';
import { snapshot } from '../../../plugin/cluster/snapshot.ts';
import type { Cluster } from '../../../plugin/cluster/types.ts';
import { discover } from '../../../plugin/discovery/discover.ts';
import { consumerOf } from '../../../plugin/consumers/index.ts';
import { keptKeys, namedKeys } from '../../../plugin/discovery/kept-keys.ts';
import { parseSettings } from '../../../plugin/settings/parse-settings.ts';
import { grafana, prometheus, slice } from '../../support/objects.ts';

/** A recorded cluster that counts what is asked of it. */
function counted(cluster: Cluster): { readonly cluster: Cluster; readonly calls: string[] } {
  const calls: string[] = [];
  const counting = Object.entries(cluster).map(([name, call]) => [
    name,
    (...args: readonly unknown[]): unknown => {
      if (name !== 'now') calls.push(name);
      return (call as (...given: readonly unknown[]) => unknown)(...args);
    },
  ]);
  return { cluster: Object.fromEntries(counting) as Cluster, calls };
}

describe('plugin/cluster/shared-cluster', () => {
  it('reads the cluster once for several discoveries, and the ConfigMap of each of them', async () => {
    const services = [prometheus('monitoring'), grafana('monitoring')];
    const objects = [...services, ...services.map((one) => slice(one))];
    const { cluster, calls } = counted(snapshot(Map.groupBy(objects, ({ kind }) => kind)));
    const { spec } = parseSettings(null);
    const shared = sharedCluster(cluster, keptKeys(detectors, namedKeys([spec])));
    const targets = [spec.target, { ...spec.target, configMap: { ...spec.target.configMap, name: 'other' } }];

    const found = await Promise.all(
      targets.map((target) =>
        discover({
          spec: { ...spec, target, health: { ...spec.health, check: 'readiness' } },
          detectors,
          cluster: shared,
          prober: null,
          consumer: consumerOf(target),
          policy: null,
          isTrusted: () => false,
        }),
      ),
    );

    expect(found.map(({ admitted }) => admitted.length)).to.deep.equal([2, 2]);
    const once = ['services', 'namespaces', 'endpoints'];
    expect(calls.filter((name) => once.includes(name))).to.have.members(once);
    expect(calls.filter((name) => name === 'configMap')).to.have.lengthOf(2);
    expect(calls.filter((name) => name === 'pod' || name === 'customResource').length).to.be.at.most(services.length);
  });
});
