import { expect } from 'chai';
import nock from 'nock';
import { inheritedSpec, readProjectWithGlobals } from '../../../plugin/argocd/global-projects.ts';
import { failure } from '../../support/failure.ts';
import { connection, server } from '../serve/argocd/fake-connection.ts';

const projects = '/apis/argoproj.io/v1alpha1/namespaces/argocd/appprojects';
const settings = '/api/v1/namespaces/argocd/configmaps/argocd-cm';

const read = (): ReturnType<typeof readProjectWithGlobals> =>
  readProjectWithGlobals(connection, 'argocd', 'team', new AbortController().signal, { attempts: 1 });

function serveProject(name: string, spec: object, labels: object = {}): void {
  nock(server.origin).get(`${projects}/${name}`).reply(200, { metadata: { name, labels }, spec });
}

function serveSettings(globalProjects: unknown): void {
  const text = typeof globalProjects === 'string' ? globalProjects : JSON.stringify(globalProjects);
  nock(server.origin)
    .get(settings)
    .reply(200, { data: { globalProjects: text } });
}

describe('plugin/argocd/global-projects', () => {
  const expression = (operator: string, values: readonly string[] | undefined, key = 'env'): object => ({
    labelSelector: { matchExpressions: [{ key, operator, values }] },
    projectName: 'global',
  });

  for (const [title, one, inherits] of [
    ['In with its label', expression('In', ['dev', 'prod']), true],
    ['In without its label', expression('In', ['dev']), false],
    ['NotIn', expression('NotIn', ['dev']), true],
    ['Exists', expression('Exists', undefined), true],
    ['DoesNotExist', expression('DoesNotExist', undefined, 'other'), true],
    ['a label', { labelSelector: { matchLabels: { env: 'prod' } }, projectName: 'global' }, true],
    ['no selector', { projectName: 'global' }, true],
    ['an operator of nodes alone', expression('Gt', ['1']), false],
    ['In without values', expression('In', []), false],
    ['itself', { projectName: 'team' }, false],
  ] as const) {
    it(`${inherits ? 'inherits' : 'does not inherit'} by ${title}`, async () => {
      serveProject('team', { destinations: [] }, { env: 'prod' });
      serveSettings([one]);
      if (inherits) serveProject('global', { destinations: [{ server: '*', namespace: '*' }] });

      const found = await read();

      expect(found).to.deep.include({ areGlobalsKnown: true });
      expect(inheritedSpec(found!).destinations).to.have.length(inherits ? 1 : 0);
    });
  }

  it('adds the lists of each global project, and nothing else of it', async () => {
    const own = { destinations: [{ name: 'a' }], sourceNamespaces: ['team'], permitOnlyProjectScopedClusters: false };
    serveProject('team', own);
    serveSettings([{ projectName: 'one' }, { projectName: 'two' }]);
    serveProject('one', {
      destinations: [{ name: 'b' }],
      syncWindows: [{ kind: 'deny' }],
      sourceNamespaces: ['*'],
      permitOnlyProjectScopedClusters: true,
    });
    serveProject('two', { destinations: [{ name: '!a' }], namespaceResourceBlacklist: [{ kind: 'ConfigMap' }] });

    expect(inheritedSpec((await read())!)).to.deep.equal({
      ...own,
      destinations: [{ name: 'a' }, { name: 'b' }, { name: '!a' }],
      syncWindows: [{ kind: 'deny' }],
      namespaceResourceBlacklist: [{ kind: 'ConfigMap' }],
    });
  });

  it('looks at none behind one that is not there', async () => {
    serveProject('team', {});
    serveSettings([{ projectName: 'gone' }, { projectName: 'global' }]);
    nock(server.origin).get(`${projects}/gone`).reply(404, {});

    expect(await read()).to.deep.include({ globals: [], areGlobalsKnown: true });
  });

  for (const text of ['', 'projectName: x', '[', '5']) {
    it(`takes ${JSON.stringify(text)} for no global projects`, async () => {
      serveProject('team', {});
      serveSettings(text);

      expect(await read()).to.deep.include({ globals: [], areGlobalsKnown: true });
    });
  }

  it('knows none without the right, and fails where the API server does', async () => {
    serveProject('team', {});
    nock(server.origin).get(settings).reply(403, {});
    expect(await read()).to.deep.include({ globals: [], areGlobalsKnown: false });

    serveProject('team', {});
    nock(server.origin).get(settings).replyWithError('connect ECONNREFUSED');
    expect((await failure(read)).code).to.equal('CLUSTER_UNREACHABLE');
  });

  it('is null without the project itself, and asks for no settings then', async () => {
    nock(server.origin).get(`${projects}/team`).reply(404, {});

    expect(await read()).to.equal(null);
  });
});
