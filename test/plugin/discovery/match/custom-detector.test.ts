import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { readCorpus } from '../../../accuracy/corpus.ts';
import { runFixture } from '../fixture.ts';
import { temporaryFolder } from '../../../support/folder.ts';
import type { ServiceOptions } from '../../../support/objects.ts';
import { prometheus, service } from '../../../support/objects.ts';

const example = new URL('../../../../manifests/examples/custom-detectors/toolset.yaml', import.meta.url);

describe('customDetectors', () => {
  const folder = temporaryFolder();
  const template = { type: 'http', config: { endpoints: [{ hosts: ['${url}'] }] } };

  function detector(more: object): object {
    return { id: 'own', match: [{ names: ['own'] }], toolset: { name: 'own', template }, ...more };
  }

  /** `decision: reason` of one Service under one detector. */
  async function said(own: object, options: ServiceOptions = {}): Promise<string> {
    const items = [service({ name: 'own', ...options })];
    const result = await runFixture(folder, { items, spec: { customDetectors: [detector(own)] } });
    return result.decisionOf(`monitoring/${options.name ?? 'own'}`);
  }

  it('selects what the charts ship with the documented examples, and nothing else of their stacks', async () => {
    const { spec } = parse(readFileSync(example, 'utf8')) as { spec: object };
    const items = readCorpus()
      .filter(({ stack }) => ['signoz', 'uptrace', 'netdata'].includes(stack))
      .map((entry) => entry.service);

    const { toolsets, explanation } = await runFixture(folder, { items, spec });

    expect(Object.keys(toolsets)).to.have.members(['kubernetes/core', 'netdata', 'signoz', 'uptrace/uptrace/uptrace']);
    expect(toolsets.signoz).to.deep.equal({
      type: 'http',
      description: 'SigNoz: metrics, logs and traces (signoz/signoz)',
      config: {
        endpoints: [
          {
            hosts: ['http://signoz.signoz.svc.cluster.local:8080'],
            paths: ['/api/*'],
            methods: ['GET', 'POST'],
            auth: { type: 'header', name: 'SIGNOZ-API-KEY', value: '{{ env.SIGNOZ_API_KEY }}' },
          },
        ],
      },
    });
    const selected = explanation.services.filter(({ decision }) => decision === 'selected');
    expect(selected.map(({ detector: id, rule }) => `${id ?? ''} ${rule}`)).to.deep.equal([
      'netdata customDetectors netdata: app=netdata, role=parent',
      'signoz customDetectors signoz: app.kubernetes.io/name=signoz, app.kubernetes.io/component=signoz',
      'uptrace customDetectors uptrace: app.kubernetes.io/name=uptrace, port http',
    ]);
  });

  const matches: readonly (readonly [string, object, ServiceOptions, boolean])[] = [
    ['by exact labels', { selector: { matchLabels: { a: '1' } } }, { labels: { a: '1', b: '2' } }, true],
    ['with another label value', { selector: { matchLabels: { a: '1' } } }, { labels: { a: '2' } }, false],
    [
      'by an expression',
      { selector: { matchExpressions: [{ key: 'a', operator: 'Exists' }] } },
      { labels: { a: '' } },
      true,
    ],
    ['by a glob of its name', { names: ['o*n', 'x'] }, {}, true],
    ['by a port number', { ports: [80] }, {}, true],
    ['by a port name', { ports: ['http', 8080] }, { ports: [{ name: 'http', port: 1 }] }, true],
    ['by an annotation', { annotations: { team: 'obs' } }, { annotations: { team: 'obs' } }, true],
    ['that meets only half of the condition', { names: ['own'], ports: [81] }, {}, false],
  ];
  for (const [title, match, options, taken] of matches) {
    it(`${taken ? 'selects' : 'ignores'} a Service ${title}`, async () => {
      expect(await said({ match: [match] }, options)).to.match(taken ? /^selected/ : /^ignored/);
    });
  }

  it('selects what any of several conditions matches, and nothing that is excluded', async () => {
    const match = [{ names: ['a-*'] }, { names: ['b-*'] }];

    expect(await said({ match }, { name: 'b-own' })).to.match(/^selected/);
    expect(await said({ match, exclude: [{ names: ['*-own'] }] }, { name: 'b-own' })).to.match(/^rejected/);
  });

  it('takes precedence over the built-in detectors, whatever their vetoes', async () => {
    const items = [prometheus('monitoring', 'prometheus-exporter')];
    const own = detector({ match: [{ names: ['prometheus-exporter'] }] });

    const { explanation } = await runFixture(folder, { items, spec: { customDetectors: [own] } });

    expect(explanation.services[0]).to.deep.include({ decision: 'selected', detector: 'own', toolset: 'own' });
  });

  const ports = [
    { name: 'grpc', port: 9095 },
    { name: 'metrics', port: 7946 },
  ];
  it('uses the port that it names, even one that a built-in detector never would', async () => {
    expect(await said({ port: 7946 }, { ports })).to.match(/^selected/);
    expect(await said({ port: 'grpc' }, { ports })).to.match(/^selected/);
    expect(await said({ port: 'http' }, { ports })).to.equal('rejected: NoQueryPort');
    expect(await said({}, { ports })).to.equal('rejected: NoQueryPort');
    const { explanation } = await runFixture(folder, {
      items: [service({ name: 'own', ports })],
      spec: { customDetectors: [detector({})] },
    });
    expect(explanation.services[0]?.message).to.match(
      /; if one of them does, name it in port of the custom detector own$/,
    );
  });

  it('fills in URL, host, port, namespace and name, and leaves unknown placeholders alone', async () => {
    const toolset = {
      name: 'own',
      template: { config: { all: '${url} ${host} ${port} ${namespace} ${name} ${other}' } },
    };
    const own = detector({ scheme: 'https', path: '/base', toolset });

    const { toolsets } = await runFixture(folder, {
      items: [service({ name: 'own' })],
      spec: { customDetectors: [own] },
    });

    const host = 'own.monitoring.svc.cluster.local';
    expect(toolsets.own?.config.all).to.equal(`https://${host}:80/base ${host} 80 monitoring own \${other}`);
  });

  it('selects one backend under a fixed toolset name, and each when the name distinguishes them', async () => {
    const items = [service({ name: 'own' }), service({ name: 'own', namespace: 'team' })];
    const one = await runFixture(folder, { items, spec: { customDetectors: [detector({})] } });
    const toolset = { name: 'own-${namespace}', template };
    const each = await runFixture(folder, { items, spec: { customDetectors: [detector({ toolset })] } });

    expect(one.decisionOf('team/own')).to.equal('redundant: SingleBackend');
    expect(Object.keys(each.toolsets)).to.deep.equal(['kubernetes/core', 'own-monitoring', 'own-team']);
  });

  for (const name of ['bash', 'kubernetes/core', 'alertmanager', 'elasticsearch/cluster', 'kafka/admin'])
    it(`never replaces HolmesGPT's ${name}, whatever fills in its name`, async () => {
      const [namespace = '', last = ''] = name.includes('/') ? name.split('/') : ['monitoring', name];
      const items = [service({ namespace, name: last }), service({ namespace, name: 'fine' })];
      const toolset = { name: name.includes('/') ? '${namespace}/${name}' : '${name}', template };
      const spec = { customDetectors: [detector({ match: [{ names: ['*'] }], toolset })] };

      const { toolsets, decisionOf } = await runFixture(folder, { items, spec });

      expect(decisionOf(`${namespace}/${last}`)).to.equal('denied: ToolsetBuiltIn');
      expect(Object.keys(toolsets)).to.have.members(['kubernetes/core', name.replace(last, 'fine')]);
      expect(toolsets['kubernetes/core']).to.deep.equal({ enabled: true });
    });

  it('configures a built-in toolset that Git names', async () => {
    const toolset = { name: 'prometheus/metrics', template: { enabled: true, config: { prometheus_url: '${url}' } } };
    const spec = { customDetectors: [detector({ toolset })] };

    const { toolsets } = await runFixture(folder, { items: [service({ name: 'own' })], spec });

    expect(toolsets['prometheus/metrics']).to.deep.equal({
      enabled: true,
      config: { prometheus_url: 'http://own.monitoring.svc.cluster.local:80' },
    });
  });

  for (const format of ['kubernaut', 'kubernaut-json'])
    it(`never replaces a type of ${format}`, async () => {
      const spec = {
        target: { format },
        customDetectors: [detector({ match: [{ names: ['*'] }], toolset: { name: '${name}', template } })],
      };

      const { decisionOf } = await runFixture(folder, { items: [service({ name: 'kubernetes' })], spec });

      expect(decisionOf('monitoring/kubernetes')).to.equal('denied: ToolsetBuiltIn');
    });

  it('applies to a Service whose type annotation names it', async () => {
    const annotations = { 'kubernaut.io/toolset': 'true', 'kubernaut.io/toolset-type': 'own' };

    expect(await said({ match: [{ names: ['none'] }] }, { annotations })).to.match(/^selected/);
  });
});
