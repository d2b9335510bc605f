import { expect } from 'chai';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { endpointSlice, service } from '../../cluster/support/backends.ts';
import { manifests } from '../../cluster/manifests/manifests.ts';
import { buildProgram, toolsetYaml } from '../../cluster/support/program.ts';
import { userOf } from '../../cluster/support/rbac.ts';
import { installServe, serveAccount, serveVariants } from '../../cluster/manifests/serve.ts';
import { hasArgoCd, startArgoCd } from '../parts/argo-cd.ts';
import type { ArgoCd } from '../parts/argo-cd.ts';
import { configMapName, toolsetsIn } from '../support/scene.ts';
import type { LiveConfigMap } from '../support/scene.ts';
import { startServe } from '../support/serve.ts';
import { until } from '../../support/until.ts';

/** What it may do, manifests/serve/argocd-account grants. */
const account = 'dynamic-toolset';

for (const variant of serveVariants) {
  describe(`e2e/serve/rights: with the permissions of manifests/serve/${variant}`, () => {
    let argoCd: ArgoCd;

    before(async function () {
      if (!hasArgoCd()) this.skip();
      argoCd = await startArgoCd({
        ...(variant === 'argocd-api' ? { accounts: { [account]: [] } } : {}),
        ...(variant === 'namespaced' ? { rbac: 'namespaced' } : {}),
      });
    });

    after(async () => {
      // Unset when the suite was skipped.
      await (argoCd as ArgoCd | undefined)?.stop();
    });

    it('applies several changes to the ConfigMap one after the other, without a 403', async () => {
      const { cluster } = argoCd;
      const discovery = variant === 'namespaced' ? { namespaces: { include: ['monitoring', 'logging'] } } : {};
      const spec = { health: { check: 'readiness' }, discovery };
      await argoCd.repository.commit({ 'one/toolset.yaml': toolsetYaml(spec) });
      if (variant === 'namespaced') await limitArgoCd();
      await cluster.apply([service('monitoring', 'prometheus', 9090), ready('monitoring', 'prometheus')]);
      await argoCd.applications.create('one', { path: 'one' });
      await argoCd.applications.untilSynced('one');
      if (variant === 'argocd-api') await grantAccount();
      const { args, kubeconfig } = await installServe(cluster, variant);
      const program = await buildProgram(cluster.folder);
      const serve = await startServe(program, ['--kubeconfig', kubeconfig, ...(await onLoopback(args))]);
      try {
        await serve.until('leader-elected');

        for (const [name, port, toolset] of [
          ['loki', 3100, 'grafana/loki'],
          ['tempo', 3200, 'grafana/tempo'],
          ['jaeger', 16686, 'jaeger'],
        ] as const) {
          await cluster.apply([service('monitoring', name, port), ready('monitoring', name)]);
          await until(
            `${toolset} in the ConfigMap`,
            async () => JSON.stringify(await toolsets()).includes(`http://${name}.monitoring`),
            60_000,
          );
        }
        await serve.until('configmap-up-to-date');
      } finally {
        await serve.stop();
      }

      const own = (await cluster.auditEvents()).filter(({ user }) => user.username === userOf(serveAccount));
      expect(own.filter(({ responseStatus }) => responseStatus?.code === 403)).to.deep.equal([]);
      if (variant === 'namespaced')
        expect(await watchedForArgoCd())
          .to.include('holmesgpt')
          .and.to.not.include('monitoring');
      expect(own.map(({ verb, objectRef }) => `${verb} ${objectRef?.resource ?? ''}`)).to.include('watch services');
      expect(own.some(({ verb, objectRef }) => verb === 'patch' && objectRef?.resource === 'applications')).to.equal(
        variant !== 'argocd-api',
      );
      expect(serve.events.filter(({ level }) => level === 'error')).to.deep.equal([]);
    });

    async function toolsets(): Promise<Readonly<Record<string, unknown>>> {
      const path = `/api/v1/namespaces/holmesgpt/configmaps/${configMapName}`;
      return toolsetsIn((await argoCd.cluster.request('GET', path)).body as LiveConfigMap);
    }

    /** As an Argo CD that is installed for some namespaces: it handles nothing else, and no cluster-wide objects. */
    async function limitArgoCd(): Promise<void> {
      const labels = { 'argocd.argoproj.io/secret-type': 'cluster' };
      const metadata = { namespace: 'argocd', name: 'in-cluster', labels };
      const server = 'https://kubernetes.default.svc';
      const stringData = {
        name: 'in-cluster',
        server,
        namespaces: 'holmesgpt',
        clusterResources: 'false',
        config: '{}',
      };
      await argoCd.cluster.apply([{ apiVersion: 'v1', kind: 'Secret', metadata, stringData }]);
    }

    /** Namespaces in which it watches a kind that nothing else watches there. */
    async function watchedForArgoCd(): Promise<readonly string[]> {
      return (await argoCd.cluster.auditEvents()).flatMap(({ verb, objectRef }) =>
        verb === 'watch' && objectRef?.resource === 'podtemplates' ? [objectRef.namespace ?? ''] : [],
      );
    }

    /** Argo CD reads its settings again by itself, which takes a moment. */
    async function grantAccount(): Promise<void> {
      const headers = { authorization: `Bearer ${argoCd.tokens[account] ?? ''}` };
      const status = async (): Promise<number> =>
        (await fetch(`${argoCd.apiUrl}/api/v1/applications/one?project=default`, { headers })).status;
      expect(await status()).to.equal(403);
      await argoCd.cluster.kubectl(['apply', '--server-side', '-k', join(manifests, 'serve/argocd-account')]);
      await until('the account may get the Application', async () => (await status()) === 200);
    }

    /** Where the Pod finds Argo CD, and its token, there is nothing here; and no TLS. */
    async function onLoopback(args: readonly string[]): Promise<readonly string[]> {
      const tokenFile = join(argoCd.cluster.folder, 'argocd-token');
      await writeFile(tokenFile, argoCd.tokens[account] ?? '');
      return args
        .filter((arg) => !arg.startsWith('--argocd-ca-file='))
        .map((arg) =>
          arg
            .replace(/^--argocd-server=.*/, `--argocd-server=${argoCd.apiUrl}`)
            .replace(/^--argocd-token-file=.*/, `--argocd-token-file=${tokenFile}`),
        );
    }
  });
}

function ready(namespace: string, name: string): ReturnType<typeof endpointSlice> {
  return endpointSlice(namespace, name, { ready: 1 });
}
