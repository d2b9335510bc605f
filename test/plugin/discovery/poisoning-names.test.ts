import { expect } from 'chai';
import type { KubeObject } from '../../cluster/parts/objects.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { prometheus, service } from '../../support/objects.ts';
import { runFixture } from './fixture.ts';

/** A tenant whose Services claim the name of another's toolset or instance, or would make a toolset fail for all. */
describe('plugin/discovery/poisoning-names', () => {
  const folder = temporaryFolder();
  const spec = { trust: { namespaces: ['monitoring'] } };

  function named(object: KubeObject, name: string, more: Readonly<Record<string, string>> = {}): KubeObject {
    const annotations = { 'kubernaut.io/toolset': 'true', 'kubernaut.io/toolset-name': name, ...more };
    return { ...object, metadata: { ...object.metadata, annotations } };
  }

  function api(namespace: string, name: string, toolset: string): KubeObject {
    return named(service({ namespace, name }), toolset, { 'kubernaut.io/toolset-type': 'custom' });
  }

  it('gives a name that several Services claim to one of them, and warns about the others', async () => {
    const items = [
      prometheus(),
      prometheus('aaa', 'a'),
      named(prometheus('aaa', 'b'), 'a'),
      named(prometheus('aaa', 'c'), 'a'),
    ];

    for (const order of [items, items.toReversed()]) {
      const { toolsets, explanation, stderr } = await runFixture(folder, { spec, items: order });

      const { instances } = toolsets['prometheus/metrics']!.config as { instances: { name: string }[] };
      expect(instances.map(({ name }) => name)).to.deep.equal(['monitoring/prometheus', 'aaa/a']);
      const messages = explanation.warnings.map(({ code, message }) => `${code} ${message}`);
      expect(messages).to.deep.equal([
        'NAME_CLAIMED aaa/b: the consumer cannot tell its name aaa/a from that of aaa/a, which keeps it',
        'NAME_CLAIMED aaa/c: the consumer cannot tell its name aaa/a from that of aaa/a, which keeps it',
      ]);
      expect(stderr).to.include('NAME_CLAIMED');
    }
  });

  it('leaves a contested name with the Service that is already in the ConfigMap', async () => {
    const claimant = named(prometheus('aaa', 'a'), 'shared');
    const holder = named(prometheus('aaa', 'b'), 'shared');
    const before = await runFixture(folder, { spec, items: [holder] });

    const { decisionOf } = await runFixture(folder, { spec, items: [claimant, holder], live: before.manifest });

    expect(decisionOf('aaa/b')).to.match(/^selected/);
    expect(decisionOf('aaa/a')).to.equal('redundant: NameTaken');
  });

  it('prefixes each name with its namespace, so that it cannot take the name of another', async () => {
    const wanted = ['prometheus', 'metrics', 'monitoring', 'kubernetes', 'core'];
    const items = [prometheus(), ...wanted.map((name) => api('aaa', `svc-${name}`, name))];

    const { toolsets } = await runFixture(folder, { spec, items });

    const own = wanted.map((name) => `custom/aaa/${name}`);
    expect(Object.keys(toolsets)).to.have.members(['kubernetes/core', 'prometheus/metrics', ...own]);
    expect(toolsets['prometheus/metrics']!.config).to.deep.equal({
      prometheus_url: 'http://prometheus.monitoring.svc.cluster.local:9090',
    });
  });

  for (const name of ['prometheus/metrics', '../core', 'Core', 'a.b', '', '-', 'a_b', 'x'.repeat(64)]) {
    it(`denies the name ${JSON.stringify(name)}`, async () => {
      const { toolsets, decisionOf } = await runFixture(folder, { spec, items: [api('aaa', 'web', name)] });

      expect(Object.keys(toolsets)).to.deep.equal(['kubernetes/core']);
      expect(decisionOf('aaa/web')).to.equal('denied: NameInvalid');
    });
  }

  it('admits only one of two toolsets of different namespaces that the consumer cannot tell apart', async () => {
    // HolmesGPT names the tool of both custom_monitoring_own_api_request, and the last one would win.
    const items = [api('monitoring-own', 'api', 'api'), api('monitoring', 'own-api', 'own-api')];

    const { toolsets, decisionOf } = await runFixture(folder, { spec, items });

    expect(Object.keys(toolsets)).to.deep.equal(['custom/monitoring/own-api', 'kubernetes/core']);
    expect(decisionOf('monitoring-own/api')).to.equal('redundant: NameTaken');
  });

  it('denies a name with which the tool name would be longer than models accept', async () => {
    const { toolsets, decisionOf } = await runFixture(folder, { spec, items: [api('aaa', 'web', 'x'.repeat(50))] });

    expect(Object.keys(toolsets)).to.deep.equal(['kubernetes/core']);
    expect(decisionOf('aaa/web')).to.equal('denied: NameTooLong');
  });

  it('omits the health check URL of a shared toolset, so that an untrusted endpoint cannot disable it', async () => {
    const am = { name: 'am', labels: { app: 'alertmanager' }, ports: [{ name: 'web', port: 9093 }] };
    const items = [service(am), service({ ...am, namespace: 'aaa' })];

    const alone = await runFixture(folder, { spec, items: items.slice(0, 1) });
    const both = await runFixture(folder, { spec, items });

    const health = 'http://am.monitoring.svc.cluster.local:9093/api/v2/status';
    expect(JSON.stringify(alone.toolsets.alertmanager)).to.include(`"health_check_url":"${health}"`);
    expect(JSON.stringify(both.toolsets.alertmanager)).to.not.include('health_check_url');
  });
});
