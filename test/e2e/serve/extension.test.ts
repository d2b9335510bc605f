import { expect } from 'chai';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { manifests, readManifest } from '../../cluster/manifests/manifests.ts';
import { endpointSlice, service } from '../../cluster/support/backends.ts';
import { buildProgram } from '../../cluster/support/program.ts';
import { ask } from '../../support/ask.ts';
import { hasBrowser, startBrowser } from '../../support/browser.ts';
import { complaintsOf, hostFiles, show } from '../../support/extension-host.ts';
import type { Answer } from '../../support/ask.ts';
import { until } from '../../support/until.ts';
import { hasArgoCd, startArgoCd } from '../parts/argo-cd.ts';
import type { ArgoCd } from '../parts/argo-cd.ts';
import { configMapName, openScene } from '../support/scene.ts';
import type { Scene } from '../support/scene.ts';
import { startServe } from '../support/serve.ts';
import type { Serve } from '../support/serve.ts';

const ready = { health: { check: 'readiness' } };
const secret = randomBytes(32).toString('hex');
const secretHeader = 'x-dynamic-toolset-secret';
const invoke = 'extensions, invoke, dynamic-toolset';

describe('e2e/serve/extension', () => {
  let argoCd: ArgoCd;
  let serve: Serve;
  let mine: Scene;
  let theirs: Scene;

  before(async function () {
    if (!hasArgoCd()) this.skip();
    const accounts = {
      member: ['applications, get, default/*', invoke],
      all: ['applications, get, */*', invoke],
      reader: [],
      onlooker: ['applications, get, default/*'],
    };
    argoCd = await startArgoCd({ accounts, apiServerFlags: ['--enable-proxy-extension'] });
    const file = join(argoCd.folder, 'extension-secret');
    await writeFile(file, `${secret}\n`);
    const program = await buildProgram(argoCd.cluster.folder);
    const flags = ['--kubeconfig', await argoCd.cluster.kubeconfig(), '--argocd-extension-secret-file', file];
    serve = await startServe(program, flags);
    mine = await syncedScene('mine', 'default');
    theirs = await syncedScene('theirs', 'other');
    await configure(argoCd, serve.url);
    await until('Argo CD forwards requests', async () => (await summary(mine, 'member')).status === 200);
  });

  after(async () => {
    // Unset when the suite was skipped.
    await (serve as Serve | undefined)?.stop();
    await (argoCd as ArgoCd | undefined)?.stop();
  });

  it("shows a project member the contents of its Application's ConfigMap, and the reasons", async () => {
    const { json } = await summary(mine, 'member');
    const answer = await detail(mine, configMapOf(mine), 'member');

    expect(json).to.have.nested.property('items[0].configMap', configMapOf(mine));
    expect(json).to.have.nested.property('items.length', 1);
    expect(answer.status, answer.text).to.equal(200);
    const { application, toolsets, services } = answer.json as Detail;
    expect(application).to.include({ application: 'argocd/mine', project: 'default', outOfDate: false });
    expect(toolsets.items.map(({ name }) => name)).to.include('prometheus/metrics');
    expect(services.items.map(({ namespace, name, decision }) => `${namespace}/${name} ${decision}`)).to.deep.equal([
      'mine-backends/prometheus selected',
    ]);
    expect(answer.text).not.to.include('theirs');
  });

  it('denies the ConfigMap of another Application and of another project', async () => {
    for (const account of ['member', 'all'])
      expect(await detail(mine, configMapOf(theirs), account)).to.include({ status: 404 });
    // Argo CD itself refuses what its RBAC does not grant, and a project that is not the Application's.
    expect(await summary(theirs, 'member')).to.include({ status: 401 });
    expect(await summary(theirs, 'all', { 'argocd-project-name': 'default' })).to.include({ status: 401 });
    expect(await summary(theirs, 'all')).to.include({ status: 200 });
  });

  it("requires Argo CD's permission to invoke the extension, and a session", async () => {
    expect(await summary(mine, 'onlooker')).to.include({ status: 401 });
    expect(await summary(mine, 'stranger')).to.include({ status: 401 });
    // By manifests/argocd-ui, and the right of role:readonly to get every Application.
    await until('role:readonly may ask', async () => (await summary(mine, 'reader')).status === 200);
  });

  it('does not trust headers that a browser adds, or has Argo CD remove', async () => {
    const both = { 'argocd-application-name': ['argocd:mine', 'argocd:theirs'] as unknown as string };
    expect(await summary(mine, 'member', both)).to.include({ status: 400 });
    // Argo CD 3.5 takes away the header that the browser names there; 3.6 takes away the browser's own alone.
    for (const name of [secretHeader, 'argocd-username', 'argocd-application-name', 'argocd-project-name']) {
      const answer = await summary(mine, 'member', { connection: name });
      expect(answer.status, name).to.be.oneOf([200, 400, 401]);
      if (answer.status === 200) expect(answer.json, name).to.deep.equal((await summary(mine, 'member')).json);
    }
    const forged = { [secretHeader]: 'x'.repeat(64), 'argocd-username': 'admin', 'argocd-user-groups': 'admins' };
    expect(await summary(mine, 'member', forged)).to.include({ status: 200 });
    expect(await detail(mine, configMapOf(theirs), 'member', forged)).to.include({ status: 404 });
  });

  it('exposes nothing else of the API through Argo CD', async () => {
    for (const path of ['/metrics', '/', '/openapi.json', '/api/v1/toolsets', '/api/v1/applications', '/api/v1/events'])
      expect(await through(path, mine, 'all'), path).to.include({ status: 403 });
    for (const path of [
      '/../metrics',
      '//metrics',
      '/api/v1/extension/../toolsets',
      '/api/v1/extension%2f..%2ftoolsets',
    ])
      expect((await through(path, mine, 'all')).status, path).not.to.equal(200);
    const posted = await through('/api/v1/extension/application', mine, 'all', {}, 'POST');
    expect(posted).to.include({ status: 405 });
  });

  it('rejects the same headers from elsewhere, without the secret or with another', async () => {
    const headers = { ...named(mine), 'argocd-username': 'admin', 'argocd-namespace': 'argocd' };
    const url = `${serve.url}/api/v1/extension/application`;

    expect(await ask(url, { headers })).to.include({ status: 401 });
    expect(await ask(url, { headers: { ...headers, [secretHeader]: `${secret}x` } })).to.include({ status: 401 });
    expect(await ask(url, { headers: { ...headers, [secretHeader]: secret } })).to.include({ status: 200 });
    expect(JSON.stringify(serve.events)).not.to.include(secret);
  });

  it("renders on a page of Argo CD's own origin, with requests as its user", async function () {
    if (!hasBrowser()) this.skip();
    for (const { name, text } of await hostFiles()) await writeFile(join(argoCd.folder, name), text);
    const browser = await startBrowser();
    try {
      const page = await browser.open();
      const { hostname } = new URL(argoCd.apiUrl);
      await page
        .context()
        .addCookies([{ name: 'argocd.token', value: argoCd.tokens.member!, domain: hostname, path: '/' }]);
      await page.goto(`${argoCd.apiUrl}/host.html`);
      const complaints = complaintsOf(page);
      await show(page, 'status', { application: await mine.get() });
      await page.getByRole('button', { name: 'Up to date' }).click();
      await page.getByRole('button', { name: 'mine-backends/prometheus' }).waitFor();
      await show(page, 'tab', { application: await mine.get(), resource: await mine.configMap() });
      await page.getByRole('heading', { name: 'Candidates' }).waitFor();

      expect(await page.getByRole('row').filter({ hasText: 'prometheus/metrics' }).count()).to.be.greaterThan(0);
      await show(page, 'tab', { application: await theirs.get(), resource: await theirs.configMap() });
      await page.getByText('the right “extensions, invoke, dynamic-toolset” is missing').waitFor();
      expect(complaints).to.deep.equal([]);
    } finally {
      await browser.stop();
    }
  });

  async function syncedScene(name: string, project: string): Promise<Scene> {
    const spec = { sourceRepos: ['*'], destinations: [{ namespace: '*', server: '*' }] };
    if (project !== 'default') {
      const metadata = { namespace: 'argocd', name: project };
      await argoCd.cluster.apply([{ apiVersion: 'argoproj.io/v1alpha1', kind: 'AppProject', metadata, spec }]);
    }
    const scene = await openScene(argoCd, name, ready);
    const { backends } = scene;
    await argoCd.cluster.apply([
      service(backends, 'prometheus', 9090),
      endpointSlice(backends, 'prometheus', { ready: 1 }),
    ]);
    await scene.create({ project });
    await scene.untilSynced();
    return scene;
  }

  type Headers = Readonly<Record<string, string>>;

  function named({ name }: Scene): Headers {
    const project = name === 'theirs' ? 'other' : 'default';
    return { 'argocd-application-name': `argocd:${name}`, 'argocd-project-name': project };
  }

  function through(path: string, scene: Scene, account: string, more: Headers = {}, method = 'GET'): Promise<Answer> {
    const cookie = `argocd.token=${argoCd.tokens[account] ?? 'none'}`;
    const headers = { ...named(scene), cookie, ...more };
    return ask(`${argoCd.apiUrl}/extensions/dynamic-toolset${path}`, { method, headers });
  }

  function summary(scene: Scene, account: string, more: Headers = {}): Promise<Answer> {
    return through('/api/v1/extension/application', scene, account, more);
  }

  function detail(scene: Scene, configMap: string, account: string, more: Headers = {}): Promise<Answer> {
    const path = `/api/v1/extension/configmap?configMap=${encodeURIComponent(configMap)}`;
    return through(path, scene, account, more);
  }
});

interface Detail {
  readonly application: Readonly<Record<string, unknown>>;
  readonly toolsets: { readonly items: readonly { readonly name: string }[] };
  readonly services: {
    readonly items: readonly { readonly namespace: string; readonly name: string; readonly decision: string }[];
  };
}

function configMapOf({ name }: Scene): string {
  return `${name}/${configMapName}`;
}

/** As docs/argo-cd-ui.md does: the secret, and manifests/argocd-ui, but for the address of serve. */
async function configure({ cluster }: ArgoCd, url: string): Promise<void> {
  const key = 'dynamic-toolset.extension.secret';
  const folder = join(manifests, 'argocd-ui');
  await cluster.kubectl(['apply', '--server-side', '-k', folder]);
  const { data } = (await readManifest('argocd-ui/argocd-cm.yaml')) as {
    readonly data: Readonly<Record<string, string>>;
  };
  const name = 'extension.config.dynamic-toolset';
  const here = { [name]: data[name]!.replace('http://dynamic-toolset-serve.dynamic-toolset.svc:8080', url) };
  const changes = [
    ['secret', 'argocd-secret', { stringData: { [key]: secret } }],
    ['configmap', 'argocd-cm', { data: here }],
    ['configmap', 'argocd-rbac-cm', { data: { 'policy.reader.csv': 'g, reader, role:readonly' } }],
  ] as const;
  for (const [kind, object, change] of changes)
    await cluster.kubectl(['-n', 'argocd', 'patch', kind, object, '--type=merge', '-p', JSON.stringify(change)]);
}
