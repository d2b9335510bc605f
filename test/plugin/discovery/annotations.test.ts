import { expect } from 'chai';
import { urlOf } from '../../../plugin/discovery/decision.ts';
import type { Candidate } from '../../../plugin/discovery/decision.ts';
import type { KubeObject } from '../../cluster/parts/objects.ts';
import { grafana, prometheus, service } from '../../support/objects.ts';
import { decisionsOf, discoverFixture } from './fixture.ts';

describe('plugin/discovery/annotations', () => {
  const key = 'kubernaut.io/toolset';
  const trusted = { trust: { namespaces: ['*'] }, health: { check: 'none' } };

  function annotated(object: KubeObject, annotations: Readonly<Record<string, string>>): KubeObject {
    return { ...object, metadata: { ...object.metadata, annotations } };
  }

  async function admittedOf(object: KubeObject, spec: object = trusted): Promise<Candidate | undefined> {
    return (await discoverFixture({ items: [object], spec })).admitted[0];
  }

  describe('opt in', () => {
    for (const value of ['true', 'enabled']) {
      it(`takes a Service with ${JSON.stringify(value)} and a type that nothing else tells`, async () => {
        const found = await admittedOf(annotated(service(), { [key]: value, [`${key}-type`]: 'prometheus' }));

        expect(found?.toolset).to.equal('prometheus/metrics');
        expect(urlOf(found!.endpoint)).to.equal('http://web.monitoring.svc.cluster.local:80');
      });
    }

    it('makes an HTTP API of a type that no detector knows', async () => {
      const found = await admittedOf(annotated(service(), { [key]: 'true', [`${key}-type`]: 'wiki' }));

      expect(found?.toolset).to.equal('custom/monitoring/web');
    });

    it('makes an MCP server of type mcp, below /mcp', async () => {
      const found = await admittedOf(annotated(service(), { [key]: 'true', [`${key}-type`]: 'mcp' }));

      expect(found?.toolset).to.equal('mcp/monitoring/web');
      expect(urlOf(found!.endpoint)).to.equal('http://web.monitoring.svc.cluster.local:80/mcp');
    });

    it('wants a type where nothing else tells the product', async () => {
      const all = await decisionsOf({ items: [annotated(service(), { [key]: 'true' })] });

      expect(all['monitoring/web']).to.equal(
        'denied: kubernaut.io/toolset-type is missing, and nothing else tells the product',
      );
    });

    it('names the instance after its namespace, takes endpoint and health path, and says by what', async () => {
      const annotations = {
        [key]: 'true',
        [`${key}-name`]: 'shop',
        [`${key}-endpoint`]: 'https://prometheus.monitoring.svc:9443/base/',
        [`${key}-health-path`]: '/-/ready',
      };

      const found = await admittedOf(annotated(prometheus(), annotations));

      expect(found).to.deep.include({ instance: 'monitoring/shop', healthPath: '/-/ready' });
      expect(urlOf(found!.endpoint)).to.equal('https://prometheus.monitoring.svc.cluster.local:9443/base');
      expect(found?.rule).to.match(/^product label: .*; annotation kubernaut\.io\/toolset$/);
    });

    it('takes the health path by its other name', async () => {
      const found = await admittedOf(annotated(prometheus(), { [key]: 'true', 'kubernaut.io/health-endpoint': '/up' }));

      expect(found?.healthPath).to.equal('/up');
    });

    for (const host of ['web.monitoring', 'web.monitoring.svc', 'web.monitoring.svc.cluster.local', '10.0.0.1']) {
      it(`knows itself as ${host}`, async () => {
        const annotations = { [key]: 'true', [`${key}-type`]: 'wiki', [`${key}-endpoint`]: `http://${host}:81/x` };

        expect(urlOf((await admittedOf(annotated(service(), annotations)))!.endpoint)).to.equal(
          'http://web.monitoring.svc.cluster.local:81/x',
        );
      });
    }

    it('does nothing without the first annotation', async () => {
      const all = await decisionsOf({ items: [annotated(service(), { [`${key}-type`]: 'prometheus' })] });

      expect(all['monitoring/web']).to.match(/^ignored/);
    });

    it('does not switch on what toolset.yaml switched off', async () => {
      const spec = { ...trusted, detectors: { grafana: { enabled: false } } };
      const items = [annotated(grafana(), { [key]: 'true', [`${key}-type`]: 'grafana' })];

      expect((await decisionsOf({ items, spec }))['monitoring/grafana']).to.match(
        /^denied: the detector grafana is off/,
      );
    });
  });

  describe('opt out', () => {
    for (const value of ['false', 'False', 'no', 'off', 'disabled', '0', ' false ']) {
      it(`wins with ${JSON.stringify(value)} over everything else that is decisionsOf`, async () => {
        const more = { [`${key}-type`]: 'prometheus', [`${key}-endpoint`]: 'http://prometheus.monitoring.svc:9090' };
        const items = [annotated(prometheus(), { ...more, [key]: value })];
        const customDetectors = [{ id: 'own', match: [{ names: ['*'] }], toolset: { name: 'own', template: {} } }];

        const all = await decisionsOf({ items, spec: { ...trusted, customDetectors } });

        expect(all['monitoring/prometheus']).to.equal('denied: its annotation kubernaut.io/toolset opts out');
      });
    }
  });

  describe('an endpoint', () => {
    const endpoints: readonly (readonly [string, RegExp])[] = [
      ['http://elsewhere.monitoring.svc:9090', /another host/],
      ['http://web.monitoring.svc.evil.example', /another host/],
      ['http://web.monitoring.svc.cluster.local.evil.example', /another host/],
      ['http://web.monitoring@evil.example', /must not hold a credential/],
      ['http://user:password@web.monitoring.svc', /must not hold a credential/],
      ['http://127.0.0.1:9090', /another host/],
      ['http://localhost', /another host/],
      ['http://[::1]:80', /another host/],
      ['http://169.254.169.254/latest/meta-data', /another host/],
      ['http://2130706433', /another host/],
      ['http://0x7f.1', /another host/],
      ['http://web.monitoring.svc?x=1', /query or fragment/],
      ['http://web.monitoring.svc#x', /query or fragment/],
      ['file:///etc/passwd', /must be http or https, not "file"/],
      ['gopher://web.monitoring.svc', /must be http or https/],
      ['javascript:alert(1)', /must be http or https/],
      ['ftp://web.monitoring.svc', /must be http or https/],
      ['web.monitoring.svc:9090', /must be http or https|not a URL/],
      ['//web.monitoring.svc', /not a URL/],
      ['', /not a URL/],
      ['http://', /not a URL/],
      ['http://web.monitoring.svc:99999', /not a URL/],
      ['http://web.monitoring.svc/\nX: y', /characters that are not allowed/],
      ['http://web.monitoring.svc/\u001B[31m', /characters that are not allowed/],
      ['http://web.monitoring.svc/{{ env.X }}', /characters that are not allowed/],
      ['http://web.monitoring.svc/\u202Eexe', /characters that are not allowed/],
      [`http://web.monitoring.svc/${'x'.repeat(200_000)}`, /too long/],
    ];
    for (const [endpoint, reason] of endpoints) {
      it(`is denied: ${JSON.stringify(endpoint.slice(0, 60))}`, async () => {
        const annotations = { [key]: 'true', [`${key}-type`]: 'wiki', [`${key}-endpoint`]: endpoint };

        const found = (await decisionsOf({ items: [annotated(service(), annotations)], spec: trusted }))[
          'monitoring/web'
        ]!;

        expect(found)
          .to.match(/^denied: /)
          .and.match(reason);
        expect(found.length).to.be.below(300);
        expect(found).to.match(/^[ -~…]*$/);
      });
    }
  });

  describe('an endpoint on another host, with trust.foreignEndpoints', () => {
    const spec = { ...trusted, trust: { namespaces: ['*'], foreignEndpoints: true } };
    const local = [
      '127.0.0.1',
      'localhost',
      'a.localhost',
      '[::1]',
      '[::]',
      '0.0.0.0',
      '169.254.169.254',
      '2130706433',
    ];
    const more = ['[fe80::1]', '[::ffff:127.0.0.1]', 'metadata.google.internal', '0x7f.1'];

    for (const host of [...local, ...more]) {
      it(`is never ${host}`, async () => {
        const items = [annotated(prometheus(), { [key]: 'true', [`${key}-endpoint`]: `http://${host}:9090` })];

        expect((await decisionsOf({ items, spec }))['monitoring/prometheus']).to.match(/^denied: .*is a local address/);
      });
    }

    it('is taken, and known as foreign', async () => {
      const items = annotated(prometheus(), {
        [key]: 'true',
        [`${key}-endpoint`]: 'https://mimir.example.com/prometheus',
      });

      const found = await admittedOf(items, spec);

      expect(found?.endpoint).to.deep.include({ host: 'mimir.example.com', port: 443, foreign: true });
    });
  });

  it('says of a value that it does not know what is allowed', async () => {
    for (const value of ['yes', 'TRUE', '', '{{ x }}', '\n', 'x'.repeat(200_000)]) {
      const found = (await decisionsOf({ items: [annotated(prometheus(), { [key]: value })] }))[
        'monitoring/prometheus'
      ]!;

      expect(found).to.match(/^denied: kubernaut\.io\/toolset must be "true", "enabled" or "false"/);
      expect(found.length).to.be.below(300);
    }
  });
});
