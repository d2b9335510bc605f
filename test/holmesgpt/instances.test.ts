import { expect } from 'chai';
import type { KubeObject } from '../cluster/parts/objects.ts';
import { service } from '../support/objects.ts';
import * as answers from './backends/answers.ts';
import { kafka } from './backends/kafka.ts';
import { serveHttp, serveTcp } from './backends/server.ts';
import type { Answer, Backend } from './backends/server.ts';
import { minorOf } from './library.ts';
import { backendsOfEach, differences, hostOf, hostsOf, ignoredKeys, judged, judgeSuite, lone } from './suite.ts';

/** Several backends of one product, some of which may be dead. */
describe('holmesgpt/instances', () => {
  const suite = judgeSuite();
  const start = backendsOfEach();

  const kinds: readonly Kind[] = [
    {
      toolset: 'prometheus/metrics',
      product: 'prometheus',
      port: 9090,
      answer: answers.prometheus,
      url: 'prometheus_url',
    },
    { toolset: 'grafana/dashboards', product: 'grafana', port: 3000, answer: answers.grafana(), url: 'api_url' },
    { toolset: 'grafana/loki', product: 'loki', port: 3100, answer: answers.loki, url: 'api_url' },
    { toolset: 'grafana/tempo', product: 'tempo', port: 3200, answer: answers.tempo, url: 'api_url' },
    {
      toolset: 'elasticsearch/data',
      product: 'elasticsearch',
      port: 9200,
      answer: answers.elasticsearch,
      url: 'api_url',
    },
    {
      toolset: 'elasticsearch/cluster',
      product: 'elasticsearch',
      port: 9200,
      answer: answers.elasticsearch,
      url: 'api_url',
    },
    { toolset: 'victorialogs', product: 'victoria-logs', port: 9428, answer: answers.victorialogs, url: 'api_url' },
  ];

  for (const version of ['0.32', '0.45']) {
    for (const { toolset, product, port, answer, url } of kinds) {
      it(`${version} works with two backends of ${toolset}, each under its own name`, async () => {
        const pair = await bothOf(product, port, () => serveHttp(answer));

        const generated = await suite.generate({ version }, servicesOf(pair));
        const verdict = await judged(suite, generated, { hosts: hostsOf(...pair) });

        const { effective, tools } = verdict.toolsets[toolset]!;
        expect(differences(generated, verdict)).to.deep.equal([]);
        expect(ignoredKeys(generated)).to.deep.equal([]);
        expect(Object.keys(effective).sort()).to.deep.equal([`a/${product}`, `b/${product}`]);
        for (const { service: one } of pair) {
          const found = String(effective[keyOf(one)]![url]).replace(/\/$/, '');
          expect(found).to.equal(`http://${hostOf(one)}:${port}`);
        }
        expect(tools).to.include(`${toolset.replace('/', '_')}_list_instances`);
        expect(pair.map(({ backend }) => backend.asked.length > 0)).to.deep.equal([true, true]);
      });
    }
  }

  for (const version of ['0.16', '0.31']) {
    for (const { toolset, product, port, answer, url } of kinds) {
      it(`${version}, which has no instances, gets at most one of two backends of ${toolset}`, async () => {
        const pair = await bothOf(product, port, () => serveHttp(answer));
        const isKnown = version !== '0.16' || /^(?:prometheus|grafana)\//.test(toolset);

        const generated = await suite.generate({ version }, servicesOf(pair));
        const verdict = await judged(suite, generated, { hosts: hostsOf(...pair) });

        expect(differences(generated, verdict)).to.deep.equal([]);
        expect(ignoredKeys(generated)).to.deep.equal([]);
        expect(Object.hasOwn(generated.file.toolsets, toolset)).to.equal(isKnown);
        if (!isKnown || !generated.file.toolsets[toolset]!.enabled) return;
        const key = minorOf(version) < 20 ? url.replace('api_', '') : url;
        expect(lone(verdict.toolsets[toolset]!)[key]).to.match(new RegExp(`^http://${product}\\.a\\.svc`));
      });
    }
  }

  for (const { toolset, product, port, answer } of kinds.filter(({ toolset: name }) => name !== 'grafana/dashboards')) {
    it(`works with the live one of two backends of ${toolset}`, async () => {
      const pair = await bothOf(product, port, () => serveHttp(answer));

      const generated = await suite.generate({}, servicesOf(pair));
      const verdict = await judged(suite, generated, { hosts: hostsOf(pair[0]!) });

      const { status, effective, offline } = verdict.toolsets[toolset]!;
      expect(status).to.equal('enabled');
      expect(Object.keys(effective)).to.deep.equal([`a/${product}`]);
      expect(Object.keys(offline)).to.deep.equal([`b/${product}`]);
    });
  }

  it('sends each backend the headers of its own entry point', async () => {
    const tenant: Answer = (request) =>
      request.headers['x-scope-orgid'] === undefined ? { status: 401, body: 'no org id' } : mimir(request);
    const mimir = answers.promql('/prometheus');
    const labels = { 'app.kubernetes.io/name': 'mimir', 'app.kubernetes.io/component': 'query-frontend' };
    const frontend = service({
      namespace: 'a',
      name: 'mimir-query-frontend',
      labels,
      ports: [{ name: 'http-metrics', port: 8080 }],
    });
    const plain = labelled('b', 'prometheus', 9090);
    const [guarded, open] = [await start(serveHttp(tenant)), await start(serveHttp(answers.prometheus))];
    const hosts = hostsOf(
      { service: frontend, port: 8080, backend: guarded },
      { service: plain, port: 9090, backend: open },
    );

    const generated = await suite.generate({}, [frontend, plain]);
    const verdict = await judged(suite, generated, { hosts });

    expect(differences(generated, verdict)).to.deep.equal([]);
    expect(Object.keys(verdict.toolsets['prometheus/metrics']!.effective)).to.have.length(2);
    expect(guarded.received[0]!.headers['x-scope-orgid']).to.equal('anonymous');
    expect(open.received[0]!.headers).to.not.have.property('x-scope-orgid');
  });

  for (const version of ['0.16', '0.45']) {
    it(`${version} sends the tenant that an entry point requires`, async () => {
      const answer = answers.promql('/prometheus');
      const backend = await start(
        serveHttp((request) => (request.headers['x-scope-orgid'] === 'anonymous' ? answer(request) : { status: 401 })),
      );
      const labels = { 'app.kubernetes.io/name': 'mimir', 'app.kubernetes.io/component': 'query-frontend' };
      const frontend = service({
        namespace: 'a',
        name: 'mimir-query-frontend',
        labels,
        ports: [{ name: 'http-metrics', port: 8080 }],
      });

      const generated = await suite.generate({ version }, [frontend]);
      const verdict = await judged(suite, generated, { hosts: hostsOf({ service: frontend, port: 8080, backend }) });

      expect(differences(generated, verdict)).to.deep.equal([]);
      expect(ignoredKeys(generated)).to.deep.equal([]);
    });
  }

  for (const { toolset, product, port, answer } of [
    { toolset: 'alertmanager', product: 'alertmanager', port: 9093, answer: answers.alertmanager },
    { toolset: 'jaeger/tracing', product: 'jaeger', port: 16686, answer: answers.jaeger() },
  ]) {
    it(`lets the model query both backends of ${toolset} even if one is down`, async () => {
      const pair = await bothOf(product, port, () => serveHttp(answer));

      const generated = await suite.generate({}, servicesOf(pair));
      const verdict = await judged(suite, generated, { hosts: hostsOf(pair[0]!) });

      const { endpoints } = lone(verdict.toolsets[toolset]!) as {
        readonly endpoints: readonly { readonly hosts: unknown }[];
      };
      expect(differences(generated, verdict)).to.deep.equal([]);
      expect(endpoints.map(({ hosts }) => hosts)).to.deep.equal(
        servicesOf(pair).map((one) => [`http://${hostOf(one)}:${port}`]),
      );
    });
  }

  for (const version of ['0.16', '0.45']) {
    it(`${version} works with two Kafka clusters, even if one is down`, async () => {
      const pair = await bothOf('kafka', 9092, () => serveTcp(kafka));
      const spec = { detectors: { kafka: { enabled: true } } };

      const generated = await suite.generate({ version, spec }, servicesOf(pair));
      const verdict = await judged(suite, generated, { hosts: hostsOf(pair[0]!) });

      expect(differences(generated, verdict)).to.deep.equal([]);
      expect(ignoredKeys(generated)).to.deep.equal([]);
    });
  }

  it('works with two RabbitMQ clusters', async () => {
    const pair = await bothOf('rabbitmq', 15672, () => serveHttp(answers.rabbitmq('holmes', 'pw')));
    const credentials = { 'rabbitmq/core': { username: '{{ env.NAME }}', password: '{{ env.TOKEN }}' } };
    const spec = { detectors: { rabbitmq: { enabled: true } }, credentials, trust: { namespaces: ['*'] } };

    const generated = await suite.generate({ spec }, servicesOf(pair));
    const circumstances = { hosts: hostsOf(...pair), env: { NAME: 'holmes', TOKEN: 'pw' } };
    const verdict = await judged(suite, generated, circumstances);

    const { clusters } = lone(verdict.toolsets['rabbitmq/core']!) as {
      readonly clusters: readonly { readonly id: string }[];
    };
    expect(differences(generated, verdict)).to.deep.equal([]);
    expect(ignoredKeys(generated)).to.deep.equal([]);
    expect(clusters.map(({ id }) => id)).to.deep.equal(['a/rabbitmq', 'b/rabbitmq']);
    expect(pair.map(({ backend }) => backend.asked)).to.deep.equal([['GET /api/overview'], ['GET /api/overview']]);
  });

  async function bothOf(product: string, port: number, serve: () => Promise<Backend>): Promise<readonly Pair[]> {
    const [first, second] = [await start(serve()), await start(serve())];
    return [
      { service: labelled('a', product, port), port, backend: first },
      { service: labelled('b', product, port), port, backend: second },
    ];
  }
});

interface Kind {
  readonly toolset: string;
  readonly product: string;
  readonly port: number;
  readonly answer: Answer;
  /** The key that holds the URL. */
  readonly url: string;
}

interface Pair {
  readonly service: KubeObject;
  readonly port: number;
  readonly backend: Backend;
}

function labelled(namespace: string, product: string, port: number): KubeObject {
  const labels = { 'app.kubernetes.io/name': product };
  return service({ namespace, name: product, labels, ports: [{ name: portNames[product] ?? 'http', port }] });
}

const portNames: Readonly<Record<string, string>> = { kafka: 'tcp-clients', rabbitmq: 'management' };

function servicesOf(pair: readonly Pair[]): readonly KubeObject[] {
  return pair.map(({ service: one }) => one);
}

function keyOf({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}
