import { expect } from 'chai';
import { holmesgpt } from '../../plugin/consumers/holmesgpt/index.ts';
import { ambiguous } from '../support/data.ts';
import { service } from '../support/objects.ts';
import * as answers from './backends/answers.ts';
import type { Verdict } from './judge.ts';
import { mcp, serveMcpEvents } from './backends/mcp.ts';
import { serveHttp } from './backends/server.ts';
import { example } from './products.ts';
import { backendsOfEach, differences, hostsOf, ignoredKeys, judged, judgeSuite, lone } from './suite.ts';

/** Whole files: empty ones, what people add in Git, and what Services say of themselves. */
describe('holmesgpt/files', () => {
  const suite = judgeSuite();
  const start = backendsOfEach();
  const loki = example('loki', { name: 'loki' });

  for (const version of ['0.16', '0.45']) {
    it(`${version} loads the file of a cluster without backends`, async () => {
      const generated = await suite.generate({ version }, []);
      const verdict = await judged(suite, generated, {});

      expect(generated.file).to.deep.equal({ toolsets: { 'kubernetes/core': { enabled: true } } });
      expect(verdict.toolsets['kubernetes/core']!.enabled).to.equal(true);
    });

    it(`${version} enables by default what explain lists, besides kubernetes/core`, async () => {
      const generated = await suite.generate({ version }, []);
      const verdict = await judged(suite, generated, {});

      const implicit = holmesgpt(version).implicitlyEnabled({ toolsets: { 'kubernetes/core': {} }, mcp_servers: {} });
      expect(enabledIn(verdict)).to.deep.equal(['kubernetes/core', ...implicit].sort());
    });

    it(`${version} enables only the exceptions when default toolsets are off, and loads the file`, async () => {
      const target = { defaultToolsets: 'off', defaultToolsetsExcept: ['core_*'] };
      const generated = await suite.generate({ version, spec: { target } }, []);
      const verdict = await judged(suite, generated, {});

      expect(generated.file.toolsets).to.have.deep.property('kubernetes/core', { enabled: false });
      expect(enabledIn(verdict)).to.deep.equal(['core_investigation']);
    });

    it(`${version} loads the file of a cluster with many products at once`, async () => {
      const backend = await start(serveHttp(answers.loki));
      const services = ['prometheus', 'grafana', 'loki', 'tempo', 'jaeger', 'elasticsearch', 'alertmanager'].map((id) =>
        example(id),
      );
      const hosts = hostsOf(...services.map((at) => ({ ...at, backend })));

      const generated = await suite.generate(
        { version },
        services.map((at) => at.service),
      );
      const verdict = await judged(suite, generated, { hosts });

      const dropped = Object.keys(generated.file.toolsets).filter((name) => verdict.toolsets[name] === undefined);
      expect(dropped).to.deep.equal([]);
      expect(verdict.toolsets['grafana/loki']!.status).to.equal('enabled');
    });

    it(`${version} reads every text of an override as it was written`, async () => {
      const texts = ambiguous.filter((text) => !hasTemplate(text));
      const headers = Object.fromEntries(texts.map((text, index) => [`x-${index}`, text]));
      const key = version === '0.16' ? 'headers' : 'additional_headers';
      const toolsets = { 'grafana/dashboards': { enabled: false, config: { [key]: headers } } };

      const generated = await suite.generate({ version, files: { 'overrides.yaml': { toolsets } } }, []);
      const verdict = await judged(suite, generated, {});

      const { effective } = verdict.toolsets['grafana/dashboards']!;
      expect(effective.default![key]).to.deep.equal(headers);
    });

    it(`${version} applies an override of the URL, of a header and of the instructions`, async () => {
      const backend = await start(serveHttp(answers.prometheus));
      const at = example('prometheus');
      const elsewhere = service({ namespace: 'other', name: 'mimir' });
      const headers = version === '0.16' ? 'headers' : 'additional_headers';
      const config = {
        prometheus_url: 'http://mimir.other.svc.cluster.local:8080',
        [headers]: { 'X-Scope-OrgID': '012' },
      };
      const toolsets = { 'prometheus/metrics': { llm_instructions: 'Ask for no more than a day.', config } };

      const generated = await suite.generate({ version, files: { 'overrides.yaml': { toolsets } } }, [at.service]);
      const verdict = await judged(suite, generated, { hosts: hostsOf({ service: elsewhere, port: 8080, backend }) });

      expect(differences(generated, verdict)).to.deep.equal([]);
      expect(ignoredKeys(generated)).to.deep.equal([]);
      expect(backend.received.map((request) => request.headers['x-scope-orgid'])).to.deep.equal(['012']);
    });

    it(`${version} disables what Git disables, and enables what Git adds`, async () => {
      const backend = await start(serveHttp(answers.loki));
      const overrides = {
        toolsets: {
          'grafana/loki': { enabled: false },
          'helm/core': { enabled: false },
          'own-tool': {
            description: 'Says hello',
            tools: [{ name: 'hello', description: 'Says hello', command: 'echo hello' }],
          },
        },
      };

      const generated = await suite.generate({ version, files: { 'overrides.yaml': overrides } }, [loki.service]);
      const verdict = await judged(suite, generated, { hosts: hostsOf({ ...loki, backend }) });

      expect(verdict.toolsets['grafana/loki']!.status).to.equal('disabled');
      expect(verdict.toolsets['own-tool']).to.include({ status: 'enabled' });
      expect(verdict.toolsets['own-tool']!.tools).to.deep.equal(['hello']);
      expect(backend.asked).to.deep.equal([]);
    });

    it(`${version} enables entries without an enabled key as explain reports`, async () => {
      const overrides = {
        toolsets: {
          'datadog/logs': { config: { api_key: 'a', app_key: 'b', api_url: 'https://127.0.0.1:1' } },
          'kubernetes/logs': { description: 'mine' },
          own: { description: 'd', tools: [{ name: 'hello', description: 'd', command: 'echo hello' }] },
        },
      };

      const generated = await suite.generate({ version, files: { 'overrides.yaml': overrides } }, []);
      const { toolsets } = await judged(suite, generated, {});

      const { isEnabled } = holmesgpt(version);
      const said = Object.entries(overrides.toolsets).map(([name, entry]) => [
        name,
        isEnabled('toolsets', name, entry),
      ]);
      expect(said).to.deep.equal(Object.keys(overrides.toolsets).map((name) => [name, toolsets[name]!.enabled]));
      expect(Object.fromEntries(said)).to.include({ 'datadog/logs': false, own: true });
    });

    it(`${version} connects to an MCP server that a Service announces`, async () => {
      const backend = await start(serveHttp(mcp));
      // A server of tools is believed only where its namespace is trusted.
      const spec = { trust: { namespaces: ['team'] } };

      const generated = await suite.generate({ version, spec }, [announced('mcp')]);
      const verdict = await judged(suite, generated, {
        hosts: hostsOf({ service: announced('mcp'), port: 8000, backend }),
      });

      expect(differences(generated, verdict)).to.deep.equal([]);
      expect(ignoredKeys(generated)).to.deep.equal([]);
      const [name] = Object.keys(generated.file.mcp_servers!);
      expect(verdict.toolsets[name!]).to.include({ status: 'enabled', type: 'mcp' });
      expect(verdict.toolsets[name!]!.tools).to.deep.equal(['look']);
      expect(backend.asked[0]).to.equal('POST /mcp');
    });

    it(`${version} connects to an MCP server over server-sent events`, async () => {
      const backend = await start(serveMcpEvents());
      const spec = { trust: { namespaces: ['team'] } };
      const at = announced('mcp', { 'kubernaut.io/toolset-endpoint': 'http://api.team.svc:8000/sse' });

      const generated = await suite.generate({ version, spec }, [at]);
      const verdict = await judged(suite, generated, { hosts: hostsOf({ service: at, port: 8000, backend }) });

      expect(differences(generated, verdict)).to.deep.equal([]);
      expect(Object.keys(generated.file.mcp_servers!).flatMap((name) => verdict.toolsets[name]!.tools)).to.deep.equal([
        'look',
      ]);
      expect(backend.asked[0]).to.equal('GET /sse');
    });

    it(`${version} connects to an MCP server that Git adds, and not to a disabled one`, async () => {
      const backend = await start(serveHttp(mcp));
      const config = { url: 'http://api.team.svc.cluster.local:8000/mcp', mode: 'streamable-http' };
      const mcp_servers = { own: { description: 'Ours', config }, off: { description: 'Off', enabled: false, config } };

      const generated = await suite.generate({ version, files: { 'overrides.yaml': { mcp_servers } } }, []);
      const verdict = await judged(suite, generated, {
        hosts: hostsOf({ service: announced('mcp'), port: 8000, backend }),
      });

      expect(verdict.toolsets.own!.status).to.equal('enabled');
      expect(verdict.toolsets.off!.status).to.equal('disabled');
    });
  }

  it('lets the model query an API that a Service announces', async () => {
    const backend = await start(serveHttp(() => ({ body: 'OK' })));
    const at = announced('inventory');

    const generated = await suite.generate({}, [at]);
    const verdict = await judged(suite, generated, { hosts: hostsOf({ service: at, port: 8000, backend }) });

    expect(differences(generated, verdict)).to.deep.equal([]);
    expect(ignoredKeys(generated)).to.deep.equal([]);
    const [name] = Object.keys(generated.file.toolsets).filter((one) => one !== 'kubernetes/core');
    expect(verdict.toolsets[name!]).to.include({ status: 'enabled', type: 'http' });
    expect(lone(verdict.toolsets[name!]!).endpoints).to.containSubset([
      { hosts: ['http://api.team.svc.cluster.local:8000'] },
    ]);
  });

  it('works with a custom detector', async () => {
    const backend = await start(serveHttp(answers.prometheus));
    const at = service({ namespace: 'team', name: 'm3-query', ports: [{ name: 'http', port: 7201 }] });
    const template = { enabled: true, config: { prometheus_url: '${url}' } };
    const detector = { id: 'm3', match: [{ names: ['m3-*'] }], toolset: { name: 'prometheus/metrics', template } };

    const generated = await suite.generate({ spec: { customDetectors: [detector] } }, [at]);
    const verdict = await judged(suite, generated, { hosts: hostsOf({ service: at, port: 7201, backend }) });

    expect(differences(generated, verdict)).to.deep.equal([]);
    expect(lone(verdict.toolsets['prometheus/metrics']!).prometheus_url).to.equal(
      'http://m3-query.team.svc.cluster.local:7201/',
    );
  });

  it('applies a patch to one of two instances', async () => {
    const pair = ['a', 'b'].map((namespace) => ({
      service: service({
        namespace,
        name: 'loki',
        labels: { 'app.kubernetes.io/name': 'loki' },
        ports: [{ name: 'http', port: 3100 }],
      }),
      port: 3100,
    }));
    const backends = [await start(serveHttp(answers.loki)), await start(serveHttp(answers.loki))];
    const hosts = hostsOf(...pair.map((one, index) => ({ ...one, backend: backends[index]! })));
    const path = '/config/instances/1/additional_headers';
    const patches = [{ target: 'grafana/loki', patch: [{ op: 'add', path, value: { 'X-Scope-OrgID': 'team-b' } }] }];

    const generated = await suite.generate(
      { files: { 'patches.yaml': patches } },
      pair.map((one) => one.service),
    );
    const verdict = await judged(suite, generated, { hosts });

    expect(differences(generated, verdict)).to.deep.equal([]);
    expect(ignoredKeys(generated)).to.deep.equal([]);
    expect(backends.map(({ received }) => received[0]!.headers['x-scope-orgid'])).to.deep.equal([undefined, 'team-b']);
  });

  it('applies a patched header to the trusted backend, and not to an untrusted one beside it', async () => {
    const labels = { 'app.kubernetes.io/name': 'mimir', 'app.kubernetes.io/component': 'query-frontend' };
    const frontend = service({
      namespace: 'platform',
      name: 'mimir-query-frontend',
      labels,
      ports: [{ name: 'http-metrics', port: 8080 }],
    });
    const tenant = service({
      namespace: 'a-tenant',
      name: 'prometheus',
      labels: { 'app.kubernetes.io/name': 'prometheus' },
      ports: [{ name: 'web', port: 9090 }],
    });
    const mimir = await start(serveHttp(answers.promql('/prometheus')));
    const other = await start(serveHttp(answers.prometheus));
    const hosts = hostsOf(
      { service: frontend, port: 8080, backend: mimir },
      { service: tenant, port: 9090, backend: other },
    );
    const path = '/config/additional_headers/X-Scope-OrgID';
    const patches = [
      {
        target: 'prometheus/metrics',
        patch: [
          { op: 'replace', path, value: 'platform' },
          { op: 'add', path: '/config/query_timeout_seconds_default', value: 30 },
        ],
      },
    ];
    const spec = { trust: { namespaces: ['platform'] } };

    const generated = await suite.generate({ spec, files: { 'patches.yaml': patches } }, [tenant, frontend]);
    const verdict = await judged(suite, generated, { hosts });

    expect(differences(generated, verdict)).to.deep.equal([]);
    expect(ignoredKeys(generated)).to.deep.equal([]);
    const { effective } = verdict.toolsets['prometheus/metrics']!;
    expect(Object.keys(effective)).to.deep.equal(['platform/mimir-query-frontend', 'a-tenant/prometheus']);
    const timeouts = Object.values(effective).map((one) => one!.query_timeout_seconds_default);
    expect(timeouts).to.deep.equal([30, 30]);
    expect(mimir.received[0]!.headers['x-scope-orgid']).to.equal('platform');
    expect(other.received[0]!.headers).to.not.have.property('x-scope-orgid');
  });
});

/** HolmesGPT fills in `{{ env.X }}`: such a text does not come back as it was. */
function hasTemplate(text: string): boolean {
  return text.includes('{{');
}

function announced(type: string, more: Readonly<Record<string, string>> = {}): ReturnType<typeof service> {
  const annotations = { 'kubernaut.io/toolset': 'true', 'kubernaut.io/toolset-type': type, ...more };
  return service({ namespace: 'team', name: 'api', annotations, ports: [{ name: 'http', port: 8000 }] });
}

function enabledIn({ toolsets }: Verdict): readonly string[] {
  return Object.keys(toolsets)
    .filter((name) => toolsets[name]!.enabled)
    .sort();
}
