import { expect } from 'chai';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { endpointSlice, service } from '../../cluster/support/backends.ts';
import { manifests } from '../../cluster/manifests/manifests.ts';
import { buildProgram, toolsetYaml } from '../../cluster/support/program.ts';
import { userOf } from '../../cluster/support/rbac.ts';
import { installServe, serveAccount } from '../../cluster/manifests/serve.ts';
import { hasArgoCd, startArgoCd } from '../parts/argo-cd.ts';
import type { ArgoCd } from '../parts/argo-cd.ts';
import { configMapName, toolsetsIn } from '../support/scene.ts';
import type { LiveConfigMap } from '../support/scene.ts';
import { startServe } from '../support/serve.ts';
import { until } from '../../support/until.ts';

/** What it may do, manifests/serve/argocd-account grants. */
const account = 'dynamic-toolset';

for (const variant of ['kubernetes', 'argocd-api'] as const) {
  describe(`e2e/serve/rights: with the permissions of manifests/serve/${variant}`, () => {
    let argoCd: ArgoCd;

    before(async function () {
      if (!hasArgoCd()) this.skip();
      argoCd = await startArgoCd(variant === 'argocd-api' ? { accounts: { [account]: [] } } : {});
    });

    after(async () => {
      // Unset when the suite was skipped.
      await (argoCd as ArgoCd | undefined)?.stop();
    });

    it('applies several changes to the ConfigMap one after the other, without a 403', async () => {
      const { cluster } = argoCd;
      await argoCd.repository.commit({ 'one/toolset.yaml': toolsetYaml({ health: { check: 'readiness' } }) });
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
      expect(own.map(({ verb, objectRef }) => `${verb} ${objectRef?.resource ?? ''}`)).to.include('watch services');
      expect(own.some(({ verb, objectRef }) => verb === 'patch' && objectRef?.resource === 'applications')).to.equal(
        variant === 'kubernetes',
      );
      expect(serve.events.filter(({ level }) => level === 'error')).to.deep.equal([]);
    });

    async function toolsets(): Promise<Readonly<Record<string, unknown>>> {
      const path = `/api/v1/namespaces/holmesgpt/configmaps/${configMapName}`;
      return toolsetsIn((await argoCd.cluster.request('GET', path)).body as LiveConfigMap);
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
