import { expect } from 'chai';
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from '../../../plugin/cluster/connection/connect.ts';
import { applicationView } from '../../../plugin/argocd/application.ts';
import type { ApplicationView } from '../../../plugin/argocd/application.ts';
import type { ArgoCdClient as Asking } from '../../../plugin/serve/argocd/client.ts';
import { connectArgoCd } from '../../../plugin/serve/argocd/connection.ts';
import { apiClient } from '../../../plugin/serve/argocd/api-client.ts';
import { crdClient } from '../../../plugin/serve/argocd/crd-client.ts';
import { service } from '../../cluster/support/backends.ts';
import { expectSuccess } from '../../cluster/parts/request.ts';
import { failure } from '../../support/failure.ts';
import type { Application } from '../support/applications.ts';
import { hasArgoCd, startArgoCd } from '../parts/argo-cd.ts';
import type { ArgoCd } from '../parts/argo-cd.ts';
import { configMapName, openScene } from '../support/scene.ts';
import type { Scene } from '../support/scene.ts';

const denied = { kind: 'deny', schedule: '* * * * *', duration: '1h', applications: ['*'] };
/** Opens for a minute a year: not at the beginning of January only. */
const closed = { kind: 'allow', schedule: '0 0 1 1 *', duration: '1m', applications: ['*'] };
const open = { kind: 'allow', schedule: '* * * * *', duration: '1h', applications: ['*'] };
const collection = '/apis/argoproj.io/v1alpha1/namespaces/argocd/applications';

describe('e2e/serve/argocd-requests', () => {
  let argoCd: ArgoCd;
  let ways: Readonly<Record<Way, Asking>>;
  const ends: (() => void)[] = [];

  before(async function () {
    if (!hasArgoCd()) this.skip();
    const all = ['applications, get, */*', 'applications, sync, */*'];
    argoCd = await startArgoCd({ accounts: { driver: all, onlooker: all.slice(0, 1), unprivileged: [] } });
    const connection = await connect({ kubeconfig: await argoCd.cluster.kubeconfig() });
    ends.push(connection.close);
    ways = {
      kubernetes: crdClient(connection, new AbortController().signal),
      api: await askAs(argoCd.tokens.driver!),
    };
  });

  after(async () => {
    for (const end of ends) end();
    await (argoCd as ArgoCd | undefined)?.stop();
  });

  for (const way of ['kubernetes', 'api'] as const) {
    it(`refreshes the Application and syncs only the ConfigMap, via ${way}`, async () => {
      const scene = await openBehind(`plain-${way}`);

      expect(await ways[way].refresh(await viewOf(scene))).to.equal('accepted');
      const compared = await scene.until('OutOfSync', ({ status, metadata }) => {
        return (
          status?.sync?.status === 'OutOfSync' && metadata.annotations?.['argocd.argoproj.io/refresh'] === undefined
        );
      });
      const view = await viewOf(scene);
      expect(view.configMaps).to.deep.equal([{ ...configMapOf(scene), status: 'OutOfSync' }]);
      expect(await ways[way].sync(view, view.configMaps)).to.equal('accepted');

      await scene.untilConfigMap('updated', (it) => JSON.stringify(it?.data).includes(scene.backends));
      const { status } = await scene.until('Synced', (it) => it.status?.operationState?.phase === 'Succeeded');
      const sync = operationOf(status).sync!;
      expect(sync.resources).to.deep.equal([{ kind: 'ConfigMap', namespace: scene.name, name: configMapName }]);
      expect(sync.prune ?? false).to.equal(false);
      expect(sync.revision).to.equal(compared.status?.sync?.revision);
    });

    it(`does not interrupt another operation, via ${way}`, async () => {
      const scene = await openBehind(`busy-${way}`);
      const before = await viewOf(scene);
      await keepBusy(scene);

      expect(await ways[way].sync(before, [configMapOf(scene)])).to.equal(way === 'api' ? 'busy' : 'changed');
      expect(operationOf((await scene.get()).status).sync?.revision).to.equal('gone');
    });

    it(`reports a deleted Application as changed, via ${way}`, async () => {
      const scene = await openBehind(`deleted-${way}`);
      const view = await viewOf(scene);
      await argoCd.applications.remove(scene.name);

      expect(await ways[way].refresh(view)).to.equal('changed');
      expect(await ways[way].sync(view, [configMapOf(scene)])).to.equal('changed');
    });

    for (const [title, slug, windows] of [
      ['a deny window is open', 'deny', [denied]],
      ['a deny window that permits manual syncs is open', 'deny-manual', [{ ...denied, manualSync: true }]],
      ['an allow window is closed', 'allow', [closed]],
      ['an allow window that permits manual syncs is closed', 'allow-manual', [{ ...closed, manualSync: true }]],
    ] as const) {
      it(`requests no operation while ${title}, via ${way}`, async () => {
        const scene = await openBehind(`held-${way}-${slug}`, windows);
        const view = await viewOf(scene);

        expect(await ways[way].sync(view, [configMapOf(scene)])).to.equal('deferred');
        const { operation, status } = await scene.get();
        expect(operation).to.equal(undefined);
        expect(status?.operationState).to.equal(undefined);
      });
    }
  }

  it('syncs while an allow window is open via the API, and defers via kubernetes', async () => {
    const scene = await openBehind('allowed', [open]);
    const view = await viewOf(scene);

    expect(await ways.kubernetes.sync(view, [configMapOf(scene)])).to.equal('deferred');
    expect(await ways.api.sync(view, [configMapOf(scene)])).to.equal('accepted');
  });

  it('shows that an operation held by a sync window blocks manual syncs', async () => {
    const scene = await openBehind('in-the-way', [{ ...denied, manualSync: true }]);
    await patch(scene, { operation: { initiatedBy: { automated: true }, sync: {} } });
    const held = await scene.until('deferred', (it) =>
      (it.status?.operationState?.message ?? '').includes('blocked by sync window'),
    );

    expect(applicationView(held)?.operation?.message).to.match(/blocked by sync window/);
    expect(await manualSync(scene)).to.deep.include({ status: 400 });
    expect((await manualSync(scene)).message).to.include('another operation is already in progress');
  });

  it('reports an invalid token, and the permission that an account lacks', async () => {
    const scene = await openBehind('rights');
    const view = await viewOf(scene);
    const configMaps = [configMapOf(scene)];
    const [anonymous, unprivileged, onlooker] = await Promise.all([
      askAs('no.such.token'),
      askAs(argoCd.tokens.unprivileged!),
      askAs(argoCd.tokens.onlooker!),
    ]);

    const said = async (asked: Promise<unknown>): Promise<string> => {
      const { code, message, hint } = await failure(() => asked);
      return `${code}: ${message}; ${hint}`;
    };
    expect(await said(anonymous.refresh(view))).to.match(
      /^ARGOCD_FAILED: Argo CD answered 401 .*account generate-token/,
    );
    expect(await said(unprivileged.refresh(view))).to.match(/answered 403 .*applications, get, default\/rights, allow/);
    expect(await said(onlooker.sync(view, configMaps))).to.match(/answered 403 .*applications, sync, default\/rights/);
    expect(await onlooker.refresh(view)).to.equal('accepted');
  });

  type Way = 'kubernetes' | 'api';

  async function askAs(token: string): Promise<Asking> {
    const tokenFile = join(argoCd.folder, `token-${randomUUID()}`);
    await writeFile(tokenFile, token);
    const connection = connectArgoCd({ url: new URL(argoCd.apiUrl), tokenFile, caFile: undefined });
    ends.push(connection.close);
    return apiClient(connection, new AbortController().signal);
  }

  /** An Application that is not synced, and a backend that it does not know of yet. */
  async function openBehind(name: string, syncWindows?: readonly object[]): Promise<Scene> {
    const scene = await openScene(argoCd, name);
    const project = syncWindows === undefined ? 'default' : name;
    if (syncWindows !== undefined) {
      const spec = { sourceRepos: ['*'], destinations: [{ namespace: '*', server: '*' }], syncWindows };
      const metadata = { namespace: 'argocd', name };
      await argoCd.cluster.apply([{ apiVersion: 'argoproj.io/v1alpha1', kind: 'AppProject', metadata, spec }]);
    }
    await scene.create({ automated: null, project });
    await scene.until('compared', ({ status }) => status?.reconciledAt !== undefined);
    await argoCd.cluster.apply([service(scene.backends, 'prometheus', 9090)]);
    return scene;
  }

  async function viewOf(scene: Scene): Promise<ApplicationView> {
    return applicationView(await scene.get())!;
  }

  async function patch(scene: Scene, change: object): Promise<void> {
    const options = { contentType: 'application/merge-patch+json' };
    expectSuccess(await argoCd.cluster.request('PATCH', `${collection}/${scene.name}`, change, options), 'patching');
  }

  /** An operation that fails, and is tried again in an hour. */
  async function keepBusy(scene: Scene): Promise<void> {
    const retry = { limit: 3, backoff: { duration: '1h', maxDuration: '2h' } };
    await patch(scene, { operation: { sync: { revision: 'gone' }, retry } });
    await scene.until('busy', ({ status }) => status?.operationState?.phase === 'Running');
  }

  async function manualSync(scene: Scene): Promise<{ readonly status: number; readonly message: string }> {
    const response = await fetch(`${argoCd.apiUrl}/api/v1/applications/${scene.name}/sync`, {
      method: 'POST',
      headers: { authorization: `Bearer ${argoCd.tokens.driver!}`, 'content-type': 'application/json' },
      body: JSON.stringify({ prune: false }),
    });
    const { message } = (await response.json()) as { readonly message: string };
    return { status: response.status, message };
  }
});

function configMapOf({ name }: Scene): {
  readonly namespace: string;
  readonly name: string;
  readonly status: 'Unknown';
} {
  return { namespace: name, name: configMapName, status: 'Unknown' };
}

function operationOf(status: Application['status']): {
  readonly sync?: { readonly revision?: string; readonly prune?: boolean; readonly resources?: readonly object[] };
} {
  return (status?.operationState?.operation ?? {}) as ReturnType<typeof operationOf>;
}
