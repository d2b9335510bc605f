import { expect } from 'chai';
import { mkdir, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { join } from 'node:path';
import nock from 'nock';
import { temporaryFolder } from '../../../support/folder.ts';
import type { Outcome } from '../../../support/run.ts';
import { reported, runHere } from '../../../support/run.ts';

const hub = 'https://hub.example';
const configMap = '/api/v1/namespaces/holmesgpt/configmaps/custom-toolsets-configmap';
const notFound = { kind: 'Status', reason: 'NotFound' };

/** Of one run of one ConfigMap. */
const [maxClusters, maxAtOnce] = [50, 8];

describe('plugin/commands/clusters/fleet', () => {
  const folder = temporaryFolder();
  /** Clusters whose Services are being listed: each is read for as long as that takes. */
  let [now, most] = [0, 0];
  const read = new Set<string>();

  beforeEach(() => {
    [now, most] = [0, 0];
    read.clear();
  });

  function kubeconfig(server: string): string {
    return JSON.stringify({
      ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'c' },
      clusters: [{ name: 'c', cluster: { server } }],
      users: [{ name: 'c', user: { token: 'canary-7f3a' } }],
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'c' } }],
    });
  }

  /** An empty cluster, which takes a while to list its Services. */
  function serve(name: string): void {
    const list = (kind: string): object => ({ apiVersion: 'v1', kind, metadata: { resourceVersion: '1' }, items: [] });
    const server = nock(`https://${name}.example`);
    server
      .get('/api/v1/services')
      .query(true)
      .reply(200, async () => {
        read.add(name);
        now += 1;
        most = Math.max(most, now);
        await delay(20);
        now -= 1;
        return list('ServiceList');
      });
    server.get('/api/v1/namespaces').query(true).reply(200, list('NamespaceList'));
  }

  const target = { urls: 'https://gateway.example/${cluster}/${namespace}/${name}${path}' };

  /** `generate` for the hub with `count` spokes, of which a glob is wished. */
  async function generate(count: number, wished: object = { target }): Promise<Outcome> {
    const [clusters, path] = [join(folder.path, 'clusters'), join(folder.path, 'git')];
    await mkdir(clusters);
    await mkdir(path);
    const names = Array.from({ length: count }, (_, index) => `spoke-${String(index)}`);
    for (const name of names) await writeFile(join(clusters, name), kubeconfig(`https://${name}.example`));
    const spec = { clusters: ['spoke-*'], ...wished };
    const content = { apiVersion: 'toolset.kubernaut.ai/v1alpha1', kind: 'ToolsetConfig', spec };
    await writeFile(join(path, 'toolset.yaml'), JSON.stringify(content));
    const own = await folder.write('own', kubeconfig(hub));
    const flags = ['--path', path, '--kubeconfig', own, '--clusters', clusters, '--allow-any-cluster'];
    return runHere(['generate', ...flags]);
  }

  it('reads fifty clusters, eight at a time', async () => {
    nock(hub).get(configMap).reply(404, notFound);
    for (let index = 0; index < maxClusters; index += 1) serve(`spoke-${String(index)}`);

    const outcome = await generate(maxClusters);

    expect({ code: outcome.code, told: reported(outcome).code }).to.deep.equal({ code: 0, told: 'NOTHING_DISCOVERED' });
    expect(outcome.stdout).to.include('"clusters":["spoke-*"]').and.not.include('canary-7f3a');
    expect(read.size).to.equal(maxClusters);
    expect(most).to.equal(maxAtOnce);
  });

  it('reads each cluster once, however many targets there are', async () => {
    const targets = [
      target,
      { ...target, configMap: { name: 'of-staging', namespace: 'staging' } },
      { ...target, format: 'grafana-datasources' },
    ];
    nock(hub).get(configMap).reply(404, notFound);
    nock(hub).get('/api/v1/namespaces/staging/configmaps/of-staging').reply(404, notFound);
    nock(hub).get('/api/v1/namespaces/monitoring/configmaps/grafana-datasources').reply(404, notFound);
    // Each answers one list of each kind, and no other one.
    for (const name of ['spoke-0', 'spoke-1', 'spoke-2']) serve(name);

    const outcome = await generate(3, { targets });

    expect({ code: outcome.code, told: reported(outcome).code }).to.deep.equal({ code: 0, told: 'NOTHING_DISCOVERED' });
    expect(outcome.stdout.match(/^kind: ConfigMap$/gm)).to.have.length(3);
    expect(outcome.stdout).to.not.include('CLUSTER_UNREAD');
    expect(read.size).to.equal(3);
  });

  it('requires URLs of every target whose consumer runs in another cluster', async () => {
    const outcome = await generate(1, { targets: [target, { format: 'grafana-datasources' }] });

    expect(outcome).to.include({ code: 2, stdout: '' });
    expect(reported(outcome).message).to.include('expected urls of targets[1] with ${cluster}');
  });

  it('rejects a glob that matches more than fifty clusters before it contacts any', async () => {
    nock(hub).get(configMap).optionally().reply(404, notFound);

    const outcome = await generate(maxClusters + 1);

    expect(outcome).to.include({ code: 2, stdout: '' });
    expect(reported(outcome)).to.include({
      code: 'SETTINGS_INVALID',
      message: 'spec.clusters matches more than 50 clusters',
    });
    expect(read.size).to.equal(0);
  });
});
