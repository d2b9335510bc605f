import { expect } from 'chai';
import { ask } from '../../support/ask.ts';
import type { Answer, Question } from '../../support/ask.ts';
import { realPart } from '../../support/real-part.ts';
import { until } from '../../support/until.ts';
import { missingTools } from '../../tools/build.ts';
import type { Serve } from '../../e2e/support/serve.ts';
import { clusterTools, startCluster } from '../parts/cluster.ts';
import type { Cluster } from '../parts/cluster.ts';
import { backend, hubScene } from '../support/hub-scene.ts';
import type { HubScene } from '../support/hub-scene.ts';
import { tokenFor } from '../support/managed-scene.ts';
import { everything } from './scene.ts';
import type { List } from './scene.ts';

/** The API alone: it shows the cluster that Argo CD runs in. */
const apiAlone = [{ nonResourceURLs: ['/dynamic-toolset/api/*'], verbs: ['get', 'post'] }];
const secret = 'canary-of-the-spoke';

describe('cluster/api/clusters: access to clusters', () => {
  let scene: HubScene;
  let spoke: Cluster;
  let serve: Serve | undefined;
  const tokens = { all: '', hub: '', spoke: '' };

  before(async function () {
    if (!realPart('kube-apiserver', missingTools(clusterTools).length === 0, 'node test/tools/build.ts')) this.skip();
    scene = await hubScene();
    // It is stopped.
    spoke = await startCluster();
    await scene.hub.apply([...backend('prometheus', 9090), ...backend('tempo', 3200, 'tracing')]);
    await spoke.apply(backend('loki', 3100, 'logging'));
    await scene.admit('spoke', spoke, spoke.adminToken);
    const target = { configMap: { namespace: 'holmesgpt', name: 'toolsets' } };
    // One name in both clusters.
    await scene.manage('spoke', { applied: spoke, destination: { name: 'spoke' }, spec: { target } });
    await scene.manage('own', {
      applied: scene.hub,
      destination: { server: 'https://kubernetes.default.svc' },
      spec: { cluster: 'in-cluster', target },
    });
    await scene.deploy('unknown', { name: secret });
    tokens.all = await tokenFor(scene.hub, 'all', [
      ...everything,
      { nonResourceURLs: ['/dynamic-toolset/clusters/*'], verbs: ['get'] },
    ]);
    tokens.hub = await tokenFor(scene.hub, 'hub', apiAlone);
    tokens.spoke = await tokenFor(scene.hub, 'spoke', [
      ...apiAlone,
      { nonResourceURLs: ['/dynamic-toolset/clusters/spoke'], verbs: ['get'] },
    ]);
    serve = await scene.start();
    await serve.until('cluster-readable', { cluster: 'spoke' });
    await serve.until('cluster-failed', { cluster: secret });
    await until('the spoke is evaluated', async () => (await get('applications?cluster=spoke')).status === 200);
  });

  after(async () => {
    await serve?.stop();
    for (const cluster of [(scene as HubScene | undefined)?.hub, spoke as Cluster | undefined]) await cluster?.stop();
  });

  const get = (path: string, token = tokens.all, question: Question = {}): Promise<Answer> =>
    ask(`${serve!.url}/api/v1/${path}`, { token, ...question });
  const list = async (path: string, token?: string): Promise<List['items']> => {
    const { status, json, text } = await get(path, token);
    expect(status, text).to.equal(200);
    return (json as List).items;
  };

  it('lists each cluster with its contents, or with the reason why it is not open', async () => {
    const [own, unknown, other] = await list('clusters');

    expect(own).to.include({ name: 'in-cluster', state: 'readable', reason: null, configMaps: 1 });
    expect(unknown).to.include({
      name: secret,
      server: null,
      state: 'unopened',
      reason: 'CLUSTER_UNKNOWN',
      services: null,
    });
    expect(other).to.include({ name: 'spoke', server: new URL(spoke.url).host, state: 'readable', configMaps: 1 });
    // The Service `kubernetes` is in every cluster.
    expect(other!.services).to.equal(2);
    expect(Date.parse(String(other!.since))).to.be.greaterThan(Date.now() - 600_000);
  });

  it('answers for its own cluster by default, for another one by name, and for all with *', async () => {
    for (const [path, expected] of [
      ['applications', [['in-cluster', 'argocd/own']]],
      ['applications?cluster=spoke', [['spoke', 'argocd/spoke']]],
      [
        'applications?cluster=*',
        [
          ['in-cluster', 'argocd/own'],
          ['spoke', 'argocd/spoke'],
        ],
      ],
      ['configmaps?cluster=spoke&configMap=holmesgpt/toolsets', [['spoke', 'argocd/spoke']]],
    ] as const)
      expect((await list(path)).map(({ cluster, application }) => [cluster, application])).to.deep.equal(expected);
    for (const path of ['services', 'explain', 'toolsets']) {
      const names = JSON.stringify(await list(`${path}?cluster=spoke`));
      expect(names).to.include('loki').and.not.include('tempo');
      expect(JSON.stringify(await list(path)))
        .to.include('tempo')
        .and.not.include('loki');
    }
    expect((await get('statistics?cluster=spoke')).json).to.have.nested.property('configMaps.total', 1);
    const { json } = await get('discover', tokens.all, { method: 'POST', body: { cluster: 'spoke' } });
    expect((json as List).items.map(({ selected }) => selected)).to.deep.equal([['logging/loki']]);
  });

  it('reveals no other cluster, not even its name, to an account that may not see it', async () => {
    for (const path of ['clusters', 'applications?cluster=*', 'configmaps?cluster=*', 'toolsets', 'explain']) {
      const { status, text } = await get(path, tokens.hub);
      expect(status).to.equal(200);
      expect(text, path).to.not.include('spoke').and.not.include(secret).and.not.include('loki');
    }
    expect((await list('clusters', tokens.spoke)).map(({ name }) => name)).to.deep.equal(['in-cluster', 'spoke']);
    expect((await list('applications?cluster=*', tokens.spoke)).map(({ cluster }) => cluster)).to.deep.equal([
      'in-cluster',
      'spoke',
    ]);
  });

  it('denies access to existing and missing clusters in the same words, and names the missing rule', async () => {
    for (const path of ['applications', 'configmaps', 'toolsets', 'toolsets/x', 'services', 'explain', 'statistics']) {
      const [there, notThere] = [
        await get(`${path}?cluster=spoke`, tokens.hub),
        await get(`${path}?cluster=nope`, tokens.hub),
      ];
      expect([there.status, notThere.status], path).to.deep.equal([403, 403]);
      const worded = JSON.stringify({ ...(there.json as object), requestId: '' });
      expect(worded).to.include('/dynamic-toolset/clusters/spoke');
      expect(JSON.stringify({ ...(notThere.json as object), requestId: '' })).to.equal(
        worded.replaceAll('spoke', 'nope'),
      );
    }
    const { status } = await get('discover', tokens.hub, { method: 'POST', body: { cluster: 'spoke' } });
    expect(status).to.equal(403);
    expect((await get('applications?cluster=nope')).status).to.equal(404);
    expect((await get(`applications?cluster=${secret}`)).status).to.equal(503);
  });

  it('rejects an invalid cluster name', async () => {
    for (const name of ['', '%00', '-x', 'a b', 'a'.repeat(300)])
      expect((await get(`applications?cluster=${name}`)).status, name).to.equal(400);
    expect((await get('toolsets?cluster=*')).status).to.equal(400);
  });

  it('keeps answering for an unreachable cluster from its cache, and reports its state', async () => {
    const from = serve!.events.length;
    await spoke.stopApiServer();
    await serve!.until('cluster-unreadable', { cluster: 'spoke' }, from);

    const [, , away] = await list('clusters');
    expect(away).to.include({ name: 'spoke', state: 'unreadable', reason: 'NotWatched', configMaps: 1 });
    expect(String(away!.message)).to.include('are not watched').and.not.include(spoke.adminToken);
    expect((await list('applications?cluster=*')).map(({ cluster }) => cluster)).to.deep.equal(['in-cluster', 'spoke']);
    expect((await list('services?cluster=spoke')).map(({ name }) => name)).to.deep.equal(['loki']);
    // What is in the ConfigMap is read when it is asked for, and known for a moment.
    await until('the toolsets cannot be read', async () => (await get('toolsets?cluster=spoke')).status === 502);
    expect((await get('toolsets')).status).to.equal(200);
  });
});
