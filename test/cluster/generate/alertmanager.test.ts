import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { missingTools } from '../../tools/build.ts';
import { realPart } from '../../support/real-part.ts';
import { service } from '../support/backends.ts';
import { clusterTools } from '../parts/cluster.ts';
import type { Cluster } from '../parts/cluster.ts';
import { acquireCluster } from '../parts/pool.ts';
import { explainedService } from '../support/explained.ts';
import { isAnswering, startComponent, waitUntilReady } from '../parts/process.ts';
import type { Component } from '../parts/process.ts';
import { buildProgram, gitFolder, toolsetYaml } from '../support/program.ts';
import type { Program } from '../support/program.ts';
import { patienceMs } from '../../support/until.ts';

const namespace = 'monitoring';
const port = 19_093;

describe('cluster/generate/alertmanager', () => {
  let cluster: Cluster;
  let program: Program;
  let shared: readonly string[];
  let address: string;
  let alertmanager: Component | null = null;

  before(async function () {
    const available = missingTools(clusterTools).length === 0;
    if (!realPart('kube-apiserver', available, 'node test/tools/build.ts')) this.skip();
    const installed = spawnSync('prometheus-alertmanager', ['--version']).status === 0;
    if (!realPart('prometheus-alertmanager', installed, 'apt-get install prometheus-alertmanager')) this.skip();
    cluster = await acquireCluster();
    program = await buildProgram(cluster.folder);
    const settings = toolsetYaml({ health: { attempts: 1 } });
    const folder = await gitFolder(cluster.folder, { 'toolset.yaml': settings });
    shared = ['--path', folder, '--kubeconfig', await cluster.kubeconfig(), '--check', 'http'];
    const [created] = await cluster.apply([service(namespace, 'alertmanager', port)]);
    address = (created!.spec as { readonly clusterIP: string }).clusterIP;
    alertmanager = await startAlertmanager();
  });

  after(async () => {
    // Unset when the suite was skipped.
    await alertmanager?.stop();
    await (cluster as Cluster | undefined)?.stop();
  });

  it('identifies Alertmanager by its status API', async () => {
    const explained = await explainedService(program, shared, `${namespace}/alertmanager`);

    expect(explained).to.include({ decision: 'selected', detector: 'alertmanager', toolset: 'alertmanager' });
    expect(explained.message).to.match(/answered 200 at http:\/\/alertmanager\.monitoring\..*\/api\/v2\/status/);
  });

  it('does not mistake a healthy Alertmanager for Prometheus', async () => {
    // Its own address, under the name and label of another product: /-/healthy would answer 200.
    await cluster.kubectl(['-n', namespace, 'delete', 'service', 'alertmanager']);
    const impostor = service(namespace, 'prometheus', port);
    await cluster.apply([{ ...impostor, spec: { ...(impostor.spec as object), clusterIP: address } }]);

    const explained = await explainedService(program, shared, `${namespace}/prometheus`);

    expect(explained).to.include({ decision: 'unhealthy', detector: 'prometheus' });
    expect(explained.message).to.match(
      /answered 404 at http:\/\/prometheus\.monitoring\..*\/api\/v1\/status\/buildinfo/,
    );
  });

  async function startAlertmanager(): Promise<Component> {
    const folder = await mkdtemp(join(cluster.folder, 'alertmanager-'));
    const config = join(folder, 'alertmanager.yml');
    await writeFile(config, 'route: {receiver: none}\nreceivers: [{name: none}]\n');
    const listen = `${address}:${String(port)}`;
    const flags = [
      `--config.file=${config}`,
      `--storage.path=${join(folder, 'data')}`,
      `--web.listen-address=${listen}`,
      '--cluster.listen-address=',
    ];
    const component = await startComponent('prometheus-alertmanager', 'alertmanager', flags, folder);
    await waitUntilReady(component, patienceMs, () => isAnswering(`http://${listen}/-/ready`));
    return component;
  }
});
