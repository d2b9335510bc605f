import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { parse } from 'yaml';
import type { KubeObject } from '../cluster/parts/objects.ts';
import { waitUntilReady } from '../cluster/parts/process.ts';
import { service } from '../cluster/support/backends.ts';
import { hasArgoCd, startArgoCd } from '../e2e/parts/argo-cd.ts';
import { commitServerPaths, startCommitServer } from '../e2e/parts/servers.ts';
import { BareRepository } from '../support/bare-repository.ts';
import { yamlBlock } from '../support/guide.ts';
import { until } from '../support/until.ts';
import { argoCdVersion } from '../tools/build.ts';
import { merge, password, runGuide, settings, startMs, user } from './guide-run.ts';

/**
 * npm run test:hydrator [-- --write-docs]
 *
 * The commands and manifests of docs/source-hydrator.md with the real hydrator and commit server of Argo CD, on a real API
 * server and a Git server of loopback: from a change of a Service to the environment's branch, and to the ConfigMap.
 */
const guide = 'docs/source-hydrator.md';
const environment = 'environments/prod';
const rendered = 'holmesgpt/manifest.yaml';

if (!hasArgoCd()) process.exit(1);

/** What Argo CD reads the dry source with, and what it pushes with. */
function credentialsFor(url: string): readonly KubeObject[] {
  return ['repository', 'repository-write'].map((type) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace: 'argocd', name: `dry-${type}`, labels: { 'argocd.argoproj.io/secret-type': type } },
    stringData: { type: 'git', url, username: user, password },
  }));
}

/** The Application of the guide, with the Git server of the run in the place of the one that it names. */
function applicationOfGuide(url: string): KubeObject {
  return parse(yamlBlock(guide, 'application').replace(/repoURL: [^\s,]+/, `repoURL: ${url}`)) as KubeObject;
}

await runGuide(guide, { name: 'hydrator', parts: `Argo CD ${argoCdVersion()}` }, async (guideRun) => {
  const taken = commitServerPaths.filter((path) => existsSync(path));
  assert.deepEqual(taken, [], 'another commit server runs, or did not end well: remove these once none runs');
  guideRun.atEnd(() => Promise.all(commitServerPaths.map((path) => rm(path, { recursive: true, force: true }))));
  const commitServer = await startCommitServer(guideRun.folder);
  guideRun.atEnd(() => commitServer.component.stop());
  await waitUntilReady(commitServer.component, startMs, commitServer.isReady);
  const argoCd = await startArgoCd({
    controllerFlags: ['--hydrator-enabled', `--commit-server=${commitServer.address}`],
  });
  guideRun.atEnd(argoCd.stop);
  const { cluster } = argoCd;
  await cluster.apply(
    ['holmesgpt', 'monitoring'].map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
  );
  await cluster.apply([service('monitoring', 'prometheus', 9090)]);
  const repository = new BareRepository(guideRun.folder, 'dry.git');
  repository.git('config', 'http.receivepack', 'true');
  repository.commit({ 'settings/holmesgpt/toolset.yaml': settings });
  const url = await guideRun.serveGit(repository, cluster);
  const toolsets = async (): Promise<string> => {
    const configMap = ['configmap', 'custom-toolsets-configmap', '--namespace', 'holmesgpt', '--ignore-not-found'];
    return cluster.kubectl(['get', ...configMap, '-o', 'jsonpath={.data}']);
  };
  const name = ['application.argoproj.io', 'holmesgpt-toolsets', '--namespace', 'argocd', '--ignore-not-found'];
  const status = (): Promise<string> => cluster.kubectl(['get', ...name, '-o', 'jsonpath={.status}']);
  const applied = async (port: string): Promise<void> =>
    until(`the ConfigMap has ${port}`, async () => (await toolsets()).includes(port)).catch(async (error: unknown) => {
      console.error(await status());
      throw error;
    });

  const first = await guideRun.step('The first proposal', () => guideRun.propose());
  assert.equal(first.outcome, 'proposed');
  merge(repository);
  await guideRun.step('From the Application to the ConfigMap', async () => {
    await cluster.apply([...credentialsFor(url), applicationOfGuide(url)]);
    await applied(':9090');
  });
  assert.ok(repository.text(environment, rendered).includes(':9090'), 'what is synced stands in the environment');
  assert.equal(repository.tip(environment) === repository.tip('main'), false);

  await cluster.apply([service('monitoring', 'prometheus', 9091)]);
  const second = await guideRun.step('A Service on another port, to its commit', () => guideRun.propose());
  assert.equal(second.outcome, 'proposed');
  merge(repository);
  assert.ok((await toolsets()).includes(':9090'), 'nothing is rendered before the merge is seen');
  await guideRun.step('From the merge to the ConfigMap, asked for', async () => {
    await cluster.kubectl(guideRun.kubectl('hydrate'));
    await applied(':9091');
  });
  assert.ok(repository.text(environment, rendered).includes(':9091'));
});
