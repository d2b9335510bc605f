import { expect } from 'chai';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as answers from './backends/answers.ts';
import { serveHttp } from './backends/server.ts';
import type { Answer, Received } from './backends/server.ts';
import { example, products } from './products.ts';
import type { Example, Product } from './products.ts';
import { backendsOfEach, differences, hostsOf, ignoredKeys, judged, judgeSuite, loggedIn, lone } from './suite.ts';

/** References in Git, their values in HolmesGPT's environment: what arrives at the backend, and where it must not. */
describe('holmesgpt/credentials', () => {
  const suite = judgeSuite();
  const start = backendsOfEach();

  before(async () => {
    // Argo CD's toolset runs this command, which only HolmesGPT's image has.
    const argocd = join(suite.folder, 'bin', 'argocd');
    await mkdir(join(suite.folder, 'bin'), { recursive: true });
    await writeFile(argocd, '#!/bin/sh\nexit 0\n');
    await chmod(argocd, 0o755);
  });

  for (const product of products.filter(({ login }) => login !== undefined)) {
    const { id, example: at, entries, newest } = product;
    const login = product.login!;

    it(`logs in to ${id} with the credential in its environment`, async () => {
      const backend = await start(product.serve());

      const generated = await suite.generate({ spec: trusting(product) }, [at.service]);
      const verdict = await judged(suite, generated, { hosts: hostsOf({ ...at, backend }), env: login.env });

      expect(differences(generated, verdict)).to.deep.equal([]);
      expect(verdict.toolsets[entries[0]!]!.status).to.equal('enabled');
      expect(verdict.toolsets[entries[0]!]!.effective.default ?? {}).to.containSubset(login.works);
      if (newest.asks !== null) expect(backend.asked.join('\n')).to.include(newest.asks);
    });
  }

  it('logs in to argocd in an older release as well', async () => {
    const product = products.find(({ id }) => id === 'argocd')!;

    const generated = await suite.generate({ version: '0.16', spec: trusting(product) }, [product.example.service]);
    const verdict = await judged(suite, generated, { env: product.login!.env });

    expect(verdict.toolsets['argocd/core']!.status).to.equal('enabled');
  });

  // Until 0.25 HolmesGPT does not fill in what stands inside of a list, and sends the reference itself.
  for (const version of ['0.16', '0.24']) {
    for (const [id, toolset] of [
      ['rabbitmq', 'rabbitmq/core'],
      ['kafka', 'kafka/admin'],
    ] as const) {
      it(`${version} gets a disabled ${id}, because it does not expand that credential`, async () => {
        const { example: at } = products.find((product) => product.id === id)!;
        const names =
          id === 'kafka' && version === '0.16' ? ['kafka_username', 'kafka_password'] : ['username', 'password'];
        const credential = Object.fromEntries(names.map((name) => [name, '{{ env.ANY }}']));
        const spec = {
          detectors: { [id]: { enabled: true } },
          credentials: { [toolset]: credential },
          trust: { namespaces: [at.service.metadata.namespace] },
        };

        const generated = await suite.generate({ version, spec }, [at.service]);

        expect(generated.file.toolsets[toolset]!.enabled).to.equal(false);
        expect(ignoredKeys(generated)).to.deep.equal([]);
      });
    }
  }

  for (const product of products.filter(({ id }) => ['postgresql', 'mongodb', 'rabbitmq'].includes(id))) {
    it(`fails only ${product.id} when its environment lacks the credential`, async () => {
      const backend = await start(product.serve());
      const loki = await start(serveHttp(answers.loki));
      const other = example('loki', { name: 'loki' });
      const services = [product.example.service, other.service];

      const generated = await suite.generate({ spec: trusting(product) }, services);
      const hosts = hostsOf({ ...product.example, backend }, { ...other, backend: loki });
      const verdict = await judged(suite, generated, { hosts });

      expect(verdict.toolsets[product.entries[0]!]!.status).to.equal('failed');
      expect(verdict.toolsets['grafana/loki']!.status).to.equal('enabled');
    });
  }

  for (const product of products.filter(({ id }) => ['postgresql', 'mysql', 'clickhouse'].includes(id))) {
    const { id, example: at } = product;

    it(`writes a URL of ${id} that lacks only a login`, async () => {
      const backend = await start(product.serve());

      const generated = await suite.generate({ spec: { detectors: { [id]: { enabled: true } } } }, [at.service]);
      const verdict = await judged(suite, loggedIn(generated), { hosts: hostsOf({ ...at, backend }) });

      expect(verdict.toolsets[id]!.error).to.match(/^Connected to /);
    });
  }

  const grafana = example('grafana');
  const key = 'grafana-t0ken';
  const cases: readonly Case[] = [
    {
      title: 'grafana with an API key',
      at: grafana,
      answer: answers.grafana(({ headers }) => headers.authorization === `Bearer ${key}`),
      toolset: 'grafana/dashboards',
      credential: { api_key: '{{ env.TOKEN }}' },
      arrives: (headers) => headers.authorization === `Bearer ${key}`,
    },
    {
      title: 'loki with a user',
      at: example('loki', { name: 'gateway' }),
      answer: onlyFor(answers.lokiGateway, ({ headers }) => headers.authorization === basic('holmes', key)),
      toolset: 'grafana/loki',
      credential: { username: '{{ env.NAME }}', password: '{{ env.TOKEN }}' },
      arrives: (headers) => headers.authorization === basic('holmes', key),
    },
    {
      title: 'elasticsearch with an API key',
      at: example('elasticsearch'),
      answer: onlyFor(answers.elasticsearch, ({ headers }) => headers.authorization === `ApiKey ${key}`),
      toolset: 'elasticsearch/data',
      credential: { api_key: '{{ env.TOKEN }}' },
      arrives: (headers) => headers.authorization === `ApiKey ${key}`,
    },
    {
      title: 'opensearch with a user',
      at: example('opensearch'),
      answer: onlyFor(answers.opensearch, ({ headers }) => headers.authorization === basic('holmes', key)),
      toolset: 'elasticsearch/data',
      credential: { username: '{{ env.NAME }}', password: '{{ env.TOKEN }}' },
      arrives: (headers) => headers.authorization === basic('holmes', key),
    },
    {
      title: 'victorialogs with a token',
      at: example('victorialogs'),
      answer: onlyFor(answers.victorialogs, ({ headers }) => headers.authorization === `Bearer ${key}`),
      toolset: 'victorialogs',
      credential: { bearer_token: '{{ env.TOKEN }}' },
      arrives: (headers) => headers.authorization === `Bearer ${key}`,
    },
    {
      title: 'alertmanager with a token',
      at: example('alertmanager'),
      answer: onlyFor(answers.alertmanager, ({ headers }) => headers.authorization === `Bearer ${key}`),
      toolset: 'alertmanager',
      credential: { token: '{{ env.TOKEN }}' },
      arrives: (headers) => headers.authorization === `Bearer ${key}`,
    },
    {
      title: 'jaeger with a user',
      at: example('jaeger'),
      answer: onlyFor(
        answers.jaeger(example('jaeger').path),
        ({ headers }) => headers.authorization === basic('holmes', key),
      ),
      toolset: 'jaeger/tracing',
      credential: { username: '{{ env.NAME }}', password: '{{ env.TOKEN }}' },
      arrives: (headers) => headers.authorization === basic('holmes', key),
    },
  ];
  const env = { TOKEN: key, NAME: 'holmes' };

  for (const { title, at, answer, toolset, credential, arrives } of cases) {
    it(`sends the credential to ${title}`, async () => {
      const backend = await start(serveHttp(answer));
      const spec = { credentials: { [toolset]: credential }, trust: { namespaces: [at.service.metadata.namespace] } };

      const generated = await suite.generate({ spec }, [at.service]);
      const verdict = await judged(suite, generated, { hosts: hostsOf({ ...at, backend }), env });

      expect(differences(generated, verdict)).to.deep.equal([]);
      expect(ignoredKeys(generated)).to.deep.equal([]);
      expect(backend.received.map(({ headers }) => arrives(headers)))
        .to.include(true)
        .and.not.include(false);
    });

    it(`does not send the credential to ${title} in an untrusted namespace`, async () => {
      const backend = await start(serveHttp(answer));
      const spec = { credentials: { [toolset]: credential }, trust: { namespaces: ['other'] } };

      const generated = await suite.generate({ spec }, [at.service]);
      await judged(suite, generated, { hosts: hostsOf({ ...at, backend }), env });

      expect(generated.text).to.not.include('env.');
      expect(backend.received.filter(({ headers }) => headers.authorization !== undefined)).to.deep.equal([]);
    });
  }

  it('sends the API key of Grafana in an older release as well', async () => {
    const backend = await start(serveHttp(answers.grafana(({ headers }) => headers.authorization === `Bearer ${key}`)));
    const credentials = { 'grafana/dashboards': { api_key: '{{ env.TOKEN }}' } };
    const spec = { credentials, trust: { namespaces: [grafana.service.metadata.namespace] } };

    const generated = await suite.generate({ version: '0.16', spec }, [grafana.service]);
    const verdict = await judged(suite, generated, { hosts: hostsOf({ ...grafana, backend }), env });

    expect(differences(generated, verdict)).to.deep.equal([]);
    expect(lone(verdict.toolsets['grafana/dashboards']!)).to.include({ api_key: key });
    expect(backend.received.map(({ headers }) => headers.authorization)).to.include(`Bearer ${key}`);
  });
});

interface Case {
  readonly title: string;
  readonly at: Example;
  readonly answer: Answer;
  readonly toolset: string;
  readonly credential: Readonly<Record<string, string>>;
  readonly arrives: (headers: Received['headers']) => boolean;
}

function trusting({ id, entries, example: at, login }: Product): Readonly<Record<string, unknown>> {
  return {
    detectors: { [id]: { enabled: true } },
    credentials: { [entries[0]!]: login!.credential },
    trust: { namespaces: [at.service.metadata.namespace] },
    // Argo CD serves https, with a certificate of its own.
    target: { certificates: 'private' },
  };
}

function onlyFor(answer: Answer, isAllowed: (request: Received) => boolean): Answer {
  return (request) => (isAllowed(request) ? answer(request) : { status: 401, body: { error: 'unauthorized' } });
}

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}
