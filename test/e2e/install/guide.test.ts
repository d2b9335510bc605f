import { expect } from 'chai';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { service } from '../../cluster/support/backends.ts';
import { holmes, installRepoServer, paste, runRepoServer } from '../../cluster/manifests/installation.ts';
import { manifests, podOf, sidecarOf } from '../../cluster/manifests/manifests.ts';
import type { Deployment } from '../../cluster/manifests/manifests.ts';
import { buildProgram } from '../../cluster/support/program.ts';
import { expectSuccess } from '../../cluster/parts/request.ts';
import { shellBlocks } from '../../support/guide.ts';
import { hasArgoCd, startArgoCd } from '../parts/argo-cd.ts';
import type { ArgoCd } from '../parts/argo-cd.ts';
import { serveHttpAt } from '../support/backend.ts';
import { gitEnv } from '../parts/repository.ts';
import { configMapName, toolsetsIn } from '../support/scene.ts';
import type { LiveConfigMap } from '../support/scene.ts';

const port = 19_091;
/** What the guide builds. */
const image = 'registry.example.com/dynamic-toolset:0.1.0';
const all = shellBlocks('docs/install.md').filter(({ id }) => id !== null);
/** The end of the guide takes away what the rest has installed. */
const [blocks, removals] = [false, true].map((isRemoval) =>
  all.filter(({ id }) => id?.startsWith('uninstall-') === isRemoval),
) as [typeof all, typeof all];

describe('e2e/install/guide: docs/install.md', () => {
  let argoCd: ArgoCd;
  let home: string;
  let backend: Awaited<ReturnType<typeof serveHttpAt>>;
  /** Where the guide is read; what it exports goes from block to block. */
  let exports: readonly string[] = [];

  before(async function () {
    if (!hasArgoCd()) this.skip();
    argoCd = await startArgoCd();
    const { cluster, repository } = argoCd;
    home = join(cluster.folder, 'newcomer');
    await mkdir(join(home, 'bin'), { recursive: true });
    await buildProgram(home);
    await writeFile(
      join(home, 'bin/npx'),
      `#!/bin/sh\nshift\nexec "${process.execPath}" "${home}/dynamic-toolset.cjs" "$@"\n`,
    );
    await chmod(join(home, 'bin/npx'), 0o755);
    // The guide installs what the harness has: none of it is there for a newcomer.
    await cluster.kubectl(['delete', '-k', join(manifests, 'rbac/cluster')]);
    await cluster.kubectl(['delete', 'namespace', 'holmesgpt']);
    await installRepoServer(cluster, []);
    const [prometheus] = await cluster.apply([service('monitoring', 'prometheus', port)]);
    const { clusterIP } = prometheus!.spec as { readonly clusterIP: string };
    backend = await serveHttpAt(clusterIP, port, '{"status":"success","data":{"version":"3.0.0"}}');
    await repository.commit({ 'README.md': 'an empty repository has no branch' });
  });

  after(async () => {
    // Unset when the suite was skipped.
    await (backend as typeof backend | undefined)?.stop();
    await (argoCd as ArgoCd | undefined)?.stop();
  });

  /** What the guide leaves to others: Kubernetes runs Pods, and HolmesGPT is installed. */
  const afterwards: Readonly<Record<string, () => Promise<unknown>>> = {
    permissions: () => argoCd.cluster.apply([holmes]),
    sidecar: () => runRepoServer(argoCd.cluster, image),
  };

  for (const { id, script } of blocks) {
    it(`works as documented: ${id ?? ''}`, async () => {
      const mine = script.replace('https://git.example.com/platform/toolsets.git\n', `${argoCd.repository.url}\n`);

      await run(mine);
      exports = [...exports, ...mine.split('\n').filter((line) => line.startsWith('export '))];
      await afterwards[id ?? '']?.();
    });
  }

  it('results in a ConfigMap with the backend of the cluster, which Argo CD keeps in sync', async () => {
    const { status } = await argoCd.applications.untilSynced('holmesgpt-toolsets');
    const path = `/api/v1/namespaces/holmesgpt/configmaps/${configMapName}`;
    const live = expectSuccess(await argoCd.cluster.request('GET', path), 'reading it') as LiveConfigMap;

    expect(status?.resources?.map(({ kind, name }) => [kind, name])).to.deep.equal([['ConfigMap', configMapName]]);
    expect(toolsetsIn(live)).to.have.nested.property(
      'prometheus/metrics.config.prometheus_url',
      `http://prometheus.monitoring.svc.cluster.local:${port}`,
    );
  });

  it('results in a sidecar with the built image and the policy, and a HolmesGPT that reads the file', async () => {
    const [server, consumer] = await Promise.all([
      deployment('argocd', 'argocd-repo-server'),
      deployment('holmesgpt', 'holmesgpt-holmes'),
    ]);

    const sidecar = sidecarOf(podOf(server));
    expect(sidecar.image).to.equal(image);
    expect(sidecar.volumeMounts?.map(({ mountPath }) => mountPath)).to.include('/etc/dynamic-toolset');
    expect(JSON.stringify(consumer.spec)).to.include(configMapName);
  });

  it('results in a liveness probe that passes for a running plugin server and fails without its socket', async () => {
    const sidecar = sidecarOf(podOf(await deployment('argocd', 'argocd-repo-server')));
    const command = sidecar.livenessProbe?.exec?.command ?? [];
    const probe = (socket: string): Promise<string> =>
      paste(argoCd.cluster, command.join(' ').replace('/home/argocd/cmp-server/plugins', socket));

    const isAlive = await probe(argoCd.sidecar.plugins).then(() => true);
    const isGone = await probe(home).catch(() => false);

    expect([isAlive, isGone]).to.deep.equal([true, false]);
  });

  describe('Uninstall', () => {
    before(async () => {
      for (const folder of ['health', 'argocd-ui', 'serve/argocd-account'])
        await argoCd.cluster.kubectl(['apply', '--server-side', '-k', join(manifests, folder)]);
    });

    for (const { id, script } of removals) {
      it(`works as documented: ${id ?? ''}`, async () => {
        await run(script);
      });
    }

    it("leaves nothing of the plugin, and everything of Argo CD and HolmesGPT's own", async () => {
      const { kubectl } = argoCd.cluster;
      const kinds = 'deployments,configmaps,roles,rolebindings,clusterroles,clusterrolebindings,serviceaccounts';
      const list = parse(await kubectl(['get', kinds, '--all-namespaces', '-o', 'json'])) as {
        readonly items: readonly { readonly kind: string; readonly metadata: { readonly name: string } }[];
      };
      const nameOf = ({ kind, metadata }: (typeof list.items)[number]): string => `${kind}/${metadata.name}`;
      const ofOurs = list.items.filter((one) => /dynamic-toolset|custom-toolsets/i.test(JSON.stringify(one)));

      expect(ofOurs.map(nameOf)).to.deep.equal([]);
      expect(list.items.map(nameOf)).to.include.members([
        ...['argocd-cm', 'argocd-rbac-cm', 'argocd-cmd-params-cm'].map((name) => `ConfigMap/${name}`),
        ...['argocd-repo-server', 'holmesgpt-holmes'].map((name) => `Deployment/${name}`),
      ]);
    });
  });

  async function run(script: string): Promise<string> {
    const git = Object.entries(gitEnv(home)).filter(([name]) => name !== 'PATH' && name !== 'HOME');
    const setting = [
      `export HOME=${home}`,
      `export PATH=${home}/bin:$PATH`,
      ...git.map(([name, value]) => `export ${name}=${value}`),
    ];
    return paste(argoCd.cluster, [...setting, ...exports, script].join('\n'));
  }

  async function deployment(namespace: string, name: string): Promise<Deployment> {
    return parse(
      await argoCd.cluster.kubectl(['-n', namespace, 'get', 'deployment', name, '-o', 'json']),
    ) as Deployment;
  }
});
