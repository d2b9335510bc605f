import { expect } from 'chai';
import nock from 'nock';
import type { ApplicationView } from '../../../../plugin/argocd/application.ts';
import { crdClient } from '../../../../plugin/serve/argocd/crd-client.ts';
import { testClock } from '../../../support/clock.ts';
import { failure } from '../../../support/failure.ts';
import { application } from './argo-cd-model.ts';
import { connection, server } from './fake-connection.ts';

const one = application({ namespace: 'team', name: 'one', project: 'p', resourceVersion: '7' });
const patchPath = '/apis/argoproj.io/v1alpha1/namespaces/team/applications/one';
const projectPath = '/apis/argoproj.io/v1alpha1/namespaces/argocd/appprojects/p';
const configMaps = [{ namespace: 'h', name: 'c', status: 'OutOfSync' }] as const;
const client = crdClient(connection, new AbortController().signal);

describe('plugin/serve/argocd/crd-client', () => {
  it('requests a hard refresh of the Application at the resource version it has seen', async () => {
    nock(server.origin)
      .patch(patchPath, {
        metadata: { annotations: { 'argocd.argoproj.io/refresh': 'hard' }, resourceVersion: '7' },
      })
      .matchHeader('content-type', 'application/merge-patch+json')
      .reply(200, {});

    expect(await client.refresh(one)).to.equal('accepted');
  });

  const resources = [{ group: '', kind: 'ConfigMap', namespace: 'h', name: 'c' }];
  const sources: readonly (readonly [string, Partial<ApplicationView>, object])[] = [
    ['of its revision', { revisions: ['abc'] }, { revision: 'abc' }],
    [
      'of the revisions of all its sources',
      { revisions: ['abc', 'def'], multiSource: true },
      { revisions: ['abc', 'def'] },
    ],
    ['without a revision before the first comparison', { revisions: [] }, { revision: '' }],
  ];
  for (const [title, differences, revision] of sources) {
    it(`requests a sync as automated sync would, ${title}`, async () => {
      project({});
      const sync = { ...revision, resources, prune: false, syncOptions: ['ServerSideApply=true'] };
      nock(server.origin)
        .patch(patchPath, {
          operation: { initiatedBy: { automated: true }, sync },
          metadata: { resourceVersion: '7' },
        })
        .reply(200, {});

      const seen = { ...one, syncOptions: ['ServerSideApply=true'], ...differences };

      expect(await client.sync(seen, configMaps)).to.equal('accepted');
    });
  }

  it('leaves the sync to self-heal when the project has sync windows', async () => {
    project({ spec: { syncWindows: [{ kind: 'deny' }] } });

    expect(await client.sync(one, configMaps)).to.equal('deferred');
  });

  it('leaves the sync to self-heal when a global project has sync windows', async () => {
    project({}, [{ projectName: 'global', labelSelector: {} }]);
    nock(server.origin)
      .get(projectPath.replace(/p$/, 'global'))
      .reply(200, { spec: { syncWindows: [{ kind: 'deny' }] } });

    expect(await client.sync(one, configMaps)).to.equal('deferred');
  });

  it("considers only the Application's own project when it may not read the global projects", async () => {
    nock(server.origin).get(projectPath).reply(200, {});
    nock(server.origin).get('/api/v1/namespaces/argocd/configmaps/argocd-cm').reply(403, {});
    nock(server.origin).patch(patchPath).reply(200, {});

    expect(await client.sync(one, configMaps)).to.equal('accepted');
  });

  it('does not read the project again for a sync that is retried within ten seconds', async () => {
    const clock = testClock();
    const own = crdClient(connection, new AbortController().signal, clock);
    project({});
    const busy = nock(server.origin).patch(patchPath).times(3);
    busy.reply(429, { message: 'too many requests' }, { 'retry-after': '7' });
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const { request } = await failure(() => own.sync(one, configMaps));
      expect(request).to.deep.equal({ status: 429, retryAfterMs: 7_000 });
    }

    clock.advance(10_000);
    project({ spec: { syncWindows: [{ kind: 'deny' }] } });
    expect(await own.sync(one, configMaps)).to.equal('deferred');
  });

  it('syncs when the project is missing, because Argo CD itself reports that', async () => {
    nock(server.origin).get(projectPath).reply(404, {});
    nock(server.origin).patch(patchPath).reply(200, {});

    expect(await client.sync(one, configMaps)).to.equal('accepted');
  });

  for (const status of [404, 409]) {
    it(`waits for the Application to change when the API server answers ${String(status)}`, async () => {
      nock(server.origin).patch(patchPath).reply(status, {});

      expect(await client.refresh(one)).to.equal('changed');
    });
  }

  it('names the resource and the verb when the patch is forbidden', async () => {
    nock(server.origin).patch(patchPath).reply(403, { message: 'no' });

    const error = await failure(() => client.refresh(one));

    expect(error.code).to.equal('CLUSTER_FORBIDDEN');
    expect(error.message).to.include('applications');
    expect(error.message).to.include('patch');
  });

  it('requests no sync when it may not read the project', async () => {
    nock(server.origin).get(projectPath).reply(403, { message: 'no' });

    const error = await failure(() => client.sync(one, configMaps));

    expect(error.code).to.equal('CLUSTER_FORBIDDEN');
    expect(error.message).to.include('appprojects');
  });

  it('reports that the API server cannot be reached', async () => {
    nock(server.origin).get(projectPath).replyWithError('connect ECONNREFUSED');
    nock(server.origin).patch(patchPath).replyWithError('connect ECONNREFUSED');

    expect((await failure(() => client.sync(one, configMaps))).code).to.equal('CLUSTER_UNREACHABLE');
    expect((await failure(() => client.refresh(one))).code).to.equal('CLUSTER_UNREACHABLE');
  });
});

function project(answer: object, globalProjects: readonly object[] = []): void {
  nock(server.origin).get(projectPath).reply(200, answer);
  const data = { globalProjects: JSON.stringify(globalProjects) };
  nock(server.origin).get('/api/v1/namespaces/argocd/configmaps/argocd-cm').reply(200, { data });
}
