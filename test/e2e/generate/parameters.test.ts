import { expect } from 'chai';
import { service } from '../../cluster/support/backends.ts';
import { openScene } from '../support/scene.ts';
import type { Scene } from '../support/scene.ts';
import { sharedArgoCd } from '../parts/shared.ts';
import type { SharedArgoCd } from '../parts/shared.ts';

/** As Argo CD's API hands it to the UI. */
interface Announced {
  readonly name: string;
  readonly title?: string;
  readonly collectionType?: string;
  readonly string?: string;
  readonly array?: readonly string[];
  readonly map?: Readonly<Record<string, string>>;
}

describe('e2e/generate/parameters', () => {
  let argoCd: SharedArgoCd;

  before(async function () {
    argoCd = await sharedArgoCd(this);
  });

  it('announces the parameters with their effective values, as the Parameters tab requests them', async () => {
    const scene = await opened('announced', { target: { version: '0.32', configMap: { namespace: 'announced' } } });
    await scene.create();
    await scene.untilSynced();

    const announced = await announcementOf(scene);

    expect(announced.get('target.version')).to.include({ title: "HolmesGPT's version", string: '0.32' });
    expect(announced.get('discovery.namespaces.include')?.array).to.deep.equal([scene.backends]);
    expect(announced.get('detectors')?.map).to.include({ prometheus: 'true', kafka: 'false' });
  });

  it('applies what the tab sends back, at the same commit', async () => {
    const scene = await opened('sent-back');
    await scene.create();
    await scene.untilSynced();
    const before = Object.keys(await scene.toolsets());

    await setPlugin(scene, { parameters: [{ name: 'detectors', map: { loki: 'false' } }] });
    await scene.untilConfigMap('without Loki', (live) => !JSON.stringify(live?.data).includes('grafana/loki'));

    expect(before).to.include.members(['prometheus/metrics', 'grafana/loki']);
    expect(Object.keys(await scene.toolsets())).to.include('prometheus/metrics');
  });

  it('applies the same setting from a variable of the Application', async () => {
    const scene = await opened('variables');

    await scene.create({ env: [{ name: 'DETECTORS_LOKI', value: 'false' }] });
    await scene.untilSynced();

    expect(Object.keys(await scene.toolsets())).to.deep.equal(['kubernetes/core', 'prometheus/metrics']);
  });

  it('rejects an invalid value by name, keeps the ConfigMap and still announces the parameters', async () => {
    const scene = await opened('mistaken');
    await scene.create();
    await scene.untilSynced();
    const before = await scene.configMap();

    await setPlugin(scene, { parameters: [{ name: 'target.version', string: 'latest' }] });
    const { status } = await scene.until('refused', ({ status: now }) => (now?.conditions ?? []).length > 0);

    expect(status?.conditions?.[0]?.message).to.include(
      'invalid parameter target.version "latest": expected one such as',
    );
    expect((await scene.configMap())?.metadata.resourceVersion).to.equal(before?.metadata.resourceVersion);
    expect((await announcementOf(scene)).get('target.version')?.string).to.equal('0.45');
    await setPlugin(scene, { parameters: [{ name: 'target.version', string: '0.45' }] });
    await scene.untilSynced();
  });

  it('does not let an Application set trusted namespaces', async () => {
    const scene = await opened('untrusted');

    await scene.create({
      parameters: [{ name: 'trust.namespaces', array: ['*'] }],
      env: [{ name: 'TRUST_NAMESPACES', value: '*' }],
    });
    const { status } = await scene.until('refused', ({ status: now }) => (now?.conditions ?? []).length > 0);

    expect(status?.conditions?.[0]?.message)
      .to.include('variable TRUST_NAMESPACES cannot be set by an Application, only in toolset.yaml')
      .and.include('parameter trust.namespaces cannot be set by an Application, only in toolset.yaml');
    expect(await scene.configMap()).to.equal(null);
  });

  async function opened(name: string, spec: object = {}): Promise<Scene> {
    const scene = await openScene(argoCd, name, spec);
    await argoCd.cluster.apply([service(scene.backends, 'prometheus', 9090), service(scene.backends, 'loki', 3100)]);
    return scene;
  }

  /** As a user does in the UI, or an ApplicationSet: the commit stays the same. */
  async function setPlugin(scene: Scene, change: object): Promise<void> {
    const patch = JSON.stringify({ spec: { source: { plugin: change } } });
    await argoCd.cluster.kubectl([
      '-n',
      'argocd',
      'patch',
      'application',
      scene.name,
      '--type=merge',
      '--patch',
      patch,
    ]);
    await scene.refresh('normal');
  }

  async function announcementOf(scene: Scene): Promise<ReadonlyMap<string, Announced>> {
    const application = await argoCd.cluster.kubectl(['-n', 'argocd', 'get', 'application', scene.name, '-o', 'json']);
    const { source } = (JSON.parse(application) as { readonly spec: { readonly source: object } }).spec;
    const url = `${argoCd.apiUrl}/api/v1/repositories/${encodeURIComponent(argoCd.repository.url)}/appdetails`;
    const body = JSON.stringify({ source, appName: scene.name, appProject: 'default' });
    const response = await fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
    expect(response.status, await response.clone().text()).to.equal(200);
    const details = (await response.json()) as {
      readonly plugin: { readonly parametersAnnouncement: readonly Announced[] };
    };
    return new Map(details.plugin.parametersAnnouncement.map((one) => [one.name, one]));
  }
});
