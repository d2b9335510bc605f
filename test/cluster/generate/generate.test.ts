import { expect } from 'chai';
import { parse } from 'yaml';
import type { Explanation } from '../../../plugin/commands/explain/explanation.ts';
import { missingTools } from '../../tools/build.ts';
import { realPart } from '../../support/real-part.ts';
import { endpointSlice, service } from '../support/backends.ts';
import { clusterTools } from '../parts/cluster.ts';
import type { Cluster } from '../parts/cluster.ts';
import { corpusServices } from './corpus.ts';
import type { KubeObject } from '../parts/objects.ts';
import { acquireCluster } from '../parts/pool.ts';
import { buildProgram, gitFolder, outputOf, toolsetYaml } from '../support/program.ts';
import type { Program } from '../support/program.ts';

const target = { namespace: 'holmesgpt', name: 'custom-toolsets-configmap' };

describe('cluster/generate', () => {
  let cluster: Cluster;
  let program: Program;
  let shared: readonly string[];
  let services: readonly KubeObject[];

  before(async function () {
    const available = missingTools(clusterTools).length === 0;
    if (!realPart('kube-apiserver', available, 'node test/tools/build.ts')) this.skip();
    cluster = await acquireCluster();
    program = await buildProgram(cluster.folder);
    services = await corpusServices();
    await cluster.apply([...services, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: target.namespace } }]);
    // A cluster without any would count as one whose recording has none: there every Service is ready.
    await cluster.apply([endpointSlice('default', 'kubernetes', { ready: 1 })]);
    // These addresses do not answer: one attempt is enough.
    const trusting = { certificates: 'private' };
    const settings = toolsetYaml({
      target: trusting,
      discovery: { firstQuestion: 'off' },
      health: { attempts: 1, timeoutSeconds: 1 },
    });
    const folder = await gitFolder(cluster.folder, { 'toolset.yaml': settings });
    shared = ['--path', folder, '--kubeconfig', await cluster.kubeconfig()];
  });

  after(async () => {
    // Unset when the suite was skipped.
    await (cluster as Cluster | undefined)?.stop();
  });

  it('finds the products among the Services of many charts', async () => {
    const { toolsets } = dataOf(await generate());

    expect(Object.keys(toolsets)).to.include.members(['kubernetes/core', 'prometheus/metrics', 'grafana/dashboards']);
    expect(JSON.stringify(toolsets)).to.include('http://prometheus-k8s.monitoring.svc.cluster.local:9090');
  });

  it('prints a manifest that kubectl applies, and then prints the same again', async () => {
    const first = await generate();
    const again = await generate();

    const applied = await cluster.kubectl(['apply', '--server-side', '--validate=strict', '-f', '-'], { input: first });
    const version = await liveVersion();
    const after = await generate();
    await cluster.kubectl(['apply', '--server-side', '-f', '-'], { input: after });

    expect(applied).to.equal(`configmap/${target.name} serverside-applied\n`);
    expect(again).to.equal(first);
    expect(after).to.equal(first);
    expect(await liveVersion()).to.equal(version);
  });

  it('remembers admitted backends through the live ConfigMap', async () => {
    await remove();
    const healthy = await generate('--check', 'http');
    const trusted = await generate('--check', 'none');
    await cluster.kubectl(['apply', '--server-side', '-f', '-'], { input: trusted });

    expect(Object.keys(dataOf(healthy).toolsets)).to.deep.equal(['kubernetes/core']);
    for (const check of ['http', 'readiness']) {
      const remembered = await generate('--check', check);
      expect(dataOf(remembered), check).to.deep.equal(dataOf(trusted));
      // What is only suspected is asked where something is checked.
      expect(sourcesOf(remembered).replace(/\n.* not-proved/g, ''), check).to.equal(sourcesOf(trusted));
    }
  });

  it('explains what it generates', async () => {
    await remove();
    const manifest = await generate();
    const explanation = await explain();

    const selected = explanation.services.filter(({ decision }) => decision === 'selected');
    const sources = Map.groupBy(selected, ({ toolset }) => `${toolset!}:`);
    const lines = [...sources].map(([toolset, services]) =>
      [toolset, ...services.map(({ namespace, name, url }) => `  ${namespace}/${name} ${url!}`).sort()].join('\n'),
    );
    // In the annotation each toolset has its backends in the order of their places.
    // Behind the URL it says which evidence was read.
    const written = sourcesOf(manifest)
      .split('\n')
      .filter((line) => !line.endsWith(' not-proved'))
      .map((line) => line.replace(/^( {2}\S+ \S+).*/, '$1'));
    expect(lines.join('\n').split('\n').sort()).to.deep.equal(written.sort());
    expect(selected).to.have.length.above(10);
    expect(explanation.toolsets.map(({ name }) => name).sort()).to.deep.equal(Object.keys(dataOf(manifest).toolsets));
    // The API server's own Service is one more.
    expect(explanation.services).to.have.length(services.length + 1);
  });

  for (const check of ['none', 'readiness']) {
    it(`prints the same from a snapshot as from the cluster with --check ${check}`, async () => {
      await cluster.kubectl(['apply', '--server-side', '-f', '-'], { input: await generate() });
      await cluster.apply([service(`late-${check}`, 'prometheus', 9090)]);
      const live = await generate('--check', check);

      const input = outputOf(await program.run(['snapshot', ...shared]));
      const args = ['generate', ...shared.slice(0, 2), '--check', check, '--snapshot', '-'];
      const recorded = outputOf(await program.run(args, { input }));

      expect(recorded).to.equal(live);
      expect(sourcesOf(live).includes(`late-${check}/prometheus`)).to.equal(check === 'none');
    });
  }

  async function generate(...args: readonly string[]): Promise<string> {
    const check = args.length > 0 ? [] : ['--check', 'none'];
    return outputOf(await program.run(['generate', ...shared, ...check, ...args]), 'NOTHING_DISCOVERED');
  }

  async function explain(): Promise<Explanation> {
    const args = ['explain', '--all', '-o', 'json', '--check', 'none', ...shared];
    return JSON.parse(outputOf(await program.run(args))) as Explanation;
  }

  async function liveVersion(): Promise<string> {
    const args = [
      '-n',
      target.namespace,
      'get',
      'configmap',
      target.name,
      '-o',
      'jsonpath={.metadata.resourceVersion}',
    ];
    return cluster.kubectl(args);
  }

  async function remove(): Promise<void> {
    await cluster.kubectl(['-n', target.namespace, 'delete', 'configmap', target.name, '--ignore-not-found']);
  }
});

interface Manifest {
  readonly metadata: { readonly annotations: Readonly<Record<string, string>> };
  readonly data: Readonly<Record<string, string>>;
}

function dataOf(manifest: string): { readonly toolsets: Readonly<Record<string, unknown>> } {
  const { data } = parse(manifest) as Manifest;
  return parse(data['custom_toolset.yaml']!) as { readonly toolsets: Readonly<Record<string, unknown>> };
}

function sourcesOf(manifest: string): string {
  return (parse(manifest) as Manifest).metadata.annotations['kubernaut.io/toolset-sources']!;
}
