import { expect } from 'chai';
import { parse } from 'yaml';
import { spawnSync } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { missingTools } from '../../tools/build.ts';
import { realPart } from '../../support/real-part.ts';
import { endpointSlice, service } from '../support/backends.ts';
import type { Endpoints } from '../support/backends.ts';
import { clusterTools } from '../parts/cluster.ts';
import type { Cluster } from '../parts/cluster.ts';
import { acquireCluster } from '../parts/pool.ts';
import { explainedService } from '../support/explained.ts';
import type { ExplainedService } from '../support/explained.ts';
import { isAnswering, startComponent, waitUntilReady } from '../parts/process.ts';
import type { Component } from '../parts/process.ts';
import { buildProgram, gitFolder, outputOf, toolsetYaml } from '../support/program.ts';
import type { Program } from '../support/program.ts';
import { patienceMs } from '../../support/until.ts';

const namespace = 'monitoring';
/** Not 9090: a Prometheus of this machine may listen there on all addresses. */
const port = 19_090;

describe('cluster/generate/prometheus', () => {
  let cluster: Cluster;
  let program: Program;
  let shared: readonly string[];
  let prometheus: Component | null = null;

  before(async function () {
    const available = missingTools(clusterTools).length === 0;
    if (!realPart('kube-apiserver', available, 'node test/tools/build.ts')) this.skip();
    const installed = spawnSync('prometheus', ['--version']).status === 0;
    if (!realPart('prometheus', installed, 'apt-get install prometheus')) this.skip();
    cluster = await acquireCluster();
    program = await buildProgram(cluster.folder);
    const settings = toolsetYaml({
      discovery: { firstQuestion: 'off' },
      health: { attempts: 2, intervalSeconds: 0.1 },
    });
    const folder = await gitFolder(cluster.folder, { 'toolset.yaml': settings });
    shared = ['--path', folder, '--kubeconfig', await cluster.kubeconfig(), '--check', 'http'];
    await cluster.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'holmesgpt' } }]);
  });

  after(async () => {
    // Unset when the suite was skipped.
    await prometheus?.stop();
    await (cluster as Cluster | undefined)?.stop();
  });

  it('is not selected before it answers', async () => {
    const [created] = await cluster.apply([service(namespace, 'prometheus', port)]);
    const address = (created!.spec as { readonly clusterIP: string }).clusterIP;

    const before = await explained();
    prometheus = await startPrometheus(address);
    const after = await explained();

    expect(before).to.include({ decision: 'unhealthy', reason: 'ConnectionRefused' });
    expect(after).to.include({ decision: 'selected', reason: 'Answered', toolset: 'prometheus/metrics' });
  });

  it('has to be applied once to be remembered', async () => {
    await endpoints({ ready: 1 });
    const up = await generate();
    await prometheus!.stop();
    const forgotten = await generate();

    await cluster.kubectl(['apply', '--server-side', '-f', '-'], { input: up });

    expect(up).to.include(`http://prometheus.${namespace}.svc.cluster.local:${port}`);
    expect(forgotten).to.not.include(`prometheus.${namespace}`);
    expect(await generate()).to.equal(up);
  });

  for (const { title, notReady, expected } of [
    {
      title: 'stays selected when it has been unready for a minute',
      notReady: () => minutesAgo(1),
      expected: 'selected',
    },
    {
      title: 'is removed when it has been unready for 20 minutes',
      notReady: () => minutesAgo(20),
      expected: 'unhealthy',
    },
    {
      title: 'stays selected when it is unknown since when it has been unready',
      notReady: () => ({}),
      expected: 'selected',
    },
  ]) {
    it(title, async () => {
      await endpoints({ notReady: 1, ...notReady() });

      const { decision } = await explained();
      const manifest = await generate();

      expect(decision).to.equal(expected);
      // Its place is kept in an annotation: the toolsets are what counts.
      const toolsets = JSON.stringify((parse(manifest) as { readonly data: object }).data);
      expect(toolsets.includes(`prometheus.${namespace}.svc`)).to.equal(expected === 'selected');
    });
  }

  it('stays selected during a restart, while some endpoints are ready and others are not', async () => {
    await endpoints({ ready: 1, notReady: 2, ...minutesAgo(60) });

    expect(await explained()).to.include({ decision: 'selected' });
  });

  it('is removed with its Service', async () => {
    await endpoints({ ready: 1 });
    expect(await generate()).to.include(`prometheus.${namespace}.svc`);

    await cluster.kubectl(['-n', namespace, 'delete', 'service', 'prometheus']);

    expect(await generate()).to.not.include(`prometheus.${namespace}`);
  });

  async function startPrometheus(address: string): Promise<Component> {
    const folder = await mkdtemp(join(cluster.folder, 'prometheus-'));
    const config = join(folder, 'prometheus.yml');
    await writeFile(config, '');
    const listen = `${address}:${port}`;
    const flags = [
      '--config.file',
      config,
      '--storage.tsdb.path',
      join(folder, 'data'),
      '--web.listen-address',
      listen,
    ];
    const component = await startComponent('prometheus', 'prometheus', flags, folder);
    await waitUntilReady(component, patienceMs, () => isAnswering(`http://${listen}/-/ready`));
    return component;
  }

  async function endpoints(counts: Endpoints): Promise<void> {
    await cluster.apply([endpointSlice(namespace, 'prometheus', counts)]);
  }

  async function generate(): Promise<string> {
    return outputOf(await program.run(['generate', ...shared]), 'NOTHING_DISCOVERED');
  }

  function explained(): Promise<ExplainedService> {
    return explainedService(program, shared, `${namespace}/prometheus`);
  }
});

function minutesAgo(minutes: number): Pick<Endpoints, 'changed'> {
  return { changed: new Date(Date.now() - minutes * 60_000) };
}
