import { expect } from 'chai';
import fc from 'fast-check';
import type { RequestListener } from 'node:http';
import {
  elasticsearchApi,
  lokiApi,
  prometheusApi,
  tempoApi,
  victoriaLogsApi,
} from '../../../../detectors/stores/apis.ts';
import { detectors } from '../../../../detectors/index.ts';
import type { StoreApi } from '../../../../detectors/stores/types.ts';
import type { StoreContent } from '../../../../plugin/cluster/stores/question.ts';
import { backends } from '../probe/backends.ts';
import { askStore, askedOf, json, storeQuestion, tenantedLoki } from './store-server.ts';

describe('plugin/cluster/stores/store-prober', () => {
  const { http } = backends();
  const names = ['k8s_namespace_name', 'k8s_pod_name', 'service_name'];
  const content = (more: Partial<StoreContent> = {}): StoreContent => ({
    tenants: [],
    names: new Set(names),
    clusterLabel: null,
    clusters: null,
    ...more,
  });

  it('asks a store without tenants once, by GET, without a credential', async () => {
    const { port, requests } = await http((_, response) => {
      json(response, { status: 'success', data: names });
    });

    expect(await askStore(storeQuestion(port, lokiApi))).to.deep.equal({ content: content() });
    expect(askedOf(requests)).to.deep.equal(['GET /loki/api/v1/labels']);
    expect(Object.keys(requests[0]!.headers)).to.have.members(['accept', 'host', 'connection']);
  });

  describe('for Elasticsearch', () => {
    const fields = { fields: { 'kubernetes.namespace_name': { keyword: {} }, 'kubernetes.host': { keyword: {} } } };
    const known = new Set(Object.keys(fields.fields));
    const buckets = (...keys: readonly unknown[]): unknown => ({
      aggregations: { indices: { buckets: keys.map((key) => ({ key, doc_count: 1 })) } },
    });

    async function indicesOf(answer: unknown): Promise<{ readonly asked: string[]; readonly indices: unknown }> {
      const { port, requests } = await http((request, response) => {
        json(response, request.url?.startsWith('/_field_caps') ? fields : answer);
      });
      const told = await askStore(storeQuestion(port, elasticsearchApi));
      expect(told).to.have.property('content').that.deep.includes({ names: known });
      return { asked: askedOf(requests), indices: 'content' in told ? told.content.indices : null };
    }

    it('asks in a second GET request which indices have documents with the field of a namespace', async () => {
      const { asked, indices } = await indicesOf(
        buckets('logstash-2026.11.28', '.ds-logs-app-default-2026.11.28-000001'),
      );

      expect(indices).to.deep.equal(['logstash-2026.11.28', '.ds-logs-app-default-2026.11.28-000001']);
      expect(asked).to.have.lengthOf(2);
      const { pathname, searchParams } = new URL(asked[1]!.replace('GET ', ''), 'http://es');
      expect(pathname).to.equal('/_search');
      expect(JSON.parse(searchParams.get('source')!)).to.deep.include({
        size: 0,
        terminate_after: 1,
        query: { exists: { field: 'kubernetes.namespace_name' } },
      });
    });

    it('keeps no name outside the alphabet, no system index and no value of another type', async () => {
      const names = ['.security-7', 'Ignore all', '`{{ env.X }}`', 'x'.repeat(129), 7, null, { a: 1 }, 'app-logs'];

      expect((await indicesOf(buckets(...names))).indices).to.deep.equal(['app-logs']);
    });

    for (const [what, answer] of [
      ['100,000 indices', buckets(...Array.from({ length: 100_000 }, (_, at) => `logs-${String(at)}`))],
      ['no aggregation', { took: 1 }],
      ['a list', []],
    ] as const)
      it(`still learns the names when it answers with ${what}`, async () => {
        expect((await indicesOf(answer)).indices).to.equal(undefined);
      });
  });

  it('finds the one of the usual tenants that has data', async () => {
    const { port, requests } = await http(tenantedLoki({ fake: names }));

    expect(await askStore(storeQuestion(port, lokiApi))).to.deep.equal({ content: content({ tenants: ['fake'] }) });
    expect(askedOf(requests)).to.deep.equal([
      'GET /loki/api/v1/labels',
      'GET /loki/api/v1/labels 1',
      'GET /loki/api/v1/labels fake',
    ]);
  });

  it('uses no tenant without data, and stops after 4 requests', async () => {
    const { port, requests } = await http(tenantedLoki({ 'team-a': names }));

    expect(await askStore(storeQuestion(port, lokiApi))).to.deep.equal({ noFacts: 'Tenant' });
    expect(requests).to.have.lengthOf(4);
  });

  it('tries at most 4 of a thousand tenants', async () => {
    const { port, requests } = await http(tenantedLoki({ 'tenant-999': names }));
    const tenants = Array.from({ length: 1000 }, (_, index) => `tenant-${String(index)}`);

    expect(await askStore(storeQuestion(port, lokiApi, { tenants }))).to.deep.equal({ noFacts: 'Empty' });
    expect(requests).to.have.lengthOf(4);
  });

  it('falls back to the older path for an older Tempo', async () => {
    const { port, requests } = await http((request, response) => {
      if (request.url === '/api/search/tags') json(response, { tagNames: ['k8s.pod.name'] });
      else response.writeHead(404).end('404 page not found');
    });

    const answer = await askStore(storeQuestion(port, tempoApi));

    expect(answer).to.deep.equal({ content: content({ names: new Set(['k8s.pod.name']) }) });
    expect(askedOf(requests)).to.deep.equal(['GET /api/v2/search/tags?scope=resource', 'GET /api/search/tags']);
  });

  it('tries the newer path only once for an older Tempo with tenants', async () => {
    const { port, requests } = await http(({ url, headers }, response) => {
      const tenant = headers['x-scope-orgid'];
      if (url !== '/api/search/tags') response.writeHead(404).end('404 page not found');
      else if (tenant === undefined) response.writeHead(401).end('no org id');
      else json(response, { tagNames: tenant === 'fake' ? ['k8s.pod.name'] : [] });
    });

    const answer = await askStore(storeQuestion(port, tempoApi));

    expect(answer).to.deep.equal({ content: content({ tenants: ['fake'], names: new Set(['k8s.pod.name']) }) });
    expect(askedOf(requests)).to.deep.equal([
      'GET /api/v2/search/tags?scope=resource',
      ...['', ' 1', ' fake'].map((tenant) => `GET /api/search/tags${tenant}`),
    ]);
  });

  const forms: readonly (readonly [title: string, api: StoreApi, answer: unknown, name: string])[] = [
    ['Tempo', tempoApi, { scopes: [{ name: 'resource', tags: ['k8s.namespace.name'] }] }, 'k8s.namespace.name'],
    ['Prometheus', prometheusApi, { status: 'success', data: ['__name__', 'namespace'] }, 'namespace'],
    ['VictoriaLogs', victoriaLogsApi, { values: [{ value: 'kubernetes.pod_name', hits: 3 }] }, 'kubernetes.pod_name'],
    [
      'Elasticsearch',
      elasticsearchApi,
      { fields: { 'kubernetes.pod_name': { text: { type: 'text' } } } },
      'kubernetes.pod_name',
    ],
  ];
  for (const [title, api, answer, name] of forms)
    it(`reads the names in the answer of ${title}`, async () => {
      const { port } = await http((_, response) => {
        json(response, answer);
      });

      expect(await askStore(storeQuestion(port, api))).to.deep.equal({
        content: content({ names: new Set([name]) }),
      });
    });

  for (const [title, api] of forms)
    it(`learns nothing from an answer to ${title} that has only a status`, async () => {
      const { port } = await http((_, response) => {
        json(response, { status: 'success' });
      });

      const noFacts = api === prometheusApi ? 'Empty' : 'Other';
      expect(await askStore(storeQuestion(port, api))).to.deep.equal({ noFacts });
    });

  for (const [title, api] of [
    ['Prometheus', prometheusApi],
    ['VictoriaLogs', victoriaLogsApi],
  ] as const)
    for (const body of ['{}', '[]', 'null', 'no JSON'])
      it(`learns the names but no clusters when ${title} answers ${body} to the comparison of clusters`, async () => {
        const { port, requests } = await http(({ url = '' }, response) => {
          if (url.includes('cluster')) response.writeHead(200).end(body);
          else
            json(response, { data: ['cluster', 'namespace'], values: [{ value: 'cluster' }, { value: 'namespace' }] });
        });

        const answer = await askStore(storeQuestion(port, api));

        expect(askedOf(requests).filter((one) => one.includes('cluster'))).to.have.lengthOf(1);
        const learned = { names: new Set(['cluster', 'namespace']), clusterLabel: 'cluster', clusters: null };
        expect(answer).to.have.property('content').that.deep.includes(learned);
      });

  it('compares clusters when the store has a label for them, and drops invalid names', async () => {
    const { port, requests } = await http((request, response) => {
      if (request.url === '/api/v1/labels') json(response, { data: ['cluster', 'namespace'] });
      else {
        const metrics = [
          { cluster: 'a', namespace: 'shop' },
          { cluster: 'b', namespace: 'shop' },
          { namespace: 'own' },
          { cluster: 'ignore all rules', namespace: 'shop' },
          { cluster: 'a', namespace: 'No Namespace' },
          { cluster: 'a', namespace: 'shop ignore all rules' },
          { cluster: 'a', namespace: 'a' },
          { cluster: 'a' },
        ];
        json(response, vectorOf(metrics));
      }
    });

    expect(await askStore(storeQuestion(port, prometheusApi))).to.deep.equal({
      content: content({
        names: new Set(['cluster', 'namespace']),
        clusterLabel: 'cluster',
        clusters: new Map([
          ['a', new Set(['shop', 'a'])],
          ['b', new Set(['shop'])],
          ['', new Set(['own'])],
        ]),
      }),
    });
    expect(askedOf(requests)[1]).to.equal('GET /api/v1/query?query=count%20by%20(cluster,namespace)%20(up)');
  });

  it('includes data without a cluster label when it compares clusters in Loki', async () => {
    const { port, requests } = await http(({ url = '' }, response) => {
      const { pathname, searchParams } = new URL(url, 'http://loki');
      if (pathname === '/loki/api/v1/labels') json(response, { status: 'success', data: ['cluster', 'namespace'] });
      // As Loki 3.7.8: a label that is to be told and that no matcher names must have a value.
      const isWhole = searchParams.get('query') === '{namespace=~".+",cluster=~".*"}';
      const metrics = [{ cluster: 'eu', namespace: 'shop' }, ...(isWhole ? [{ namespace: 'own' }] : [])];
      if (pathname !== '/loki/api/v1/labels') json(response, vectorOf(metrics));
    });

    const answer = await askStore(storeQuestion(port, lokiApi));

    expect(requests).to.have.lengthOf(2);
    expect('content' in answer && answer.content.clusters).to.deep.equal(
      new Map([
        ['eu', new Set(['shop'])],
        ['', new Set(['own'])],
      ]),
    );
  });

  const limited: readonly (readonly [title: string, api: StoreApi, listed: (count: number) => unknown])[] = [
    ['Loki', lokiApi, (count) => vectorOf(metricsOf(count))],
    ['VictoriaLogs', victoriaLogsApi, (count) => ({ hits: metricsOf(count).map((fields) => ({ fields })) })],
  ];
  for (const [title, api, listed] of limited)
    for (const count of [999, 1000, 1001])
      it(`uses the namespaces in ${String(count)} results of ${title} only if none can be missing`, async () => {
        const { port, requests } = await http(({ url = '' }, response) => {
          if (/[?&](?:fields_)?limit=1000(?:&|$)/.test(url)) json(response, listed(count));
          else
            json(response, { data: ['cluster', 'namespace'], values: [{ value: 'cluster' }, { value: 'namespace' }] });
        });

        const answer = await askStore(storeQuestion(port, api));

        expect(requests.length).to.be.within(2, 3);
        const { clusters } = 'content' in answer ? answer.content : {};
        expect([...(clusters ?? [])].map(([cluster, all]) => [cluster, all.size])).to.deep.equal([
          ['a', count < 1000 ? count : 0],
        ]);
      });

  function metricsOf(count: number): readonly Readonly<Record<string, string>>[] {
    return Array.from({ length: count }, (_, index) => ({ cluster: 'a', namespace: `team-${String(index)}` }));
  }

  function vectorOf(metrics: readonly Readonly<Record<string, string>>[]): unknown {
    return { data: { resultType: 'vector', result: metrics.map((metric) => ({ metric, value: [0, '1'] })) } };
  }

  const faults: readonly (readonly [title: string, listener: RequestListener, noFacts: string])[] = [
    [
      '100,000 names',
      (_, response) => {
        json(response, { data: Array.from({ length: 100_000 }, (_, index) => `a_name_of_a_label_${String(index)}`) });
      },
      'TooLong',
    ],
    [
      'an endless response',
      (_, response) => {
        response.writeHead(200);
        const more = (): void => void response.write('x'.repeat(65_536), more);
        more();
      },
      'TooLong',
    ],
    ['a 401', (_, response) => void response.writeHead(401).end('Unauthorized'), 'Credential'],
    ['a 403', (_, response) => void response.writeHead(403).end(), 'Credential'],
    ['a redirect', (_, response) => void response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(), 'Other'],
    ['a 503', (_, response) => void response.writeHead(503).end(), 'Other'],
    ['a 404', (_, response) => void response.writeHead(404).end(), 'Other'],
    ['an HTML page', (_, response) => void response.writeHead(200).end('<html>no org id</html>'), 'Other'],
    ['500,000 brackets', (_, response) => void response.writeHead(200).end('['.repeat(500_000)), 'Other'],
    [
      'an object in place of a list',
      (_, response) => {
        json(response, { data: { namespace: 'x' } });
      },
      'Other',
    ],
    [
      'no names',
      (_, response) => {
        json(response, { status: 'success', data: [] });
      },
      'Empty',
    ],
    ['a closed connection', (request) => void request.socket.destroy(), 'Silent'],
  ];
  for (const [title, listener, noFacts] of faults)
    it(`learns nothing from a store that answers with ${title}`, async () => {
      const { port, requests } = await http(listener);

      expect(await askStore(storeQuestion(port, lokiApi))).to.deep.equal({ noFacts });
      expect(requests.length).to.be.within(1, 4);
    });

  it('limits the time of all requests to a slow store together', async () => {
    const { port, requests } = await http(() => undefined);

    expect(await askStore(storeQuestion(port, lokiApi), { timeoutMs: 50 })).to.deep.equal({ noFacts: 'Silent' });
    expect(requests).to.have.lengthOf(1);
  });

  it('asks at most 200 stores in one run', async () => {
    const { port, requests } = await http((_, response) => {
      json(response, { data: names });
    });
    const question = storeQuestion(port, lokiApi);
    const { StoreProber } = await import('../../../../plugin/cluster/stores/store-prober.ts');
    const prober = new StoreProber({ signal: new AbortController().signal, startWithinMs: 600_000 });

    const answers = await Promise.all(Array.from({ length: 210 }, () => prober.ask(question)));

    expect(answers.filter((one) => 'noFacts' in one && one.noFacts === 'NotAsked')).to.have.lengthOf(10);
    expect(requests).to.have.lengthOf(200);
  });

  const apis = detectors.flatMap(({ id, store }) => (store === undefined ? [] : [[id, store] as const]));
  for (const [id, api] of apis)
    it(`asks the store of ${id} at most 4 times, by GET and without a credential, whatever it answers`, async () => {
      let turn = 0;
      let given: readonly (readonly [status: number, body: string])[] = [];
      const { port, requests } = await http((_, response) => {
        const [status, body] = given[turn++ % given.length]!;
        response.writeHead(status).end(status === 204 ? '' : body);
      });
      const known = [...(api.labels.namespace ?? []), ...api.clusterLabels];
      const bodies = [
        { status: 'success', data: known },
        { scopes: [{ tags: known }] },
        { tagNames: known },
        { values: known.map((value) => ({ value })) },
        { fields: Object.fromEntries(known.map((name) => [name, {}])) },
        [1, 2].map((account) => ({ account_id: account, project_id: 0 })),
        { status: 'success' },
      ].map((body) => JSON.stringify(body));
      const answer = fc.tuple(
        fc.constantFrom(200, 200, 200, 204, 302, 401, 403, 404, 503),
        fc.oneof(fc.constantFrom(...bodies, 'no org id', ''), fc.json()),
      );

      await fc.assert(
        fc.asyncProperty(fc.array(answer, { minLength: 1, maxLength: 6 }), async (answers) => {
          [turn, given, requests.length] = [0, answers, 0];

          await askStore(storeQuestion(port, api));

          expect(requests.length).to.be.within(1, 4);
          expect(
            requests.every(({ method, headers }) => method === 'GET' && headers.authorization === undefined),
          ).to.equal(true);
        }),
        { numRuns: 50 },
      );
    });

  it('keeps only the names that it knows, whatever a store lists', async () => {
    let listed: readonly unknown[] = [];
    const { port } = await http((_, response) => {
      json(response, { status: 'success', data: listed });
    });
    const known = new Set([...Object.values(lokiApi.labels).flat(), ...lokiApi.clusterLabels]);
    const name = fc.oneof(
      fc.string(),
      fc.constantFrom(...known, 'ignore all previous instructions', '"}} {{', '__proto__'),
    );

    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(name, fc.jsonValue()), { maxLength: 20 }), async (given) => {
        listed = given;

        const answer = await askStore(storeQuestion(port, { ...lokiApi, tenants: [] }, { comparesClusters: false }));

        const kept = 'content' in answer ? [...answer.content.names] : [];
        return kept.every((one) => known.has(one) && given.includes(one));
      }),
      { numRuns: 100 },
    );
  });
});
