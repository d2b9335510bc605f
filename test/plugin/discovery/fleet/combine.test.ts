import { expect } from 'chai';
import type { LiveConfigMap } from '../../../../plugin/cluster/types.ts';
import type { ConfigMap } from '../../../../plugin/customizations/config-map.ts';
import { keyOf } from '../../../../plugin/lib/object-key.ts';
import type { KubeObject } from '../../../cluster/parts/objects.ts';
import { combined } from '../../../support/fleet.ts';
import type { Combined, FleetFixture } from '../../../support/fleet.ts';
import { service } from '../../../support/objects.ts';

function liveOf({ metadata, data }: ConfigMap): LiveConfigMap {
  return { annotations: metadata.annotations, data };
}

function instancesOf({ discovery }: Combined): string[] {
  return discovery.admitted.map(({ instance }) => instance);
}

function prometheus(namespace: string, name = 'prometheus', more: object = {}): KubeObject {
  const labels = { 'app.kubernetes.io/name': 'prometheus', ...more };
  return service({ namespace, name, labels, ports: [{ name: 'web', port: 9090 }] });
}

describe('discovery/fleet/combine', () => {
  it('keeps everything that decides the output, and warns, when a cluster cannot be read', async () => {
    const annotated = prometheus('team', 'metrics', { tier: 'gold' });
    const annotations = {
      'kubernaut.io/toolset': 'true',
      'kubernaut.io/toolset-name': 'main',
      'kubernaut.io/toolset-tenant': 'team1',
    };
    const labels = { 'app.kubernetes.io/name': 'loki', 'app.kubernetes.io/component': 'gateway', tier: 'gold' };
    const loki = service({ namespace: 'team', name: 'loki-gateway', labels, ports: [{ name: 'http', port: 80 }] });
    const items = [
      { ...annotated, metadata: { ...annotated.metadata, annotations } },
      { ...loki, metadata: { ...loki.metadata, annotations } },
      prometheus('argo', 'argo-prometheus'),
    ];
    const rule = (selector: object, config: object): object => ({ services: { selector }, config });
    const spec = {
      trust: { namespaces: ['team'] },
      credentials: {
        'prometheus/metrics': [
          rule({ matchLabels: { tier: 'gold' } }, { additional_headers: { Authorization: '{{ env.T }}' } }),
        ],
      },
    };
    const before = await combined({ clusters: { 'spoke-1': items, 'in-cluster': [prometheus('m')] }, spec });
    const live = liveOf(before.configMap);

    const now = await combined({ clusters: { 'spoke-1': null, 'in-cluster': [prometheus('m')] }, spec, live });

    expect(before.configMap.data['custom_toolset.yaml']).to.include('spoke-1/team/main').and.include('{{ env.T }}');
    expect(now.configMap.data).to.deep.equal(before.configMap.data);
    const { 'kubernaut.io/toolset-warnings': told, ...others } = now.configMap.metadata.annotations;
    expect(others).to.deep.equal(before.configMap.metadata.annotations);
    expect(told).to.include('its 3 backends in the ConfigMap stay unchanged');
  });

  it('keeps the first backend of a single-instance toolset unless a trusted one appears', async () => {
    const spec = { discovery: { instances: 'best' } };
    const first = await combined({ clusters: { 'spoke-1': [], 'spoke-2': [prometheus('m')] }, spec });
    const live = liveOf(first.configMap);

    const untrusted = await combined({
      clusters: { 'spoke-1': [prometheus('m')], 'spoke-2': [prometheus('m')] },
      spec,
      live,
    });
    const trusted = await combined({
      clusters: { 'spoke-1': [prometheus('m')], 'spoke-2': [prometheus('m')] },
      spec: { ...spec, trust: { namespaces: ['m'] } },
      live,
    });

    expect(instancesOf(untrusted)).to.deep.equal(['spoke-2/m/prometheus']);
    const { decision, reason } = untrusted.discovery.decisions.find(
      (one) => keyOf(one.service) === 'spoke-1/m/prometheus',
    )!;
    expect([decision, reason]).to.deep.equal(['redundant', 'SingleBackend']);
    expect(instancesOf(trusted)).to.deep.equal(['spoke-1/m/prometheus']);
  });

  it('drops backends of an unreadable cluster that policy, settings or a tampered annotation rule out', async () => {
    const items = [prometheus('m'), prometheus('secret')];
    const { configMap } = await combined({ clusters: { 'spoke-1': items, 'spoke-2': [] } });
    const key = 'kubernaut.io/toolset-sources';
    const now = async (
      change: Omit<FleetFixture, 'clusters'>,
      edit = (text: string): string => text,
    ): Promise<string[]> => {
      const annotations = { ...configMap.metadata.annotations, [key]: edit(configMap.metadata.annotations[key]!) };
      const live = { ...liveOf(configMap), annotations };
      return instancesOf(await combined({ clusters: { 'spoke-1': null, 'spoke-2': [] }, live, ...change }));
    };

    expect(await now({})).to.deep.equal(['spoke-1/m/prometheus', 'spoke-1/secret/prometheus']);
    expect(await now({ policy: { include: ['*'], exclude: ['secret'] } })).to.deep.equal(['spoke-1/m/prometheus']);
    expect(await now({ spec: { discovery: { namespaces: { exclude: ['m'] } } } })).to.deep.equal([
      'spoke-1/secret/prometheus',
    ]);
    expect(await now({ spec: { detectors: { prometheus: { enabled: false } } } })).to.deep.equal([]);
    expect(await now({}, (text) => text.replaceAll('svc.cluster.local', 'evil.example.com'))).to.deep.equal([]);
    expect(await now({}, (text) => text.replaceAll('prometheus/metrics:', 'bash:'))).to.deep.equal([]);
    expect(await now({}, (text) => text.replaceAll('9090', '9090/{{ env.TOKEN }}'))).to.deep.equal([]);
  });

  it('fits the maximum number of untrusted backends with the longest names into the size limits', async () => {
    const name = (letter: string, index: number): string => `${letter.repeat(60)}${String(index).padStart(3, '0')}`;
    const cluster = (letter: string): string => letter.repeat(100);
    const many = Array.from({ length: 10 }, (_, team) =>
      Array.from({ length: 60 }, (__, index) => prometheus(name('n', team), name('p', index))),
    ).flat();
    const clusters = { [cluster('a')]: many, [cluster('b')]: many };

    const { discovery, configMap } = await combined({ clusters });
    const again = await combined({ clusters: { [cluster('a')]: null, [cluster('b')]: many }, live: liveOf(configMap) });

    expect(discovery.admitted).to.have.length(200);
    expect(JSON.stringify(configMap.metadata.annotations).length).to.be.below(256 * 1024);
    expect(JSON.stringify(configMap.data).length).to.be.below(900 * 1024);
    expect(again.configMap.data).to.deep.equal(configMap.data);
  });
});
