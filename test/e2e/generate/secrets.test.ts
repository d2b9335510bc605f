import { expect } from 'chai';
import { service } from '../../cluster/support/backends.ts';
import { toolsetYaml } from '../../cluster/support/program.ts';
import { expectSuccess } from '../../cluster/parts/request.ts';
import { canaries } from '../support/decoy-secrets.ts';
import { failureIn } from '../support/conditions.ts';
import { redisContent } from '../parts/redis.ts';
import { openScene, toolsetsIn } from '../support/scene.ts';
import { sharedArgoCd } from '../parts/shared.ts';
import type { SharedArgoCd } from '../parts/shared.ts';

/** Runs after all other suites: what they left in logs and caches is searched too. */
describe('e2e/generate/secrets', () => {
  let argoCd: SharedArgoCd;

  before(async function () {
    argoCd = await sharedArgoCd(this);
  });

  it('keeps a credential reference in Git a reference, although the environment has its value', async () => {
    const scene = await openScene(argoCd, 'referring', { trust: { namespaces: ['referring-backends'] } });
    await argoCd.cluster.apply([service(scene.backends, 'grafana', 3000)]);
    const config = { api_key: '{{ env.GRAFANA_API_KEY }}' };
    await scene.commit({ 'overrides.yaml': { toolsets: { 'grafana/dashboards': { config } } } });

    await scene.create();
    await scene.untilSynced();

    const { 'grafana/dashboards': grafana } = toolsetsIn(await scene.configMap());
    expect(grafana).to.have.nested.property('config.api_key', config.api_key);
  });

  it('reports a mistake next to a secret without the secret', async () => {
    const scene = await openScene(argoCd, 'careless');
    const secret = `api_key: ${canaries.brokenOverrides}`;
    const overrides = `toolsets:\n  grafana/dashboards: {config: {${secret}}, enabled: [}\n`;
    await scene.commit({ 'overrides.yaml': overrides });
    await scene.create();
    const broken = failureIn(await scene.until('failed', ({ status }) => status?.sync?.status === 'Unknown'));

    const credentials = { 'grafana/dashboards': { api_key: canaries.plainCredential } };
    await scene.commit({ 'overrides.yaml': null, 'toolset.yaml': toolsetYaml({ ...scene.spec, credentials }) });
    const refused = failureIn(await scene.refresh('normal'));

    expect(broken.code).to.equal('OVERRIDES_INVALID');
    expect(refused.code).to.equal('SETTINGS_INVALID');
    expect(refused.message).to.include('credentials');
  });

  it('does not quote a response of the API server that contains a secret', async () => {
    const scene = await openScene(argoCd, 'leaking');
    const path = `/api/v1/namespaces/${scene.backends}/`;
    const headers = { authorization: `Bearer ${canaries.errorBody}` };
    argoCd.fail(path, { kind: 'status', status: 500, body: `<pre>token=${canaries.errorBody}</pre>`, headers });

    await scene.create();
    const failure = failureIn(await scene.until('failed', ({ status }) => status?.sync?.status === 'Unknown'));
    argoCd.fail(path, null);

    expect(failure.code).to.equal('CLUSTER_FAILED');
  });

  it('ignores an annotated URL that contains a password', async () => {
    const scene = await openScene(argoCd, 'annotated');
    const [backend] = [service(scene.backends, 'prometheus', 9090)];
    const endpoint = `http://admin:${canaries.userInfo}@prometheus.${scene.backends}.svc:9090`;
    const annotations = { 'kubernaut.io/toolset-endpoint': endpoint };
    await argoCd.cluster.apply([{ ...backend, metadata: { ...backend.metadata, annotations } }]);

    await scene.create();

    await scene.untilSynced();
    expect(await scene.toolsets()).to.have.nested.property(
      'prometheus/metrics.config.prometheus_url',
      `http://prometheus.${scene.backends}.svc.cluster.local:9090`,
    );
  });

  it('includes only the ConfigMap in a server-side diff', async () => {
    const scene = await openScene(argoCd, 'server-side-diff');
    await argoCd.cluster.apply([service(scene.backends, 'grafana', 3000)]);
    await scene.create();
    await scene.untilSynced();
    const annotations = { 'argocd.argoproj.io/compare-options': 'ServerSideDiff=true' };
    const path = `/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/${scene.name}`;
    const merge = { contentType: 'application/merge-patch+json' };
    expectSuccess(await argoCd.cluster.request('PATCH', path, { metadata: { annotations } }, merge), 'annotating');

    const { status } = await scene.refresh('hard');

    expect(status?.sync?.status).to.equal('Synced');
    expect(status?.resources?.map(({ kind }) => kind)).to.deep.equal(['ConfigMap']);
  });

  it('leaves no secret and no token in logs, conditions, ConfigMaps or Redis', async () => {
    const places = {
      ...Object.fromEntries(
        await Promise.all(argoCd.components().map(async ({ name }) => [`log of ${name}`, await argoCd.log(name)])),
      ),
      Redis: await redisContent(argoCd.redis),
      Applications: await list('/apis/argoproj.io/v1alpha1/applications'),
      ConfigMaps: (await list('/api/v1/configmaps')).replace(`"password":"${canaries.configMap}"`, ''),
      events: await list('/api/v1/events'),
    } as Readonly<Record<string, string>>;

    // What is searched holds what it should: otherwise nothing would be found in it either.
    expect(places.Redis).to.include('kubernetes/core').and.to.include('CLUSTER_FAILED');
    expect(places.Applications).to.include('SETTINGS_INVALID');
    expect(places['log of argocd-cmp-server']).to.include('dynamic-toolset generate');
    for (const [place, text] of Object.entries(places)) {
      for (const secret of [...Object.values(canaries), argoCd.sidecar.token]) {
        expect(text.includes(secret), `${secret} in ${place}`).to.be.false;
      }
    }
  });

  async function list(path: string): Promise<string> {
    return JSON.stringify(expectSuccess(await argoCd.cluster.request('GET', path), `reading ${path}`));
  }
});
