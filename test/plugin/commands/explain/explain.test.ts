import { expect } from 'chai';
import type { Explanation } from '../../../../plugin/commands/explain/explain.ts';
import type { KubeObject } from '../../../cluster/parts/objects.ts';
import { temporaryFolder } from '../../../support/folder.ts';
import { grafana, prometheus, recording, service, slice } from '../../../support/objects.ts';
import type { Outcome } from '../../../support/run.ts';
import { reported, runHere } from '../../../support/run.ts';

const sick = grafana();
const objects = [
  prometheus(),
  slice(prometheus()),
  sick,
  slice(sick, { ready: 0, notReady: 1 }),
  service({ namespace: 'shop', name: 'web' }),
  service({ namespace: 'shop', name: 'prometheus-pushgateway', labels: { app: 'prometheus-pushgateway' } }),
];

describe('plugin/commands/explain/explain', () => {
  const folder = temporaryFolder();
  const explain = async (args: readonly string[], cluster: readonly KubeObject[] = objects): Promise<Outcome> => {
    const path = await folder.write('cluster.json', recording(...cluster));
    return runHere(['explain', '--path', folder.path, '--snapshot', path, ...args]);
  };
  const explained = async (args: readonly string[] = []): Promise<Explanation> => {
    const { stdout } = await explain(['-o', 'json', ...args]);
    return JSON.parse(stdout) as Explanation;
  };

  describe('as JSON', () => {
    it('has exactly the keys that checks rely on', async () => {
      const explanation = await explained();

      expect(Object.keys(explanation)).to.deep.equal(['services', 'toolsets', 'onByDefault', 'warnings']);
      for (const one of explanation.services) {
        expect(Object.keys(one)).to.deep.equal([
          ...['namespace', 'name', 'decision', 'detector', 'toolset'],
          ...['url', 'scheme', 'port', 'path', 'rule', 'reason', 'message'],
        ]);
      }
      for (const one of explanation.toolsets) {
        expect(Object.keys(one)).to.deep.equal(['name', 'enabled', 'origin', 'services', 'overridden']);
      }
    });

    it('tells what became of every Service, by namespace and name', async () => {
      const { services } = await explained();

      expect(services.map((one) => [one.namespace, one.name, one.decision])).to.deep.equal([
        ['monitoring', 'grafana', 'unhealthy'],
        ['monitoring', 'prometheus', 'selected'],
        ['shop', 'prometheus-pushgateway', 'rejected'],
        ['shop', 'web', 'ignored'],
      ]);
    });

    it('tells where a backend answers, on which evidence', async () => {
      const { services } = await explained(['monitoring/prometheus']);

      const [one] = services;
      expect(one).to.include({
        detector: 'prometheus',
        toolset: 'prometheus/metrics',
        url: 'http://prometheus.monitoring.svc.cluster.local:9090',
        scheme: 'http',
        port: 9090,
        path: '',
      });
      expect(one?.rule).not.to.equal('');
      expect(one?.reason).to.equal('Ready');
      expect(one?.message).to.equal('prometheus has ready endpoints (1); http by default of Prometheus');
    });

    it('has null for what nothing is known of', async () => {
      const { services } = await explained(['shop/web']);

      expect(services).to.deep.equal([
        {
          namespace: 'shop',
          name: 'web',
          decision: 'ignored',
          detector: null,
          toolset: null,
          url: null,
          scheme: null,
          port: null,
          path: null,
          rule: '',
          reason: 'NoEvidence',
          message: 'nothing points at a known product',
        },
      ]);
    });

    it('tells what is on by default, without an entry in the file', async () => {
      await folder.write('overrides.yaml', 'toolsets:\n  internet: {enabled: false}\n  bash: {enabled: true}\n');
      const names = ['connectivity_check', 'core_investigation', 'kubernetes/logs', 'skills'];

      expect((await explained()).onByDefault).to.deep.equal(names);
      expect((await explain([])).stdout).to.include(`\nOn by default, without an entry: ${names.join(', ')}\n`);
    });

    it('tells where every toolset came from, and what overrides changed', async () => {
      await folder.write(
        'overrides.yaml',
        'toolsets:\n  prometheus/metrics: {config: {prometheus_url: "http://mimir"}}\n  own: {enabled: false}\n',
      );

      const { toolsets, warnings } = await explained();

      expect(toolsets).to.deep.equal([
        { name: 'kubernetes/core', enabled: true, origin: 'default', services: [], overridden: [] },
        { name: 'own', enabled: false, origin: 'override', services: [], overridden: [''] },
        {
          name: 'prometheus/metrics',
          enabled: true,
          origin: 'discovered',
          services: ['monitoring/prometheus'],
          overridden: ['/config/prometheus_url'],
        },
      ]);
      expect(warnings).to.deep.equal([]);
    });

    it('tells of MCP servers what it tells of toolsets', async () => {
      await folder.write('overrides.yaml', 'mcp_servers: {github: {description: a, config: {url: "http://a"}}}\n');

      const { toolsets } = await explained();

      expect(toolsets.find(({ name }) => name === 'github')).to.deep.equal({
        name: 'github',
        enabled: true,
        origin: 'override',
        services: [],
        overridden: [''],
      });
    });

    it('warns of a credential that is withheld from a Service in an untrusted namespace', async () => {
      await folder.write(
        'overrides.yaml',
        'toolsets:\n  prometheus/metrics: {config: {additional_headers: {Authorization: "Bearer {{ env.KEY }}"}}}\n',
      );

      const { warnings } = await explained();

      expect(warnings.map(({ code }) => code)).to.deep.equal(['CREDENTIAL_WITHHELD']);
    });
  });

  describe('as a table', () => {
    it('is what explain prints by default', async () => {
      const [byDefault, table] = [await explain([]), await explain(['--output', 'table'])];

      expect(byDefault.stdout).to.equal(table.stdout);
    });

    it('leaves out what has nothing to do with a known product, and says so', async () => {
      const { stdout } = await explain([]);

      const [header, ...lines] = stdout.split('\n');
      expect(header).to.match(/^DECISION +SERVICE +TOOLSET +URL +EVIDENCE +REASON$/);
      expect(lines[0]).to.match(
        /^unhealthy +monitoring\/grafana +grafana\/dashboards +http:\S+ .* {3}grafana has no ready/,
      );
      expect(lines[1]).to.match(
        /^selected +monitoring\/prometheus +prometheus\/metrics +http:\S+ .* {3}prometheus has ready endpoints \(1\)/,
      );
      expect(lines[2]).to.match(/^rejected +shop\/prometheus-pushgateway /);
      expect(lines[3]).to.equal('1 more Services have nothing to do with a known product; --all shows them');
      expect(lines[4]).to.equal('');
      expect(lines[5]).to.match(/^TOOLSET +STATE +ORIGIN +SERVICES +OVERRIDDEN$/);
      expect(lines[6]).to.match(/^kubernetes\/core +enabled +default +- +-$/);
      expect(lines[7]).to.match(/^prometheus\/metrics +enabled +discovered +monitoring\/prometheus +-$/);
    });

    it('shows all with --all', async () => {
      const { stdout } = await explain(['--all']);

      expect(stdout).to.match(/^ignored +shop\/web +- +- +- +nothing points at a known product$/m);
      expect(stdout).not.to.contain('--all shows them');
    });

    it('names a toolset that an override removes or adds as a whole', async () => {
      await folder.write('overrides.yaml', 'toolsets: {prometheus/metrics: null, own: {}}\n');

      const { stdout } = await explain([]);

      expect(stdout).to.match(/^own +enabled +override +- +\(all\)$/m);
      expect(stdout).to.match(/^prometheus\/metrics +disabled +discovered +monitoring\/prometheus +\(all\)$/m);
    });

    it('prints warnings below it', async () => {
      await folder.write(
        'overrides.yaml',
        'toolsets:\n  prometheus/metrics: {config: {additional_headers: {Authorization: "Bearer {{ env.KEY }}"}}}\n',
      );

      const { stdout } = await explain([]);

      expect(stdout).to.match(/\nCREDENTIAL_WITHHELD: prometheus\/metrics: .*\n$/);
    });

    it('escapes what a recorded cluster could do to the terminal', async () => {
      const odd = prometheus('monitoring', 'prometheus\u001B[2J');

      const { stdout } = await explain([], [odd]);

      expect(stdout).to.contain('monitoring/prometheus\\u001b[2J');
      expect(stdout).not.to.contain('\u001B');
    });
  });

  describe('of one Service', () => {
    for (const operand of ['web', 'shop/web']) {
      it(`is found by "${operand}", also where nothing points at it`, async () => {
        const { stdout } = await explain([operand]);

        expect(stdout.split('\n').slice(1, 3)).to.deep.equal([
          'ignored    shop/web   -         -     -          nothing points at a known product',
          '',
        ]);
      });
    }

    it('is found in every namespace by its name', async () => {
      const { stdout } = await explain(['prometheus', '-o', 'json'], [prometheus('a'), prometheus('b')]);

      expect((JSON.parse(stdout) as Explanation).services.map(({ namespace }) => namespace)).to.deep.equal(['a', 'b']);
    });

    it('is an error where there is none', async () => {
      const outcome = await explain(['monitoring/absent']);

      expect(outcome).to.deep.include({ code: 2, writes: [] });
      expect(reported(outcome)).to.include({
        code: 'USAGE',
        message: 'there is no Service "monitoring/absent"',
        hint: 'give its name or namespace/name; explain --all lists every Service that was read',
      });
    });
  });

  it('refuses a form that it does not know, before it reads anything', async () => {
    const outcome = await runHere(['explain', '-o', 'xml', '--path', '/absent']);

    expect(reported(outcome).message).to.equal('invalid --output "xml": expected table or json');
  });
});
