import { expect } from 'chai';
import { toolsetRows } from '../../../../../plugin/serve/http/handlers/toolset-rows.ts';
import type { ReadModel } from '../../../../../plugin/serve/http/state/read-model.ts';
import { candidate } from '../../../../support/candidate.ts';
import { holmesgpt045 } from '../../../../support/git.ts';
import { upToDate as status } from '../../config-map-status.ts';

describe('plugin/serve/http/handlers/toolset-rows', () => {
  it('have what each costs, and the Services that are in, none that was evicted', async () => {
    const sources = 'prometheus/metrics:\n  a/gone http://gone.a.svc:9090 evicted\n  b/one http://one.b.svc:9090';
    const data = 'toolsets:\n  prometheus/metrics: {enabled: true}\n';
    const explained = {
      metadata: { spec: { target: { configMap: { key: 'k' } } } },
      candidates: { consumer: holmesgpt045, access: { credentials: {}, isTrusted: () => true } },
      conclusion: { admitted: [candidate('b/one')] },
    };
    const model = {
      caches: { endpointsOf: () => undefined },
      sightings: { discoveredAt: () => 0, lastCheck: () => ({ at: 1_000, healthy: true }) },
      configMaps: () => [status],
      configMapHistory: { pending: () => null, fileOf: () => null },
      explained: () => Promise.resolve(explained),
      read: () => Promise.resolve({ annotations: { 'kubernaut.io/toolset-sources': sources }, data: { k: data } }),
    } as unknown as ReadModel;

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
});
