import { expect } from 'chai';
import { load } from 'js-yaml';
import type { ExplainedService, Explanation } from '../../../../plugin/commands/explain/explanation.ts';
import { renderCsv } from '../../../../plugin/commands/explain/render.ts';
import { docsUrl } from '../../../../plugin/lib/messages/docs-url.ts';
import { traitsOf } from '../../../../plugin/commands/terminal/terminal.ts';
import type { EntryCost } from '../../../../plugin/consumers/consumer.ts';
import { holmesgpt } from '../../../../plugin/consumers/holmesgpt/index.ts';
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

function settings(spec: string): string {
  return `apiVersion: toolset.kubernaut.ai/v1alpha1\nkind: ToolsetConfig\nspec: ${spec}\n`;
}

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

      expect(Object.keys(explanation)).to.deep.equal([
        'services',
        'toolsets',
        'onByDefault',
        'cost',
        'warnings',
        'notes',
      ]);
      for (const one of explanation.services) {
        expect(Object.keys(one)).to.deep.equal([
          ...['namespace', 'name', 'decision', 'detector', 'toolset'],
          ...['url', 'scheme', 'port', 'path', 'rule', 'reason', 'message'],
        ]);
      }
      for (const one of explanation.toolsets) {
        expect(Object.keys(one)).to.deep.equal([
          ...['name', 'enabled', 'origin', 'services', 'overridden', 'cost', 'leftOut'],
        ]);
      }
    });

    it('reports the decision on every Service, by namespace and name', async () => {
      const { services } = await explained();

      expect(services.map((one) => [one.namespace, one.name, one.decision])).to.deep.equal([
        ['monitoring', 'grafana', 'unhealthy'],
        ['monitoring', 'prometheus', 'selected'],
        ['shop', 'prometheus-pushgateway', 'rejected'],
        ['shop', 'web', 'ignored'],
      ]);
    });

    it('reports where a backend answers, and on which evidence', async () => {
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

    it('uses null for what is unknown', async () => {
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

    it('lists the toolsets that are on by default without an entry in the file', async () => {
      await folder.write('overrides.yaml', 'toolsets:\n  internet: {enabled: false}\n  bash: {enabled: true}\n');
      const names = ['connectivity_check', 'core_investigation', 'kubernetes/logs', 'skills'];

      expect((await explained()).onByDefault).to.deep.equal(names);
      expect((await explain([])).stdout).to.include(`\nOn by default, without an entry: ${names.join(', ')}\n`);
    });

    it('reports where every toolset came from, and what overrides changed', async () => {
      await folder.write(
        'overrides.yaml',
        'toolsets:\n  prometheus/metrics: {config: {prometheus_url: "http://mimir"}}\n  own: {enabled: false}\n',
      );

      const { toolsets, warnings } = await explained();

      expect(toolsets.map(({ cost: _cost, leftOut: _leftOut, ...one }) => one)).to.deep.equal([
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

    it('reports MCP servers as it reports toolsets', async () => {
      await folder.write('overrides.yaml', 'mcp_servers: {github: {description: a, config: {url: "http://a"}}}\n');

      const { toolsets } = await explained();

      expect(toolsets.find(({ name }) => name === 'github')).to.deep.equal({
        name: 'github',
        enabled: true,
        origin: 'override',
        services: [],
        overridden: [''],
        cost: null,
        leftOut: false,
      });
    });

    it('reports what each toolset, and all with those on by default, add to each prompt', async () => {
      await folder.write('overrides.yaml', 'mcp_servers: {github: {description: a, config: {url: "http://a"}}}\n');
      const { costOf } = holmesgpt('0.45');
      const costIn = (name: string): EntryCost => costOf!('toolsets', name, { enabled: true })!;

      const { toolsets, onByDefault, cost } = await explained();

      expect(Object.fromEntries(toolsets.map((one) => [one.name, one.cost]))).to.deep.equal({
        'kubernetes/core': costIn('kubernetes/core'),
        'prometheus/metrics': costIn('prometheus/metrics'),
        github: null,
      });
      const counted = [
        ...toolsets.map((one) => one.cost?.tokens ?? 0),
        ...cost!.onByDefault.map(({ tokens }) => tokens),
      ];
      expect(cost!.onByDefault).to.deep.equal(onByDefault.map((name) => ({ name, ...costIn(name) })));
      expect(cost!.tokens).to.equal(counted.reduce((sum, one) => sum + one, 0));
      expect(cost).to.deep.include({ unknown: ['github'], limit: null });
      expect((await explain([])).stdout).to.match(
        /\nTotal: \d+ tools, about \d+ tokens of each prompt; of these on by default: bash \d+, .*; not counted: github\n/s,
      );
    });

    it('reports no cost for another consumer', async () => {
      await folder.write('toolset.yaml', settings('{target: {format: kubernaut}}'));

      const { toolsets, cost } = await explained();

      expect([cost, ...toolsets.map((one) => one.cost)]).to.deep.equal([null, null, null]);
      expect((await explain([])).stdout).to.not.include('TOKENS');
    });

    it('reports what the budget leaves out, and why', async () => {
      await folder.write('toolset.yaml', settings('{target: {maxToolTokens: 1, budget: enforce}}'));

      const { toolsets, services, warnings } = await explained();
      const left = toolsets.find(({ name }) => name === 'prometheus/metrics')!;
      const tokens = String(left.cost!.tokens);

      expect(left).to.deep.include({ enabled: false, leftOut: true, overridden: [] });
      expect(services.find(({ name }) => name === 'prometheus')).to.deep.include({ reason: 'OverBudget' });
      expect(services.find(({ name }) => name === 'prometheus')!.message).to.match(
        new RegExp(`; prometheus/metrics: left out because its ${tokens} tokens do not fit in target.maxToolTokens 1$`),
      );
      expect(warnings.map(({ code }) => code)).to.deep.equal(['BUDGET_ENFORCED', 'BUDGET_EXCEEDED']);
      expect((await explain([])).stdout).to.match(/^prometheus\/metrics +left out +8 +\d+ +discovered /m);
      expect(reported(await explain(['--toolset', 'prometheus/metrics']))).to.deep.include({
        code: 'USAGE',
        message: `toolset "prometheus/metrics" is left out: its ${tokens} tokens do not fit in target.maxToolTokens 1`,
      });
    });

    it('warns about a credential that is withheld from a Service in an untrusted namespace', async () => {
      await folder.write(
        'overrides.yaml',
        'toolsets:\n  prometheus/metrics: {config: {additional_headers: {Authorization: "Bearer {{ env.KEY }}"}}}\n',
      );

      const { warnings } = await explained();

      expect(warnings.map(({ code }) => code)).to.deep.equal(['CREDENTIAL_WITHHELD']);
    });
  });

  describe('as a table', () => {
    it('is the default output of explain', async () => {
      const [byDefault, table] = [await explain([]), await explain(['--output', 'table'])];

      expect(byDefault.stdout).to.equal(table.stdout);
    });

    it('starts with counts, followed by a line for each candidate, grouped by decision', async () => {
      const { stdout } = await explain([]);

      expect(stdout).to.equal(`3 candidates: 1 selected, 1 unhealthy, 1 rejected. 1 other Service, see --all

DECISION    SERVICE                       PRODUCT      ENDPOINT OR REASON
selected    monitoring/prometheus         prometheus   http :9090
unhealthy   monitoring/grafana            grafana      NotReady: grafana has no ready endpoint (0 of 1)
rejected    shop/prometheus-pushgateway   prometheus   PartialProductLabel: label app is "prometheus-pushgateway", which only contains "prometheus"

TOOLSET              STATE     TOOLS   TOKENS   ORIGIN       SERVICES                OVERRIDDEN
kubernetes/core      enabled   3       1633     default      -                       -
prometheus/metrics   enabled   8       3680     discovered   monitoring/prometheus   -
On by default, without an entry: bash, connectivity_check, core_investigation, internet, kubernetes/logs, skills
Total: 18 tools, about 7485 tokens of each prompt; of these on by default: bash 1207, connectivity_check 135, core_investigation 188, internet 103, kubernetes/logs 400, skills 139
`);
    });

    it('shows all Services with --all', async () => {
      const { stdout } = await explain(['--all']);

      expect(stdout).to.match(/^ignored +shop\/web +- +NoEvidence: nothing points at a known product$/m);
      expect(stdout).not.to.contain('--all');
    });

    it('reports that there is no candidate', async () => {
      const { stdout } = await explain([], [service({ namespace: 'shop', name: 'web' })]);

      expect(stdout).to.match(
        /^None of 1 Service points at a known product\. 1 warning below\n\nTOOLSET [^]*\nNOTHING_DISCOVERED: no backend is discovered/,
      );
    });

    it('truncates lines at the width of the terminal', async () => {
      const path = await folder.write('cluster.json', recording(...objects));
      const args = ['explain', '--path', folder.path, '--snapshot', path];
      const terminal = { columns: 60, colours: false, links: false };

      const { stdout } = await runHere(args, undefined, { terminal });

      expect(stdout).to.contain('\nrejected    shop/prometheus-pushgateway   prometheus   Part…\n');
      expect(stdout).to.contain(
        '\nLines that end with … are cut: explain SERVICE shows one in\nfull, -o wide shows all.\n\nTOOLSET',
      );
    });

    it('says how to see whole lines only if one is truncated', async () => {
      const { stdout } = await explain([]);

      expect(stdout).to.match(/^rejected +shop\/prometheus-pushgateway /m);
      expect(stdout).not.to.contain('are cut');
    });

    it('explains why a selected backend is not used', async () => {
      await folder.write('overrides.yaml', 'toolsets: {prometheus/metrics: {enabled: false}}\n');

      const { stdout } = await explain([]);

      expect(stdout).to.match(/^selected +monitoring\/prometheus +prometheus +DisabledInGit: prometheus has ready/m);
    });

    it('shows the host of an endpoint that is not on the Service itself', async () => {
      const annotations = {
        'kubernaut.io/toolset': 'enabled',
        'kubernaut.io/toolset-endpoint': 'https://metrics.example.com/prometheus',
      };
      const elsewhere = prometheus();
      const annotated = { ...elsewhere, metadata: { ...elsewhere.metadata, annotations } };
      await folder.write(
        'toolset.yaml',
        'apiVersion: toolset.kubernaut.ai/v1alpha1\nkind: ToolsetConfig\nspec: {trust: {foreignEndpoints: true}}\n',
      );

      const { stdout } = await explain(['--product', 'prometheus'], [annotated]);

      expect(stdout).to.match(
        /^selected +monitoring\/prometheus +prometheus +https:\/\/metrics\.example\.com\S*\/prometheus$/m,
      );
    });

    it('shows all columns with -o wide', async () => {
      const { stdout } = await explain(['-o', 'wide']);

      expect(stdout).to.match(/^DECISION +SERVICE +TOOLSET +URL +EVIDENCE +REASON$/m);
      expect(stdout).to.match(
        /^selected +monitoring\/prometheus +prometheus\/metrics +http:\S+ .* {3}Ready: prometheus has ready endpoints \(1\)/m,
      );
    });

    it('escapes control characters of a recorded cluster', async () => {
      const odd = prometheus('monitoring', 'prometheus\u001B[2J');

      const { stdout } = await explain([], [odd]);

      expect(stdout).to.contain('monitoring/prometheus\\u001b[2J');
      expect(stdout).not.to.contain('\u001B');
    });
  });

  describe('for a single Service', () => {
    for (const operand of ['web', 'shop/web']) {
      it(`finds it by "${operand}", even if nothing points at it`, async () => {
        const { stdout } = await explain([operand]);

        expect(stdout).to.equal(`Service:   shop/web
Decision:  ignored
Product:   -
Toolset:   -
URL:       -
Evidence:  -
Reason:    NoEvidence
Message:   nothing points at a known product
`);
      });
    }

    it('prints it in full, wrapped at the width of the terminal', async () => {
      const path = await folder.write('cluster.json', recording(...objects));
      const args = ['explain', '--path', folder.path, '--snapshot', path, 'prometheus-pushgateway'];
      const terminal = { columns: 50, colours: false, links: false };

      const { stdout } = await runHere(args, undefined, { terminal });

      expect(stdout).to.match(/\nMessage: {3}\S.*\n {11}\S/);
      for (const line of stdout.split('\n')) expect(line.length).to.be.at.most(50);
    });

    it('finds it by its name in every namespace', async () => {
      const { stdout } = await explain(['prometheus', '-o', 'json'], [prometheus('a'), prometheus('b')]);

      expect((JSON.parse(stdout) as Explanation).services.map(({ namespace }) => namespace)).to.deep.equal(['a', 'b']);
    });

    it('fails if it does not exist', async () => {
      const outcome = await explain(['monitoring/absent']);

      expect(outcome).to.deep.include({ code: 2, writes: [] });
      expect(reported(outcome)).to.include({
        code: 'USAGE',
        message: 'there is no Service "monitoring/absent"',
        hint: 'give its name or namespace/name; explain --all lists every Service that was read',
      });
    });
  });

  describe('for some Services', () => {
    const shown = async (args: readonly string[]): Promise<string[]> =>
      (await explained(args)).services.map(({ namespace, name }) => `${namespace}/${name}`);

    for (const [args, names] of [
      [
        ['-n', 'shop'],
        ['shop/prometheus-pushgateway', 'shop/web'],
      ],
      [['-A'], ['monitoring/grafana', 'monitoring/prometheus', 'shop/prometheus-pushgateway', 'shop/web']],
      [['-n', 'shop', '-n', 'monitoring', '--decision', 'rejected'], ['shop/prometheus-pushgateway']],
      [
        ['--decision', 'selected', '--decision', 'ignored'],
        ['monitoring/prometheus', 'shop/web'],
      ],
      [['--product', 'grafana'], ['monitoring/grafana']],
      [['--product', 'prometheus/metrics', '-n', 'monitoring'], ['monitoring/prometheus']],
      [
        ['--product', 'grafana', '--product', 'prometheus', '-n', 'monitoring'],
        ['monitoring/grafana', 'monitoring/prometheus'],
      ],
      [['-n', 'absent'], []],
      [
        ['--sort-by', 'decision'],
        ['monitoring/prometheus', 'monitoring/grafana', 'shop/prometheus-pushgateway', 'shop/web'],
      ],
      [
        ['--sort-by', 'toolset'],
        ['monitoring/grafana', 'monitoring/prometheus', 'shop/prometheus-pushgateway', 'shop/web'],
      ],
    ] as const)
      it(`shows ${names.join(', ') || 'none'} for ${args.join(' ')}`, async () => {
        expect(await shown(args)).to.deep.equal(names);
      });

    it('sorts them by name with --sort-by service', async () => {
      const { stdout } = await explain(['--sort-by', 'service', '--all']);

      const names = [...stdout.matchAll(/^\w+ +((?:shop|monitoring)\/\S+)/gm)].map(([, name]) => name);
      expect(names.slice(0, 4)).to.deep.equal(await shown([]));
    });

    it('shows ignored ones when asked for, and counts those that do not match', async () => {
      const { stdout } = await explain(['-n', 'shop', '--decision', 'ignored']);

      expect(stdout).to.match(/^3 candidates: .*\. 3 do not match\n/);
      expect(stdout).to.match(/^ignored +shop\/web /m);
    });

    it('shows none for a misspelt name, and suggests the closest one', async () => {
      const { stdout } = await explain(['-n', 'monitorng', '--product', 'graphana', '--product', 'xyz']);

      expect(stdout).to.contain('\n--namespace monitorng matches no Service, did you mean monitoring?\n');
      expect(stdout).to.contain('\n--product graphana matches no Service, did you mean grafana?\n');
      expect(stdout).to.contain('\n--product xyz matches no Service\n');
      expect(stdout).not.to.contain('DECISION');
    });
  });

  describe('as data', () => {
    it('prints YAML with the same content as JSON', async () => {
      const { stdout } = await explain(['-o', 'yaml']);

      expect(load(stdout)).to.deep.equal(await explained());
    });

    it('prints CSV with a line for each Service, quoted where needed', async () => {
      const { stdout } = await explain(['-o', 'csv', '-n', 'monitoring']);

      expect(stdout.split('\r\n')).to.deep.equal([
        'namespace,name,decision,detector,toolset,url,scheme,port,path,rule,reason,message',
        'monitoring,grafana,unhealthy,grafana,grafana/dashboards,http://grafana.monitoring.svc.cluster.local:80,http,80,,product label: product grafana,NotReady,grafana has no ready endpoint (0 of 1)',
        'monitoring,prometheus,selected,prometheus,prometheus/metrics,http://prometheus.monitoring.svc.cluster.local:9090,http,9090,,product label: product prometheus,Ready,prometheus has ready endpoints (1); http by default of Prometheus',
        '',
      ]);
    });

    it('prints CSV without formulas', () => {
      const odd = { rule: '=cmd|"x"', message: '-1, or\n+1', decision: 'rejected', namespace: '@a', name: 'b' };

      expect(renderCsv([odd as ExplainedService]).split('\r\n')[1]).to.equal(
        `'@a,b,rejected,,,,,,,"'=cmd|""x""",,"'-1, or\\u000a+1"`,
      );
    });
  });

  describe('at a terminal', () => {
    const at = async (variables: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<string> => {
      const path = await folder.write('cluster.json', recording(...objects));
      const environment = { terminal: traitsOf(120, variables) };
      return (await runHere(['explain', '--path', folder.path, '--snapshot', path, ...args], undefined, environment))
        .stdout;
    };

    it('colours decisions', async () => {
      expect(await at({})).to.contain('\n\u001B[32mselected\u001B[39m    monitoring/prometheus');
    });

    it('prints no colours with NO_COLOR or at a terminal without them', async () => {
      for (const variables of [{ NO_COLOR: '1' }, { TERM: 'dumb' }])
        expect(await at(variables)).not.to.contain('\u001B');
      expect(await at({ NO_COLOR: '' })).to.contain('\u001B');
    });

    for (const variables of [{ VTE_VERSION: '7200' }, { TERM_PROGRAM: 'iTerm.app' }, { KITTY_WINDOW_ID: '1' }])
      it(`links the reason to its docs with ${Object.keys(variables).join('')}`, async () => {
        const stdout = await at(variables, 'monitoring/prometheus');

        const [escape, end] = ['\u001B]8;;', '\u001B\\'];
        expect(stdout).to.contain(`Reason:    ${escape}${docsUrl('detection.md#reasons')}${end}Ready${escape}${end}\n`);
      });

    it('prints no links at a terminal that does not support them', async () => {
      for (const variables of [{ VTE_VERSION: '4000' }, { TERM_PROGRAM: 'Apple_Terminal' }])
        expect(await at(variables, 'monitoring/prometheus')).not.to.contain('\u001B]8');
    });
  });

  it('rejects all namespaces together with some', async () => {
    const outcome = await runHere(['explain', '-A', '-n', 'shop', '--path', '/absent']);

    expect(reported(outcome).message).to.equal(
      '--all-namespaces cannot be combined with --namespace: one asks for all, the other for some',
    );
  });

  it('rejects an unknown output format before it reads anything', async () => {
    const outcome = await runHere(['explain', '-o', 'xml', '--path', '/absent']);

    expect(reported(outcome).message).to.equal('invalid --output "xml": expected table, wide, json, yaml or csv');
  });
});
