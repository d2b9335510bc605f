import { expect } from 'chai';
import nock from 'nock';
import { loki } from '../../../../detectors/loki.ts';
import type { AskResult } from '../../../../plugin/doctor/first-question/ask.ts';
import { askFirst } from '../../../../plugin/doctor/first-question/ask.ts';
import { assumedNamespaceOf, firstQueryOf } from '../../../../plugin/doctor/first-question/queries.ts';
import type { Target } from '../../../../plugin/doctor/first-question/targets.ts';
import { namespacesFor } from '../../../../plugin/doctor/first-question/targets.ts';
import type { Decision } from '../../../../plugin/discovery/decision.ts';
import type { HungServers } from '../../../support/hung-servers.ts';
import { hungStages, startHungServers } from '../../../support/hung-servers.ts';
import { serviceView } from '../../../support/service-view.ts';

const now = Date.UTC(2026, 2, 1);

describe('plugin/doctor/first-question/ask', () => {
  let servers: HungServers;
  before(async () => {
    servers = await startHungServers();
  });
  after(() => servers.stop());
  beforeEach(() => {
    nock.enableNetConnect(/^127\.0\.0\.1/);
  });

  for (const stage of hungStages) {
    it(`gives up on a backend that hangs after ${stage}`, async () => {
      expect(await ask(servers.hung[stage])).to.deep.include({ reason: 'Unreachable' });
    });
  }

  it('rejects the answer of another product', async () => {
    expect(await ask(servers.answering, 5_000)).to.deep.include({ reason: 'OtherAnswer' });
  });

  it('asks about its own namespace first, then about those with the most Services, four in all', () => {
    const counts = { zeta: 3, alpha: 1, beta: 3, gamma: 2, own: 1 };
    const decisions = Object.entries(counts).flatMap(([namespace, count]) =>
      Array.from({ length: count }, (): Decision => ({ service: serviceView({ namespace }) }) as Decision),
    );

    expect(namespacesFor('own', decisions)).to.deep.equal(['own', 'beta', 'zeta', 'gamma']);
  });

  const cluster = { label: 'cluster', value: 'prod-eu' };
  const selectors: Readonly<Record<string, readonly [assumed: string, told: string]>> = {
    'grafana/loki': ['{namespace="shop"}', '{a.b="shop",cluster="prod-eu"}'],
    'prometheus/metrics': ['{namespace="shop"}', '{a.b="shop",cluster="prod-eu"}'],
    'grafana/tempo': ['{resource.k8s.namespace.name="shop"}', '{resource.a.b="shop" && resource.cluster="prod-eu"}'],
    victorialogs: ['{namespace="shop"}', '"a.b":="shop" "cluster":="prod-eu"'],
    'elasticsearch/data': ['kubernetes.namespace:"shop"', 'a.b:"shop" AND cluster:"prod-eu"'],
  };
  for (const [toolset, [assumed, told]] of Object.entries(selectors)) {
    it(`queries ${toolset} for one entry, by the default label and by a configured label and cluster`, () => {
      const about = { namespace: 'shop', indices: [], start: 0, end: 1 };

      const plain = firstQueryOf(toolset, { ...about, name: assumedNamespaceOf(toolset), cluster: null });
      const other = firstQueryOf(toolset, { ...about, name: 'a.b', cluster });

      expect([plain?.selector, other?.selector]).to.deep.equal([assumed, told]);
      expect(plain?.path).to.match(/[?&](?:limit|size)=1(?:&|$)/);
    });
  }

  it('queries Elasticsearch in the configured indices', () => {
    const about = { namespace: 'shop', name: 'a', cluster: null, start: 0, end: 1 };

    const query = firstQueryOf('elasticsearch/data', { ...about, indices: ['logstash-*', 'app-logs'] });

    expect(query?.path).to.match(/^\/logstash-\*,app-logs\/_search\?/);
  });
});

async function ask(port: number, timeoutMs = 100): Promise<AskResult> {
  const target: Target = {
    service: serviceView({ clusterIP: '127.0.0.1' }),
    detector: loki,
    toolset: 'grafana/loki',
    instance: 'obs/loki',
    endpoint: { scheme: 'http', host: '127.0.0.1', port, path: '', schemeFrom: 'default' },
    tenant: null,
    name: 'namespace',
    cluster: null,
    indices: [],
    hasCredential: false,
    candidate: null,
  };
  const { signal } = new AbortController();
  return askFirst(target, ['shop'], { now, timeoutMs, signal });
}
