import { expect } from 'chai';
import { parse } from 'yaml';
import type { KubeObject } from '../../cluster/parts/objects.ts';
import { toolsetYaml } from '../../cluster/support/program.ts';
import { isLearning, lies, lyingStore, marker } from '../../holmesgpt/backends/lying-store.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { localBackends } from '../../support/local-backends.ts';
import { recording, service, slice } from '../../support/objects.ts';
import { runHere } from '../../support/run.ts';

/** Stores of an untrusted namespace that say something else than what they have. */
describe('plugin/commands/lying-stores', () => {
  const folder = temporaryFolder();
  const backends = localBackends();

  const products = {
    loki: { labels: { 'app.kubernetes.io/name': 'loki' }, portName: 'http-metrics' },
    tempo: { labels: { 'app.kubernetes.io/name': 'tempo' }, portName: 'http' },
    prometheus: { labels: { 'app.kubernetes.io/name': 'prometheus' }, portName: 'http-web' },
    cortex: {
      labels: { 'app.kubernetes.io/name': 'cortex', 'app.kubernetes.io/component': 'query-frontend' },
      portName: 'http-metrics',
    },
    victorialogs: { labels: { 'app.kubernetes.io/name': 'victoria-logs-single' }, portName: 'http' },
    elasticsearch: { labels: { 'app.kubernetes.io/name': 'elasticsearch' }, portName: 'http' },
  };
  const withTenants = new Set(['loki', 'tempo', 'cortex']);

  async function cluster(said: string): Promise<KubeObject[]> {
    const objects = Object.entries(products).map(async ([name, { labels, portName }]) => {
      const backend = await backends.serve(lyingStore(said, { wantsTenant: withTenants.has(name) }));
      const one = service({ namespace: 'shop', name, labels, ports: [{ name: portName, port: backend.port }] });
      const there = { ...one, spec: { ...(one.spec as object), clusterIP: '127.0.0.1' } };
      return [there, slice(there)];
    });
    return (await Promise.all(objects)).flat();
  }

  /** What `generate` and `explain` print for a cluster with one store of each product that says this. */
  async function printed(said: string): Promise<{ readonly text: string; readonly file: string }> {
    await folder.write('toolset.yaml', JSON.stringify(toolsetYaml({ target: { version: '0.45' } })));
    const snapshot = await folder.write('cluster.json', recording(...(await cluster(said))));
    const place = ['--path', folder.path, '--snapshot', snapshot, '--check', 'http'];
    const generated = await runHere(['generate', ...place]);
    const explained = await runHere(['explain', ...place, '-o', 'json']);
    expect([generated.code, explained.code], generated.stderr + explained.stderr).to.deep.equal([0, 0]);
    const { data } = parse(generated.stdout) as { readonly data: Readonly<Record<string, string>> };
    const text = [generated, explained].map(({ stdout, stderr }) => stdout + stderr).join('\n');
    return { text, file: data['custom_toolset.yaml'] ?? '' };
  }

  it('accepts a name of few words from each store', async () => {
    const { file } = await printed('prod-eu');

    expect(file.match(/prod-eu/g)?.length).to.be.at.least(5);
    expect(file).to.contain('`k8s_namespace_name` for the namespace');
    const { toolsets } = parse(file, { version: '1.1' }) as { readonly toolsets: object };
    expect(toolsets).to.include.all.keys('grafana/loki', 'grafana/tempo', 'prometheus/metrics', 'victorialogs');
  });

  for (const lie of lies)
    it(`prints nothing of ${JSON.stringify(lie.slice(0, 40))} from a store`, async () => {
      const { text, file } = await printed(lie);

      expect(text.toLowerCase()).not.to.include(marker);
      expect(file).to.contain('`k8s_namespace_name` for the namespace');
    });

  for (const word of ['on', 'no', 'null', '1e3', '012', '1_000', '0x1f', '1:30'])
    it(`prints a cluster named ${word} as a string, which YAML 1.1 would read otherwise`, async () => {
      const { file } = await printed(word);

      const { toolsets } = parse(file, { version: '1.1' }) as { readonly toolsets: object };
      const { config } = (toolsets as Readonly<Record<string, { readonly config: unknown }>>)['prometheus/metrics']!;
      expect(JSON.stringify(config)).to.contain(`"additional_labels":{"cluster":${JSON.stringify(word)}}`);
    });

  it('sends each store at most 4 GET requests in a run, without a credential', async () => {
    await printed('prod-eu');

    for (const { received } of backends.all) {
      const asked = received.filter(isLearning);
      // `generate` and `explain` are a run each.
      expect(asked.length).to.be.within(2, 8);
      expect(new Set(asked.map(({ method }) => method))).to.deep.equal(new Set(['GET']));
      expect(asked.flatMap(({ headers }) => Object.keys(headers))).not.to.include.members(['authorization', 'cookie']);
    }
  });
});
