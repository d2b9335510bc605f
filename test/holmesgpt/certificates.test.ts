import { expect } from 'chai';
import { selfSigned } from '../support/certificate.ts';
import { service } from '../support/objects.ts';
import * as answers from './backends/answers.ts';
import { serveHttp } from './backends/server.ts';
import { httpsEnv as env, httpsKinds as kinds, httpsSpec as specOf, secured } from './https-kinds.ts';
import { backendsOfEach, differences, hostsOf, ignoredKeys, judged, judgeSuite, loggedIn, lone } from './suite.ts';

/** Backends over https, whose certificates are trusted inside of the cluster only. */
describe('holmesgpt/certificates', () => {
  const suite = judgeSuite();
  const start = backendsOfEach();
  const identity = selfSigned();

  for (const kind of kinds) {
    const { toolset, port, answer } = kind;
    const at = secured(kind);

    it(`does not enable ${toolset} when HolmesGPT would reject its certificate`, async () => {
      const backend = await start(serveHttp(answer, identity));

      const generated = await suite.generate({ spec: specOf(kind, 'public') }, [at]);
      const verdict = await judged(suite, generated, { hosts: hostsOf({ service: at, port, backend }), env });

      expect(differences(generated, verdict)).to.deep.equal([]);
      expect(verdict.toolsets[toolset]!.status).to.equal('disabled');
    });

    it(`works with ${toolset} when HolmesGPT is configured not to verify certificates`, async () => {
      const backend = await start(serveHttp(answer, identity));

      const generated = await suite.generate({ spec: specOf(kind, 'unverified') }, [at]);
      const verdict = await judged(suite, generated, { hosts: hostsOf({ service: at, port, backend }), env });

      expect(differences(generated, verdict)).to.deep.equal([]);
      expect(ignoredKeys(generated)).to.deep.equal([]);
      expect(verdict.toolsets[toolset]!.status).to.equal('enabled');
      expect(backend.asked).to.not.deep.equal([]);
    });

    it(`enables ${toolset} with verification when HolmesGPT has the cluster's CA`, async () => {
      const backend = await start(serveHttp(answer, identity));

      const generated = await suite.generate({ spec: specOf(kind, 'private') }, [at]);
      const verdict = await judged(suite, generated, { hosts: hostsOf({ service: at, port, backend }), env });

      // The judge does not have it: what it was not given it refuses, and Grafana's toolset alone puts up with that.
      const { status } = verdict.toolsets[toolset]!;
      expect(generated.file.toolsets[toolset]!.enabled).to.equal(true);
      expect(status).to.equal(toolset === 'grafana/dashboards' ? 'enabled' : 'failed');
      expect(backend.asked).to.deep.equal([]);
      expect(generated.text).to.not.include('verify');
    });
  }

  it('writes a ClickHouse URL over https that lacks only a login', async () => {
    const kind = kinds.find(({ toolset }) => toolset === 'clickhouse')!;
    const at = secured(kind);
    const backend = await start(serveHttp(kind.answer, identity));
    const spec = { target: { certificates: 'unverified' }, detectors: { clickhouse: { enabled: true } } };

    const generated = await suite.generate({ spec }, [at]);
    const verdict = await judged(suite, loggedIn(generated), {
      hosts: hostsOf({ service: at, port: kind.port, backend }),
    });

    expect(verdict.toolsets.clickhouse!.error).to.match(/^Connected to /);
  });

  it('does not enable a toolset whose verification cannot be switched off in an older release', async () => {
    const [kind] = kinds;
    const at = secured(kind!);
    const backend = await start(serveHttp(kind!.answer, identity));

    const generated = await suite.generate({ version: '0.16', spec: specOf(kind!, 'unverified') }, [at]);
    const verdict = await judged(suite, generated, { hosts: hostsOf({ service: at, port: kind!.port, backend }) });

    expect(differences(generated, verdict)).to.deep.equal([]);
    expect(ignoredKeys(generated)).to.deep.equal([]);
  });

  it('keeps verification on for a backend over http', async () => {
    const at = service({
      namespace: 'a',
      name: 'loki',
      labels: { 'app.kubernetes.io/name': 'loki' },
      ports: [{ name: 'http', port: 3100 }],
    });
    const backend = await start(serveHttp(answers.loki));
    const spec = { target: { certificates: 'unverified' } };

    const generated = await suite.generate({ spec }, [at]);
    const verdict = await judged(suite, generated, { hosts: hostsOf({ service: at, port: 3100, backend }) });

    expect(differences(generated, verdict)).to.deep.equal([]);
    expect(lone(verdict.toolsets['grafana/loki']!)).to.include({ verify_ssl: true });
  });

  it('keeps verification on for one backend over http beside another over https', async () => {
    const [first] = kinds;
    const plain = service({
      namespace: 'a',
      name: 'prometheus',
      labels: { 'app.kubernetes.io/name': 'prometheus' },
      ports: [{ name: 'web', port: 9090 }],
    });
    const secure = secured(first!);
    const [open, hidden] = [
      await start(serveHttp(answers.prometheus)),
      await start(serveHttp(answers.prometheus, identity)),
    ];
    const hosts = hostsOf(
      { service: plain, port: 9090, backend: open },
      { service: secure, port: 9090, backend: hidden },
    );

    const generated = await suite.generate({ spec: specOf(first!, 'unverified') }, [plain, secure]);
    const verdict = await judged(suite, generated, { hosts });

    const { effective } = verdict.toolsets['prometheus/metrics']!;
    expect(differences(generated, verdict)).to.deep.equal([]);
    expect(Object.values(effective).map((config) => config!.verify_ssl)).to.have.members([true, false]);
  });
});
