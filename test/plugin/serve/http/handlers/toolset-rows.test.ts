import { expect } from 'chai';
import { toolsetRows } from '../../../../../plugin/serve/http/handlers/toolset-rows.ts';
import type { Consumer } from '../../../../../plugin/consumers/consumer.ts';
import type { ErrorCode } from '../../../../../plugin/lib/codes.ts';
import { PluginError } from '../../../../../plugin/lib/errors.ts';
import { keyOf } from '../../../../../plugin/lib/object-key.ts';
import { kiali } from '../../../../../plugin/consumers/kiali/index.ts';
import { kubernautJson } from '../../../../../plugin/consumers/kubernaut/json.ts';
import type { Candidate } from '../../../../../plugin/discovery/decision.ts';
import type { ReadModel } from '../../../../../plugin/serve/http/state/read-model.ts';
import { candidate } from '../../../../support/candidate.ts';
import { holmesgpt045 } from '../../../../support/git.ts';
import { upToDate as status } from '../../config-map-status.ts';

describe('plugin/serve/http/handlers/toolset-rows', () => {
  it('includes the cost of each toolset and its Services, except evicted ones', async () => {
    const sources = 'prometheus/metrics:\n  a/gone http://gone.a.svc:9090 evicted\n  b/one http://one.b.svc:9090';
    const data = 'toolsets:\n  prometheus/metrics: {enabled: true}\n';
    const model = modelOf(holmesgpt045, { sources, data, admitted: [candidate('b/one')] });

    const rows = await toolsetRows([model], undefined);

    const metrics = rows.find(({ name }) => name === 'prometheus/metrics');
    expect(metrics?.cost).to.deep.equal(holmesgpt045.costOf!('toolsets', 'prometheus/metrics', { enabled: true }));
    expect(rows.find(({ name, origin }) => name === 'bash' && origin === 'consumer')?.cost?.tools).to.equal(2);
    expect(metrics?.services.map(({ service }) => service)).to.deep.equal(['b/one']);
    expect(metrics).to.deep.include({
      discoveredAt: '1970-01-01T00:00:00.000Z',
      lastHealthCheck: { at: '1970-01-01T00:00:01.000Z', healthy: true },
    });
  });

  for (const [consumer, data, name] of [
    [
      kubernautJson,
      '{"tools": [{"name": "gone", "namespace": "a", "type": "prometheus", "endpoint": "http://gone.a.svc:9090"}]}',
      'a/gone',
    ],
    [kiali, 'external_services:\n  prometheus: {enabled: true, url: "http://gone.a.svc:9090"}\n', 'prometheus'],
    [
      holmesgpt045,
      'toolsets:\n  prometheus/metrics: {enabled: true, config: {prometheus_url: "http://gone.a.svc:9090"}}\n',
      'prometheus/metrics',
    ],
  ] as const) {
    it(`includes a Service that is in the ConfigMap but no longer in the cluster, for ${consumer.title}`, async () => {
      const sources = 'prometheus/metrics:\n  a/gone http://gone.a.svc:9090\n  a/other http://other-gone.a.svc:9090';
      const rows = await toolsetRows([modelOf(consumer, { sources, data, admitted: [] })], undefined);

      const row = rows.find((one) => one.name === name);
      expect(row?.services.map(({ service }) => service)).to.deep.equal(['a/gone']);
      expect(row?.origin).to.equal('discovered');
    });
  }

  it('leaves out a ConfigMap that may no longer be read from the list of all, but not from its own', async () => {
    const readable = modelOf(kiali, {
      sources: '',
      data: 'external_services: {prometheus: {enabled: true}}\n',
      admitted: [candidate('b/one')],
    });
    const refusing = (code: ErrorCode): ReadModel => ({
      ...readable,
      read: () => Promise.reject(new PluginError(code, 'no', { hint: '' })),
    });
    const forbidden = refusing('CLUSTER_FORBIDDEN');
    const all = await toolsetRows([readable], undefined);

    expect(all).to.not.deep.equal([]);
    expect(await toolsetRows([forbidden, readable], undefined)).to.deep.equal(all);
    const failureOf = (rows: Promise<unknown>): Promise<unknown> => rows.catch((error: unknown) => error);
    expect(await failureOf(toolsetRows([forbidden], keyOf(status)))).to.include({ code: 'CLUSTER_FORBIDDEN' });
    const unreachable = refusing('CLUSTER_UNREACHABLE');
    expect(await failureOf(toolsetRows([unreachable], undefined))).to.include({ code: 'CLUSTER_UNREACHABLE' });
  });
});

function modelOf(
  consumer: Consumer,
  {
    sources,
    data,
    admitted,
  }: { readonly sources: string; readonly data: string; readonly admitted: readonly Candidate[] },
): ReadModel {
  const discovery = {
    metadata: { spec: { target: { configMap: { key: 'k' } } } },
    candidates: { consumer, isVisible: () => true, access: { credentials: {}, isTrusted: () => true } },
    conclusion: { admitted },
  };
  return {
    caches: { endpointsOf: () => undefined },
    serviceHistory: { discoveredAt: () => 0, lastCheck: () => ({ at: 1_000, healthy: true }) },
    configMaps: () => [status],
    configMapHistory: { pending: () => null, fileOf: () => null },
    discoveryOf: () => Promise.resolve(discovery),
    read: () => Promise.resolve({ annotations: { 'kubernaut.io/toolset-sources': sources }, data: { k: data } }),
  } as unknown as ReadModel;
}
