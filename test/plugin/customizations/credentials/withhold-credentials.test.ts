import { expect } from 'chai';
import type { Candidate } from '../../../../plugin/discovery/decision.ts';
import type { DataMap } from '../../../../plugin/lib/json.ts';
import { getOwn } from '../../../../plugin/lib/json.ts';
import { valueAt } from '../../../../plugin/lib/data/json-pointer.ts';
import { withholdCredentials } from '../../../../plugin/customizations/credentials/withhold-credentials.ts';
import type { KubeObject } from '../../../cluster/parts/objects.ts';
import { grafana, prometheus, service } from '../../../support/objects.ts';
import { changed, changesOf, holmesgpt045 } from '../../../support/git.ts';
import { discoverFixture } from '../../discovery/fixture.ts';

type Files = Readonly<Record<string, string>>;

const header = '{additional_headers: {Authorization: "Bearer {{ env.KEY }}"}}';
const beside = `toolsets:\n  prometheus/metrics: {config: ${header}}\n`;
const key = 'toolsets:\n  grafana/dashboards: {config: {api_key: "{{ env.KEY }}"}}\n';

/** Namespace `mine` is trusted, no other is. */
describe('plugin/customizations/credentials/withhold-credentials', () => {
  const isTrusted = (namespace: string): boolean => namespace === 'mine';

  async function given(items: readonly KubeObject[], files: Files) {
    const spec = { trust: { namespaces: ['mine'] } };
    const { admitted } = await discoverFixture({ items, spec });
    return withheldFrom(admitted, files);
  }

  function withheldFrom(admitted: readonly Candidate[], files: Files) {
    const access = { credentials: {}, isTrusted, certificates: 'public', clusterDomain: 'cluster.local' } as const;
    const { file } = holmesgpt045.generate(admitted, access);
    const result = changed(file, files);
    const customizations = changesOf(files);
    const inputs = { customizations, admitted, isTrusted, consumer: holmesgpt045 };
    const { file: kept, warnings } = withholdCredentials(result, inputs);
    return { before: result.final, kept, said: warnings.map(({ code, message }) => `${code} ${message}`) };
  }

  const config = (kept: { readonly toolsets: DataMap }, name: string): unknown =>
    valueAt(getOwn(kept.toolsets, name), ['config']);

  it('removes nothing when every backend is trusted', async () => {
    const { before, kept, said } = await given([prometheus('mine'), grafana('mine')], {
      'overrides.yaml': beside + key.slice(10),
    });

    expect(kept).to.deep.equal(before);
    expect(said).to.deep.equal([]);
  });

  it('removes nothing that is not a credential', async () => {
    const files = { 'overrides.yaml': 'toolsets: {prometheus/metrics: {config: {verify_ssl: false}}}\n' };

    const { before, kept, said } = await given([prometheus('theirs')], files);

    expect(kept).to.deep.equal(before);
    expect(said).to.deep.equal([]);
  });

  it('removes a credential beside the URL of an untrusted Service, and reports its line and the fix', async () => {
    const { kept, said } = await given([grafana('theirs')], { 'overrides.yaml': key });

    expect(config(kept, 'grafana/dashboards')).to.deep.equal({
      api_url: 'http://grafana.theirs.svc.cluster.local:80',
    });
    expect(said).to.deep.equal([
      'CREDENTIAL_WITHHELD grafana/dashboards: api_key (overrides.yaml:2:33) is not given to theirs/grafana; to trust them add theirs to spec.trust.namespaces',
    ]);
  });

  it('keeps the credential for the trusted ones of several backends', async () => {
    const { kept } = await given([prometheus('mine'), prometheus('theirs')], { 'overrides.yaml': beside });

    expect(config(kept, 'prometheus/metrics')).to.deep.equal({
      instances: [
        {
          name: 'mine/prometheus',
          prometheus_url: 'http://prometheus.mine.svc.cluster.local:9090',
          additional_headers: { Authorization: 'Bearer {{ env.KEY }}' },
        },
        { name: 'theirs/prometheus', prometheus_url: 'http://prometheus.theirs.svc.cluster.local:9090' },
      ],
    });
  });

  it('keeps a credential when Git sets the endpoint itself, even that of an untrusted Service', async () => {
    const url = 'http://grafana.theirs.svc.cluster.local:80';
    const files = {
      'overrides.yaml': `toolsets:\n  grafana/dashboards: {config: {api_url: "${url}", api_key: "{{ env.KEY }}"}}\n`,
    };

    const { kept, said } = await given([grafana('theirs')], files);

    expect(config(kept, 'grafana/dashboards')).to.deep.equal({ api_url: url, api_key: '{{ env.KEY }}' });
    expect(said).to.deep.equal([]);
  });

  const moves: readonly (readonly [title: string, patch: string])[] = [
    ['adds it', '{op: add, path: /config/api_key, value: "{{ env.KEY }}"}'],
    [
      'copies the URL to another key',
      '{op: copy, from: /config/api_url, path: /config/external_url}, {op: add, path: /config/api_url, value: "http://a"}, {op: add, path: /config/api_key, value: "{{ env.KEY }}"}',
    ],
    [
      'moves the URL into a list',
      '{op: add, path: /config/api_key, value: "{{ env.KEY }}"}, {op: add, path: /config/instances, value: [{name: a}]}, {op: move, from: /config/api_url, path: /config/instances/0/api_url}',
    ],
  ];
  for (const [title, patch] of moves) {
    it(`removes the credential even when a patch ${title}`, async () => {
      const { before, kept, said } = await given([grafana('theirs')], {
        'patches.yaml': `- target: grafana/dashboards\n  patch: [${patch}]\n`,
      });

      expect(JSON.stringify(before)).to.include('env.KEY');
      expect(JSON.stringify(kept)).not.to.include('env.KEY');
      expect(said).to.have.length(1);
    });
  }

  it('names ten of many Services, alternating between namespaces, and the number of the rest', async () => {
    const many = Array.from({ length: 20 }, (_, index) => grafana('aaa', `grafana-${String(index)}`)).map((one) => ({
      ...one,
      spec: { ...(one.spec as object), selector: { app: one.metadata.name } },
    }));

    const { said } = await given([...many, grafana('zzz')], { 'overrides.yaml': key });

    expect(said[0]).to.include('is not given to aaa/grafana-0, zzz/grafana, aaa/grafana-1, ');
    expect(said[0]).to.match(/, and 11 more; to trust them add aaa, zzz to spec\.trust\.namespaces$/);
  });

  it('removes the credential from every toolset that shares the backend', async () => {
    const labels = { 'app.kubernetes.io/name': 'elasticsearch' };
    const elasticsearch = service({ namespace: 'theirs', name: 'es', labels, ports: [{ name: 'http', port: 9200 }] });
    const files = {
      'overrides.yaml':
        'toolsets:\n  elasticsearch/data: {config: {api_key: "{{ env.KEY }}"}}\n  elasticsearch/cluster: {config: {api_key: "{{ env.KEY }}"}}\n',
    };

    const { kept, said } = await given([elasticsearch], files);

    expect(JSON.stringify(kept)).not.to.include('env.KEY');
    expect(said).to.have.length(2);
  });

  it('treats a foreign host that a trusted Service names as untrusted', async () => {
    const { admitted } = await discoverFixture({ items: [grafana('mine')], spec: { trust: { namespaces: ['mine'] } } });
    const foreign = admitted.map((one) => ({
      ...one,
      endpoint: { ...one.endpoint, host: 'evil.example', foreign: true },
    }));

    const { kept } = withheldFrom(foreign, { 'overrides.yaml': key });

    expect(config(kept, 'grafana/dashboards')).to.deep.equal({ api_url: 'http://evil.example:80' });
  });

  it('does not change toolsets that exist only in Git', async () => {
    const own = 'toolsets:\n  own: {description: a, config: {api_key: "{{ env.KEY }}"}}\n';

    const { before, kept } = await given([grafana('theirs')], { 'overrides.yaml': own });

    expect(kept).to.deep.equal(before);
  });
});
