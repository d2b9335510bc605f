import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { detectors } from '../detectors/index.ts';
import { central, schemes } from './backends/data/schemes.ts';
import type { Measured } from './backends/measure.ts';
import { firstQuestions, hasData } from './backends/questions.ts';
import { readRecordings, recordedStores } from './backends/recordings.ts';
import { answerOf, replay } from './backends/replay.ts';
import { centralShare, firstQuestionTable, misses, shares, wrongClusters } from './backends/report.ts';
import { stores } from './backends/stores/index.ts';
import { instancesOf, toldOf } from './backends/told.ts';

const nothingTold = { labels: {}, always: {} };

describe('backends', () => {
  describe('recorded responses', () => {
    for (const store of recordedStores()) {
      it(`of ${store} have a version and every label scheme, and nothing of the recording machine`, () => {
        const recordings = readRecordings(store);
        const text = JSON.stringify(recordings);

        const usual = recordings.filter(({ scheme, tenant }) => tenant === null && scheme !== central.id);
        expect(usual.map(({ scheme }) => scheme)).to.deep.equal(schemes.map(({ id }) => id));
        for (const { version, exchanges } of recordings) {
          expect(version).to.match(/^v?\d+\.\d+/);
          for (const { status, target } of exchanges)
            expect(`${status} ${target}`).to.match(/^(200|400|401|403|404) \//);
        }
        expect(text).to.not.match(/127\.0\.0\.1|localhost|\/tmp\/|\/root\/|\/home\//);
        expect(text.length).to.be.below(80_000);
      });

      it(`of ${store} are replayed with the same status and body`, async () => {
        const [recording] = readRecordings(store);
        const server = await replay(recording!);
        try {
          for (const { target, status, body } of recording!.exchanges) {
            const response = await fetch(`http://127.0.0.1:${server.port}${target}`);
            expect([response.status, await response.text()]).to.deep.equal([status, body]);
          }
        } finally {
          await server.stop();
        }
      });
    }

    it('of Loki depend on the tenant: 401 without one, no data for a wrong one, labels for the right one', () => {
      const recording = readRecordings('loki').find(({ tenant }) => tenant === 'team-checkout')!;
      const answer = answerOf(recording);
      const ask = (headers: Record<string, string>): unknown =>
        answer({ method: 'GET', target: '/loki/api/v1/labels?start=1&limit=5', headers, body: '' });

      expect(ask({})).to.include({ status: 401, body: 'no org id\n' });
      expect(ask({ 'x-scope-orgid': 'anonymous' })).to.include({ status: 200, body: '{"status":"success"}\n' });
      expect(ask({ 'x-scope-orgid': 'team-checkout' }))
        .to.have.property('body')
        .that.includes('"namespace"');
    });

    for (const store of recordedStores()) {
      it(`of ${store} satisfy the probe of its detector`, () => {
        const { probe, entryPoints } = detectors.find(({ id }) => id === store)!;
        const paths = entryPoints.map(({ path = '' }) => `${path}${probe!.path}`);
        const answer = answerOf(readRecordings(store)[0]!);
        const bodies = paths.flatMap((target) => {
          const reply = answer({ method: 'GET', target, headers: {}, body: '' });
          return reply?.status === 200 ? [String(reply.body).replace(/\s/g, '')] : [];
        });

        expect(bodies).to.not.be.empty;
        for (const text of probe!.contains) expect(bodies[0]).to.include(text);
      });
    }

    it('are not invented: a request that was not recorded returns 404', () => {
      const answer = answerOf(readRecordings('loki')[0]!);

      expect(answer({ method: 'GET', target: '/metrics', headers: {}, body: '' })).to.deep.equal({
        status: 404,
        body: 'not recorded of loki: /metrics',
      });
    });

    it('exist only for stores that are marked as real', () => {
      const real = stores.filter(({ isReal }) => isReal).map(({ id }) => id);

      expect(real).to.include.members(recordedStores());
    });
  });

  describe('first questions', () => {
    it('use the label names that HolmesGPT assumes when none are configured', () => {
      const queries = firstQuestions('grafana/loki', nothingTold).map(({ params }) => params.query);

      expect(queries[0]).to.equal('{namespace="shop"}');
      expect(queries[1]).to.equal('{namespace="shop", pod=~"cart-.*"}');
    });

    it('use the configured label names, the matcher for every query and the instance name', () => {
      const told = { labels: { namespace: 'k8s.namespace.name' }, always: { cluster: 'prod-eu' } };
      const [logs] = firstQuestions('victorialogs', told, 'obs/logs');
      const [metrics] = firstQuestions('prometheus/metrics', { ...told, labels: { namespace: 'k8s_namespace_name' } });

      expect(logs!.params).to.deep.equal({
        query: '{"k8s.namespace.name"="shop"} cluster:="prod-eu"',
        instance: 'obs/logs',
      });
      expect(metrics!.params).to.deep.equal({ match: '{k8s_namespace_name="shop",cluster="prod-eu"}' });
    });

    it('follow the cluster/stores instructions for their toolset: label names, example and matcher', () => {
      const line =
        '- Toolset grafana/loki: The labels are `k8s_namespace_name` for the namespace, `k8s_pod_name` for the pod. There is no label for the container. Example: `{k8s_namespace_name="my-namespace"}`. Data of this cluster alone: `{cluster="prod-eu"}`, in every query.';
      const other = '- Toolset victorialogs: The fields are `ns` for the namespace. Example: `"ns":="my-namespace"`.';
      const entries = { 'cluster/stores': { llm_instructions: `Stores of this cluster.\n${line}\n${other}\n` } };
      const queries = firstQuestions('grafana/loki', toldOf(entries, 'grafana/loki')).map(({ params }) => params.query);

      expect(queries.slice(0, 2)).to.deep.equal([
        '{k8s_namespace_name="shop", cluster="prod-eu"}',
        '{k8s_namespace_name="shop", k8s_pod_name=~"cart-.*", cluster="prod-eu"}',
      ]);
      expect(firstQuestions('victorialogs', toldOf(entries, 'victorialogs'))[0]!.params).to.deep.equal({
        query: '"ns":="shop"',
      });
    });

    it('follow the additional labels of the configuration, and name the instance when there are several', () => {
      const instances = [
        { name: 'a/one', additional_labels: { cluster: 'x' } },
        { name: 'b/two', additional_labels: { cluster: 'y' } },
      ];
      const entries = { 'prometheus/metrics': { config: { instances } } };

      expect(toldOf(entries, 'prometheus/metrics').always).to.deep.equal({ cluster: 'x' });
      expect(instancesOf(entries, 'prometheus/metrics')).to.deep.equal(['a/one', 'b/two']);
      expect(instancesOf({ victorialogs: { config: {} } }, 'victorialogs')).to.deep.equal([undefined]);
    });

    it('exist for the toolset of every store', () => {
      for (const { toolset } of stores) expect(firstQuestions(toolset, nothingTold), toolset).to.not.be.empty;
    });

    for (const [title, data] of [
      ['Tempo finds no trace', 'No traces found matching the query'],
      ['VictoriaLogs lists only the absence of a field', [{ value: '', hits: 3 }]],
      ['Prometheus lists no name', { status: 'success', data: [] }],
      ['Elasticsearch finds no document', { hits: { total: { value: 0 }, hits: [] } }],
    ] as const) {
      it(`count as without data when ${title}`, () => {
        expect(hasData({ status: 'success', data, error: null })).to.equal(false);
      });
    }
  });

  describe('the table', () => {
    const measured = (scheme: string, ...answers: readonly boolean[]): Measured => ({
      ...{ store: 'loki', scheme, tenant: '1', status: 'enabled', always: {} },
      asked: answers.map((one, index) => ({
        about: ['namespace', 'pod'][index]!,
        params: {},
        hasData: one,
        words: 'no_data',
      })),
    });
    const rows = [
      { before: measured('promtail', true, false), after: measured('promtail', true, true) },
      { before: measured('app', false, false), after: measured('app', true, false) },
    ];

    it('counts the questions that returned data before and after, by scheme', () => {
      const table = firstQuestionTable(rows, { loki: 'Loki' }, { promtail: 'Promtail', app: 'App', vector: 'Vector' });

      expect(table.split('\n')[2]).to.match(/^\| Loki +\| `1` +\| 1\/2 -> 2\/2 +\| 0\/2 -> 1\/2 +\| not written +\|$/);
    });

    it('reports the share before and after, and the share of what the store can answer', () => {
      expect(shares(rows, ({ scheme }, about) => scheme !== 'app' || about === 'namespace')).to.deep.equal([
        'Before: 1 of 4 (25 %) of the first questions returned data.',
        'After: 3 of 4 (75 %); of those to which the store has an answer, 3 of 3 (100 %).',
      ]);
    });

    it('has a row for each store and tenant in docs/first-question.md, unless the store is listed as missing', () => {
      const text = readFileSync(new URL('../docs/first-question.md', import.meta.url), 'utf8');
      const [, block = ''] = /<!-- first questions: ([^]*)<!-- end of first questions -->/.exec(text) ?? [];
      const [, missing = ''] = /^Not in this table: (.+?)\.$/m.exec(text) ?? [];

      for (const { title, tenants } of stores) {
        const own = block.split('\n').filter((line) => line.split('|')[1]?.trim() === title);
        expect(own, title).to.have.lengthOf(missing.split(', ').includes(title) ? 0 : tenants.length);
      }
      expect(block).to.match(/^Before: \d+ of \d+ \(\d+ %\) of the first questions returned data\.$/m);
    });

    it('reports how many central stores are queried for this cluster alone, and lists the others', () => {
      const of = (cluster: string): (typeof rows)[number] => {
        const one = { ...measured('central', true), always: { cluster } };
        return { before: one, after: one };
      };

      expect(centralShare([of('prod-eu'), of('prod-us')], () => true)).to.deep.equal([
        'Of 2 stores with two clusters, 0 of them with two tenants, 1 are asked for this cluster alone, and 2 of 2 (100 %) of the first questions returned data.',
      ]);
      expect(wrongClusters([of('prod-eu'), of('prod-us')])).to.deep.equal(['loki, tenant 1: {"cluster":"prod-us"}']);
    });

    it('lists each question that the store could have answered but did not', () => {
      expect(misses(rows, () => true)).to.deep.equal(['loki, app, tenant 1 (enabled): pod: {}: no_data']);
    });
  });
});
