import { expect } from 'chai';
import { service } from '../support/objects.ts';
import { holmesVersions } from '../tools/holmesgpt.ts';
import type { HolmesVersion } from '../tools/holmesgpt.ts';
import * as answers from './backends/answers.ts';
import type { Answer, Backend } from './backends/server.ts';
import { serveHttp } from './backends/server.ts';
import type { JudgedToolset } from './judge.ts';
import { minorOf } from './library.ts';
import type { Placed } from './suite.ts';
import { backendsOfEach, hostOf, hostsOf, judgeSuite } from './suite.ts';

const proxy = '/api/datasources/proxy/uid/one';

/** Grafana with its page at the root, and one data source, whose health it tells as well. */
function grafanaOver(store: Answer): Answer {
  const own = answers.grafana();
  return (request) => {
    if (request.target === '/') return { body: '<html>' };
    if (request.target === '/api/datasources/uid/one/health') return { body: { status: 'OK' } };
    if (!request.target.startsWith(`${proxy}/`)) return own(request);
    return store({ ...request, target: request.target.slice(proxy.length) });
  };
}

/** Which path HolmesGPT asks for with a data source UID, and without. */
describe('holmesgpt/grafana-proxy', () => {
  const suite = judgeSuite();
  const start = backendsOfEach();

  const stores = [
    { toolset: 'grafana/loki', product: 'loki', port: 3100, answer: answers.loki },
    { toolset: 'grafana/tempo', product: 'tempo', port: 3200, answer: answers.tempo },
  ];

  interface Asked {
    readonly warnings: readonly string[];
    readonly judged: JudgedToolset;
    readonly store: Backend;
    readonly grafana: Backend;
  }

  async function ask(
    version: HolmesVersion,
    toolset: string,
    [store, grafana]: readonly [Placed, Placed],
    config: object,
  ): Promise<Asked> {
    const off = { 'grafana/loki': { enabled: false }, 'grafana/dashboards': { enabled: false } };
    const files = { 'overrides.yaml': { toolsets: { ...off, [toolset]: { enabled: true, config } } } };
    const git = { version: `0.${String(minorOf(version))}`, files };
    const { text, stderr } = await suite.generate(git, [store.service, grafana.service]);
    const circumstances = { hosts: hostsOf(store, grafana), isImpatient: true, env: { KEY: 'key' } };
    const { exception, toolsets } = await suite.judges[version].judge(text, circumstances);
    expect(exception, text).to.equal(null);
    const warnings = stderr.split('\n').filter((line) => line.includes('OVERRIDE_MISDIRECTED'));
    return {
      warnings,
      judged: toolsets[toolset]!,
      store: store.backend as Backend,
      grafana: grafana.backend as Backend,
    };
  }

  async function placed(name: string, port: number, answer: Answer): Promise<Placed> {
    const labels = { 'app.kubernetes.io/name': name };
    const one = service({ namespace: 'a', name, labels, ports: [{ name: 'http', port }] });
    return { service: one, port, backend: await start(serveHttp(answer)) };
  }

  for (const version of holmesVersions) {
    for (const { toolset, product, port, answer } of stores) {
      const pair = async (): Promise<readonly [Placed, Placed]> => [
        await placed(product, port, answer),
        await placed('grafana', 3000, grafanaOver(answer)),
      ];
      const urlKey = minorOf(version) < 20 ? 'url' : 'api_url';

      it(`${version} sends Grafana paths to ${product} when only a UID is set and fails, and generate warns`, async () => {
        const { warnings, judged, store } = await ask(version, toolset, await pair(), {
          grafana_datasource_uid: 'one',
        });

        expect(warnings).to.have.length(1);
        expect(warnings[0]).to.contain('overrides.yaml:').and.contain(`a/${product}`);
        expect(judged.status).to.equal('failed');
        expect(store.asked).to.not.be.empty;
        for (const asked of store.asked) expect(asked).to.match(/^GET \/api\/datasources\/(?:proxy\/)?uid\/one\//);
      });

      it(`${version} sends Grafana the paths of ${product} when no UID is set, and generate warns`, async () => {
        const both = await pair();
        const config = { [urlKey]: `http://${hostOf(both[1].service)}:3000`, api_key: '{{ env.KEY }}' };

        const { warnings, judged, store, grafana } = await ask(version, toolset, both, config);

        expect(warnings).to.have.length(1);
        // Grafana passes for a Loki where any page does, and for a Tempo where its own /api/search does: no query finds a thing.
        const passes = minorOf(version) < 20 ? product === 'loki' : product === 'tempo';
        expect(judged.status).to.equal(passes ? 'enabled' : 'failed');
        expect(store.asked).to.be.empty;
        expect(grafana.asked).to.not.be.empty;
        for (const asked of grafana.asked) expect(asked).to.not.contain('/api/datasources/');
      });

      it(`${version} queries ${product} through Grafana when URL and UID are set, and generate does not warn`, async () => {
        const both = await pair();
        const config = {
          [urlKey]: `http://${hostOf(both[1].service)}:3000`,
          api_key: '{{ env.KEY }}',
          grafana_datasource_uid: 'one',
        };

        const { warnings, judged, store, grafana } = await ask(version, toolset, both, config);

        expect(warnings).to.be.empty;
        expect(judged.status, judged.error ?? '').to.equal('enabled');
        expect(store.asked).to.be.empty;
        expect(grafana.asked).to.not.be.empty;
        for (const asked of grafana.asked) expect(asked).to.match(/^GET \/api\/datasources\/(?:proxy\/)?uid\/one\//);
      });
    }

    it(`${version} requests dashboards ${minorOf(version) < 24 ? 'as without' : 'through the data source of'} a UID`, async () => {
      const both = [
        await placed('loki', 3100, answers.loki),
        await placed('grafana', 3000, answers.grafana()),
      ] as const;

      const { warnings, grafana } = await ask(version, 'grafana/dashboards', both, {
        api_key: '{{ env.KEY }}',
        grafana_datasource_uid: 'one',
      });

      expect(warnings).to.have.length(minorOf(version) < 24 ? 0 : 1);
      expect(grafana.asked.some((asked) => asked.startsWith(`GET ${proxy}/`))).to.equal(minorOf(version) >= 24);
    });
  }
});
