import { expect } from 'chai';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { manifests } from '../../cluster/manifests/manifests.ts';
import { service } from '../../cluster/support/backends.ts';
import { shellBlocks, yamlBlock } from '../../support/guide.ts';
import { runArgocd } from '../support/argocd-cli.ts';
import type { Ended } from '../support/argocd-cli.ts';
import { errorOf, failureIn } from '../support/conditions.ts';
import { configMapName, openScene } from '../support/scene.ts';
import type { Scene } from '../support/scene.ts';
import { sharedArgoCd } from '../parts/shared.ts';
import type { SharedArgoCd } from '../parts/shared.ts';

/** What docs/troubleshooting.md says of an Application in each situation, seen in the real Argo CD. */
describe('e2e/generate/situations', () => {
  let argoCd: SharedArgoCd;

  before(async function () {
    argoCd = await sharedArgoCd(this);
  });

  describe('with the health check of manifests/health', () => {
    before(async () => {
      await argoCd.cluster.kubectl(['apply', '--server-side', '--force-conflicts', '-k', join(manifests, 'health')]);
    });

    after(async () => {
      const patch = JSON.stringify([{ op: 'remove', path: '/data/resource.customizations.health.ConfigMap' }]);
      await argoCd.cluster.kubectl(['-n', 'argocd', 'patch', 'configmap', 'argocd-cm', '--type=json', '-p', patch]);
    });

    it('reports an empty discovery as Degraded with the reason, and Healthy once self-heal applied a backend', async () => {
      const scene = await openScene(argoCd, 'nothing');
      await scene.create();
      await scene.until('Degraded', ({ status }) => status?.health?.status === 'Degraded');
      const shown = await healthOf('nothing');
      await argoCd.cluster.apply([service(scene.backends, 'prometheus', 9090)]);
      await scene.refresh('hard');
      await scene.untilSynced();

      expect(shown.status).to.equal('Degraded');
      expect(shown.message).to.match(
        /^NOTHING_DISCOVERED no backend is discovered: .*`dynamic-toolset explain` says why/,
      );
      expect(await healthOf('nothing')).to.include({ status: 'Healthy' });
    });

    it('reports an override that HolmesGPT would reject as Degraded with its line, and recovers with a revert', async () => {
      const scene = await synced('rejected');
      await scene.commit({
        'overrides.yaml': {
          toolsets: { 'prometheus/metrics': { config: { tool_calls: 1 } }, wrong: { enabled: true } },
        },
      });
      await scene.refresh('normal');
      await scene.until('Degraded', ({ status }) => status?.health?.status === 'Degraded');
      const shown = await healthOf('rejected');
      const revision = await scene.commit({ 'overrides.yaml': null });
      await scene.refresh('normal');
      await scene.untilSynced(revision);

      expect(shown.message).to.match(/^OVERRIDE_REJECTED overrides\.yaml:\d+:\d+ /);
    });

    it('does not degrade foreign ConfigMaps, so that a sync with several waves succeeds', async () => {
      const files = Object.fromEntries([0, 1].map((wave) => [join('waves', `${String(wave)}.yaml`), waved(wave)]));
      const revision = await argoCd.repository.commit(files);
      await create('waves', { source: { ...source('waves'), plugin: undefined } });

      const { status } = await argoCd.applications.untilSynced('waves', revision);

      expect(status?.operationState?.phase).to.equal('Succeeded');
      expect(status?.resources?.map(({ name }) => name).toSorted()).to.deep.equal(['wave-0', 'wave-1']);
    });
  });

  it('reports a plugin that is not installed by its name, and keeps the ConfigMap', async () => {
    const scene = await synced('uninstalled');
    const before = await scene.configMap();

    await patch('uninstalled', { source: { plugin: { name: 'dynamic-toolset-v9.9.9' } } });
    const error = errorOf(await scene.refresh('hard'));

    expect(error).to.include('could not find cmp-server plugin with name "dynamic-toolset-v9.9.9"');
    expect((await scene.configMap())?.metadata).to.deep.equal(before?.metadata);
  });

  it('reports a misspelt parameter with the correct name', async () => {
    const scene = await opened('misspelt');

    await scene.create({ parameters: [{ name: 'discovery.namespaces.inclde', array: ['x'] }] });
    const failure = failureIn(await scene.until('refused', hasConditions));

    expect(failure.code).to.equal('PARAMETERS_INVALID');
    expect(failure.message).to.include('discovery.namespaces.inclde').and.include('discovery.namespaces.include');
  });

  it('applies parameters in each of their three forms: text, list and map', async () => {
    const scene = await opened('forms', { discovery: { namespaces: { include: ['elsewhere'] } } });

    await scene.create({
      parameters: [
        { name: 'target.version', string: '0.32' },
        { name: 'discovery.namespaces.include', array: [scene.backends] },
        { name: 'detectors', map: { loki: 'false' } },
      ],
    });
    await scene.untilSynced();

    expect(Object.keys(await scene.toolsets())).to.deep.equal(['kubernetes/core', 'prometheus/metrics']);
    const settings = (await scene.configMap())?.metadata.annotations?.['kubernaut.io/toolset-settings'] ?? '';
    expect(JSON.parse(settings)).to.have.nested.property('target.version', '0.32');
  });

  it('diffs a committed or uncommitted change with argocd app diff, or reports its error, and changes nothing', async () => {
    const scene = await synced('reviewed', { automated: null });
    const before = await scene.configMap();
    const { folder, git } = await argoCd.repository.checkOut('my-branch');
    const overrides = join(folder, scene.name, 'overrides.yaml');
    const [ofBranch = '', ofFolder = ''] = commandsOf('app-diff').map((one) => one.replace('holmesgpt', scene.name));
    const run = (command: string): Promise<Ended> => runArgocd(argoCd, folder, command);

    const unchanged = await run(ofFolder);
    await writeFile(overrides, 'toolsets: {prometheus/metrics: {enabled: false}}\n');
    const edited = await run(ofFolder);
    await git('add', '.');
    await git('commit', '--quiet', '--message', 'switched off');
    await git('push', '--quiet', 'origin', 'my-branch');
    const pushed = await run(ofBranch);
    await writeFile(overrides, 'toolsets: [no, map]\n');
    const broken = await run(ofFolder);
    await git('commit', '--quiet', '--all', '--message', 'broken');
    await git('push', '--quiet', 'origin', 'my-branch');
    const pushedBroken = await run(ofBranch);

    expect([unchanged.code, unchanged.stdout], unchanged.stderr).to.deep.equal([0, '']);
    for (const { code, stdout, stderr } of [edited, pushed]) {
      expect(code, stderr).to.equal(1);
      expect(stdout).to.match(/^> +enabled: false$/m);
    }
    for (const { code, stdout, stderr } of [broken, pushedBroken]) {
      expect([0, 1], stdout).to.not.include(code);
      expect(stderr)
        .to.include('OVERRIDES_INVALID')
        .and.match(/overrides\.yaml:1:\d+/);
    }
    expect((await scene.configMap())?.metadata).to.deep.equal(before?.metadata);
  });

  it('reports a missing path when the folder has moved, and keeps the ConfigMap', async () => {
    const scene = await synced('moved', { automated: { selfHeal: true, prune: true } });
    const before = await scene.configMap();

    await patch('moved', { source: { path: 'was-moved' } });
    const error = errorOf(await scene.refresh('hard'));

    expect(error).to.include('was-moved: app path does not exist');
    expect((await scene.configMap())?.metadata).to.deep.equal(before?.metadata);
  });

  it('rejects a second Application for the same ConfigMap, names the first one and changes nothing', async () => {
    const scene = await synced('shared-one');
    const before = await scene.configMap();

    await argoCd.applications.create('shared-two', { path: scene.name, automated: { selfHeal: true } });
    const failure = failureIn(await argoCd.applications.until('shared-two', 'refused', hasConditions));

    expect(failure.code).to.equal('TARGET_OWNED');
    expect(failure.message).to.include(configMapName).and.include('shared-one');
    expect((await scene.configMap())?.metadata).to.deep.equal(before?.metadata);
  });

  it('reports a missing namespace with the permission that is missing in it', async () => {
    const scene = await opened('homeless', { target: { configMap: { namespace: 'not-there' } } });

    await scene.create();
    const failure = failureIn(await scene.until('refused', hasConditions));

    expect(failure.code).to.equal('CLUSTER_FORBIDDEN');
    expect(failure.hint).to.include('namespace not-there');
  });

  it('syncs with server-side apply, without the last-applied annotation that limits the size', async () => {
    const scene = await synced('server-side', { syncOptions: ['ServerSideApply=true'] });
    const [metadata] = [(await scene.configMap())?.metadata.annotations ?? {}];

    expect(metadata).to.have.property('kubernaut.io/toolset-digest');
    expect(metadata).to.not.have.property('kubectl.kubernetes.io/last-applied-configuration');
  });

  it('applies the files of a second source together with the ConfigMap', async () => {
    const scene = await opened('sources');
    await argoCd.repository.commit({ 'sources-more/more.yaml': plain('more') });

    const shown = yamlBlock('docs/install.md', 'sources')
      .replaceAll(/repoURL: .*/g, `repoURL: ${argoCd.repository.url}`)
      .replaceAll('path: holmesgpt', `path: ${scene.name}`);
    await create(scene.name, (parse(shown) as { readonly spec: object }).spec);
    const { status } = await scene.untilSynced();

    expect(status?.resources?.map(({ name }) => name).toSorted()).to.deep.equal([configMapName, 'more']);
    expect(Object.keys(await scene.toolsets())).to.include('prometheus/metrics');
  });

  it('reports a destination that Argo CD does not know, and generates nothing', async () => {
    const scene = await opened('away');

    await create('away', { source: source('away'), destination: { server: 'https://far.example', namespace: 'away' } });
    const { status } = await scene.until('refused', hasConditions);

    expect(status?.conditions?.map(({ type }) => type)).to.include('InvalidSpecError');
    expect(status?.conditions?.[0]?.message).to.include('https://far.example');
    expect(await scene.configMap()).to.equal(null);
  });

  it('reports a destination that the project does not permit, and generates nothing', async () => {
    const scene = await opened('forbidden-project');
    const spec = { sourceRepos: ['*'], destinations: [{ namespace: 'elsewhere', server: '*' }] };
    const metadata = { namespace: 'argocd', name: 'narrow' };
    await argoCd.cluster.apply([{ apiVersion: 'argoproj.io/v1alpha1', kind: 'AppProject', metadata, spec }]);

    await scene.create({ project: 'narrow' });
    const { status } = await scene.until('refused', hasConditions);

    expect(status?.conditions?.[0]?.message).to.include(
      "do not match any of the allowed destinations in project 'narrow'",
    );
    expect(await scene.configMap()).to.equal(null);
  });

  async function opened(name: string, spec: object = {}): Promise<Scene> {
    const scene = await openScene(argoCd, name, spec);
    await argoCd.cluster.apply([service(scene.backends, 'prometheus', 9090), service(scene.backends, 'loki', 3100)]);
    return scene;
  }

  async function synced(name: string, options: Parameters<Scene['create']>[0] = {}): Promise<Scene> {
    const scene = await opened(name);
    await scene.create(options);
    await scene.until(
      'compared',
      ({ status }) => status?.sync?.status !== undefined && status.sync.status !== 'Unknown',
    );
    if (options.automated === null) await scene.sync();
    await scene.untilSynced();
    return scene;
  }

  /** An Application with parts of its spec that scenes do not have. */
  async function create(name: string, spec: object): Promise<void> {
    const destination = { server: 'https://kubernetes.default.svc', namespace: 'default' };
    const metadata = { namespace: 'argocd', name };
    const syncPolicy = { automated: { selfHeal: true } };
    await argoCd.cluster.apply([
      {
        apiVersion: 'argoproj.io/v1alpha1',
        kind: 'Application',
        metadata,
        spec: { project: 'default', destination, syncPolicy, ...spec },
      },
    ]);
  }

  function source(path: string): object {
    return { repoURL: argoCd.repository.url, path, targetRevision: 'main', plugin: { name: 'dynamic-toolset' } };
  }

  async function patch(name: string, spec: object): Promise<void> {
    const change = JSON.stringify({ spec });
    await argoCd.cluster.kubectl(['-n', 'argocd', 'patch', 'application', name, '--type=merge', '--patch', change]);
  }

  /** Of the ConfigMap, as Argo CD's UI shows it. */
  async function healthOf(application: string): Promise<Health> {
    const response = await fetch(`${argoCd.apiUrl}/api/v1/applications/${application}/resource-tree`);
    const { nodes } = (await response.json()) as { readonly nodes: readonly Node[] };
    return nodes.find(({ kind, name }) => kind === 'ConfigMap' && name === configMapName)?.health ?? {};
  }
});

interface Health {
  readonly status?: string;
  readonly message?: string;
}

interface Node {
  readonly kind: string;
  readonly name: string;
  readonly health?: Health;
}

/** The lines of a block of the guide. */
function commandsOf(id: string): readonly string[] {
  const block = shellBlocks('docs/pull-requests.md').find((one) => one.id === id);
  return block?.script.trim().split('\n') ?? [];
}

function hasConditions({ status }: { readonly status?: { readonly conditions?: readonly object[] } }): boolean {
  return (status?.conditions ?? []).length > 0;
}

function plain(name: string, annotations: object = {}): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default', annotations }, data: {} };
}

function waved(wave: number): object {
  return plain(`wave-${String(wave)}`, { 'argocd.argoproj.io/sync-wave': String(wave) });
}
