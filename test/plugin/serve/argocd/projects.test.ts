import { expect } from 'chai';
import nock from 'nock';
import { Projects } from '../../../../plugin/serve/argocd/projects.ts';
import { testClock } from '../../../support/clock.ts';
import { failure } from '../../../support/failure.ts';
import { application } from './argo-cd-model.ts';
import { connection, server } from './fake-connection.ts';

const path = '/apis/argoproj.io/v1alpha1/namespaces/argocd/appprojects';
const team = application({ namespace: 'team-a', project: 'p' });

describe('plugin/serve/argocd/projects', () => {
  it("permits any project to an Application in Argo CD's own namespace, without a request", async () => {
    expect(await projects().permits(application({ project: 'p' }))).to.equal(true);
  });

  for (const [sourceNamespaces, permitted] of [
    [['team-*'], true],
    [['dev', 'team-a'], true],
    [['dev'], false],
    [undefined, false],
  ] as const) {
    it(`${permitted ? 'lets' : 'does not let'} an Application elsewhere use a project with the source namespaces ${JSON.stringify(sourceNamespaces)}`, async () => {
      nock(server.origin).get(`${path}/p`).reply(200, { spec: { sourceNamespaces } });

      expect(await projects().permits(team)).to.equal(permitted);
    });
  }

  it('permits no project that is missing or whose name is invalid', async () => {
    nock(server.origin).get(`${path}/p`).reply(404, {});

    expect(await projects().permits(team)).to.equal(false);
    for (const project of ['..', '../configmaps/x', 'a/b', '', '-', 'P'])
      expect(await projects().permits({ ...team, project }), project).to.equal(false);
  });

  it('reads a project once in ten seconds, and uses the last answer while the API server is unreachable', async () => {
    const clock = testClock();
    const some = projects(clock);
    nock(server.origin)
      .get(`${path}/p`)
      .reply(200, { spec: { sourceNamespaces: ['*'] } });
    expect(await some.permits(team)).to.equal(true);
    expect(await some.permits({ ...team, namespace: 'team-b' })).to.equal(true);

    clock.advance(10_000);
    nock(server.origin).get(`${path}/p`).replyWithError('connect ECONNREFUSED');
    expect(await some.permits(team)).to.equal(true);
    nock(server.origin).get(`${path}/p`).reply(200, { spec: {} });
    expect(await some.permits(team)).to.equal(false);

    clock.advance(11 * 60_000);
    nock(server.origin).get(`${path}/p`).replyWithError('connect ECONNREFUSED');
    expect((await failure(() => some.permits(team))).code).to.equal('CLUSTER_UNREACHABLE');
  });

  it('names the missing RBAC rule', async () => {
    nock(server.origin).get(`${path}/p`).reply(403, {});

    const { code, hint } = await failure(() => projects().permits(team));

    expect(code).to.equal('CLUSTER_FORBIDDEN');
    expect(hint).to.include('a Role in namespace argocd').and.include('resources: ["appprojects"], verbs: ["get"]');
  });

  function projects(clock = testClock()): Projects {
    return new Projects(connection, new AbortController().signal, clock);
  }
});
