import { expect } from 'chai';
import { holmesgpt } from '../../../../../plugin/consumers/holmesgpt/index.ts';
import type { Candidate } from '../../../../../plugin/discovery/decision.ts';
import type { DataMap } from '../../../../../plugin/lib/json.ts';
import { candidate } from '../../../../support/candidate.ts';

const uid = { grafana_datasource_uid: 'a' };

function at(key: string, toolset: string, port: number, change: Partial<Candidate['endpoint']> = {}): Candidate {
  const { endpoint } = candidate(key);
  return candidate(key, { toolset, endpoint: { ...endpoint, port, ...change } });
}

const backends = [
  at('logs/loki', 'grafana/loki', 3100),
  at('other/loki', 'grafana/loki', 80, { path: '/loki' }),
  at('traces/tempo', 'grafana/tempo', 3200),
  at('monitoring/grafana', 'grafana/dashboards', 80, { path: '/grafana' }),
  // One image with everything: one Service, one port for each.
  at('lgtm/lgtm', 'grafana/dashboards', 3000),
  at('lgtm/lgtm', 'grafana/loki', 3100),
  at('tenant/loki', 'grafana/loki', 443, { host: 'grafana.example.com', foreign: true }),
];

/** `pointer: message`, each. */
function said(name: string, config: DataMap, isKnown = true, version = '0.45'): string[] {
  const discovered = (entry: string): Candidate[] => backends.filter(({ toolset }) => toolset === entry);
  return holmesgpt(version)
    .validateRequests('toolsets', name, { config }, isKnown ? discovered : null)
    .map(({ path, message, effect }) => `${effect} /${path.join('/')}: ${message}`);
}

function itself(path: string, service: string, product = 'Loki', version = '0.45'): string {
  return `misdirected ${path}: HolmesGPT ${version} would ask ${service} below /api/datasources/proxy/uid/, a path of Grafana: it is ${product} itself`;
}

describe('plugin/consumers/holmesgpt/validate/grafana-proxy', () => {
  describe('warns of a data source UID', () => {
    it('beside the URL of a discovered store, under every name of its Service', () => {
      for (const host of [
        'logs.svc',
        'logs',
        'logs.svc.cluster.local',
        'logs.svc.cluster.local.',
        'logs.svc.k8s.example',
      ]) {
        const found = said('grafana/loki', { ...uid, api_url: `http://loki.${host}:3100/` });

        expect(found, host).to.deep.equal([itself('/config/grafana_datasource_uid', 'logs/loki')]);
      }
      expect(said('grafana/tempo', { ...uid, api_url: 'http://tempo.traces.svc:3200' })).to.deep.equal([
        itself('/config/grafana_datasource_uid', 'traces/tempo', 'Tempo'),
      ]);
      expect(said('grafana/loki', { ...uid, api_url: 'http://loki.other.svc/loki' })).to.have.length(1);
    });

    it('beside a URL under the keys of older releases', () => {
      expect(said('grafana/loki', { ...uid, url: 'http://loki.logs.svc:3100' }, true, '0.16')).to.deep.equal([
        itself('/config/grafana_datasource_uid', 'logs/loki', 'Loki', '0.16'),
      ]);
      expect(said('grafana/loki', { ...uid, url: 'http://loki.logs.svc:3100' })).to.have.length(1);
    });

    it('in each instance, and once when it is shared by all instances', () => {
      const url = { api_url: 'http://loki.logs.svc:3100' };

      expect(said('grafana/loki', { instances: [{ name: 'a' }, { name: 'b', ...url, ...uid }] })).to.deep.equal([
        itself('/config/instances/1/grafana_datasource_uid', 'logs/loki'),
      ]);
      expect(said('grafana/loki', { ...uid, instances: [url, { api_url: 'http://loki.other.svc' }] })).to.have.length(
        1,
      );
      expect(said('grafana/loki', { ...uid, instances: [{ ...url, grafana_datasource_uid: '' }] })).to.be.empty;
    });

    it('for dashboards, from 0.24 on, which would also be queried through the data source', () => {
      const config = { ...uid, api_url: 'https://grafana.example.com' };

      for (const isKnown of [true, false])
        expect(said('grafana/dashboards', config, isKnown)).to.deep.equal([
          'misdirected /config/grafana_datasource_uid: HolmesGPT 0.45 would ask below /api/datasources/proxy/uid/ for dashboards, where the data source answers and not Grafana',
        ]);
      expect(said('grafana/dashboards', config, true, '0.16')).to.be.empty;
    });
  });

  it('warns of the URL of a discovered Grafana without a UID', () => {
    for (const url of [
      'http://grafana.monitoring.svc',
      'http://grafana.monitoring:80/grafana/',
      'http://lgtm.lgtm.svc:3000',
    ])
      expect(said('grafana/loki', { api_url: url }), url).to.have.length(1);
    expect(said('grafana/tempo', { api_url: 'http://grafana.monitoring.svc/grafana' })).to.deep.equal([
      'misdirected /config/api_url: HolmesGPT 0.45 would ask monitoring/grafana as if it were Tempo: it is Grafana, and no grafana_datasource_uid is there',
    ]);
  });

  it('accepts both the URL of a Grafana and a UID, or neither', () => {
    const configs: readonly DataMap[] = [
      { ...uid, api_url: 'http://grafana.monitoring.svc/grafana' },
      { ...uid, api_url: 'http://lgtm.lgtm.svc:3000' },
      { api_url: 'http://lgtm.lgtm.svc:3100' },
      { api_url: 'http://loki.logs.svc:3100', timeout_seconds: 5 },
      { api_url: 'http://loki.logs.svc:3100', grafana_datasource_uid: '' },
    ];
    for (const config of configs) expect(said('grafana/loki', config), JSON.stringify(config)).to.be.empty;
  });

  it('accepts what it cannot determine', () => {
    const configs: readonly DataMap[] = [
      { ...uid, api_url: 'https://grafana.example.com' },
      { ...uid, api_url: '{{ env.GRAFANA_URL }}' },
      { ...uid, api_url: 5 },
      { ...uid },
      { ...uid, api_url: 'http://loki.logs.svc:3000' },
      { api_url: 'http://grafana.monitoring.svc/api/datasources/proxy/uid/a' },
      { api_url: 'http://grafana.monitoring.svc:9090' },
      { instances: [null, 'a'] },
      {},
    ];
    for (const config of configs) expect(said('grafana/loki', config), JSON.stringify(config)).to.be.empty;
    expect(said('prometheus/metrics', uid)).to.be.empty;
  });

  it('warns without a cluster only when there is no URL beside the UID', () => {
    expect(said('grafana/loki', uid, false)).to.have.length(1);
    expect(said('grafana/loki', { ...uid, api_url: 'http://loki.logs.svc:3100' }, false)).to.be.empty;
    expect(said('grafana/loki', { ...uid, url: 'http://a' }, false)).to.be.empty;
    expect(said('grafana/loki', { instances: [{ ...uid, api_url: 'http://a' }] }, false)).to.be.empty;
    expect(said('grafana/loki', { timeout_seconds: 5 }, false)).to.be.empty;
  });
});
