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
    ['In with its label value', expression('In', ['dev', 'prod']), true],
    ['In without its label value', expression('In', ['dev']), false],
    ['NotIn', expression('NotIn', ['dev']), true],
    ['Exists', expression('Exists', undefined), true],
    ['DoesNotExist', expression('DoesNotExist', undefined, 'other'), true],
    ['matchLabels', { labelSelector: { matchLabels: { env: 'prod' } }, projectName: 'global' }, true],
    ['no selector', { projectName: 'global' }, true],
    ['an operator that only node selectors have', expression('Gt', ['1']), false],
    ['In without values', expression('In', []), false],
    ['an entry that names the project itself', { projectName: 'team' }, false],
  ] as const) {
    it(`${inherits ? 'inherits' : 'does not inherit'} through ${title}`, async () => {
      serveProject('team', { destinations: [] }, { env: 'prod' });
      serveSettings([one]);
      if (inherits) serveProject('global', { destinations: [{ server: '*', namespace: '*' }] });

      const found = await read();

      expect(found).to.deep.include({ areGlobalsKnown: true });
      expect(inheritedSpec(found!).destinations).to.have.length(inherits ? 1 : 0);
    });
  }

  it('adds the inheritable lists of each global project, and nothing else', async () => {
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

  it('ignores the global projects after one that does not exist', async () => {
    serveProject('team', {});
    serveSettings([{ projectName: 'gone' }, { projectName: 'global' }]);
    nock(server.origin).get(`${projects}/gone`).reply(404, {});

    expect(await read()).to.deep.include({ globals: [], areGlobalsKnown: true });
  });

  for (const text of ['', 'projectName: x', '[', '5']) {
    it(`reads no global projects from ${JSON.stringify(text)}`, async () => {
      serveProject('team', {});
      serveSettings(text);

      expect(await read()).to.deep.include({ globals: [], areGlobalsKnown: true });
    });
  }

  it('reports global projects as unknown without permission, and fails when the API server is unreachable', async () => {
    serveProject('team', {});
    nock(server.origin).get(settings).reply(403, {});
    expect(await read()).to.deep.include({ globals: [], areGlobalsKnown: false });

    serveProject('team', {});
    nock(server.origin).get(settings).replyWithError('connect ECONNREFUSED');
    expect((await failure(read)).code).to.equal('CLUSTER_UNREACHABLE');
  });

  it('returns null when the project itself does not exist, without reading the settings', async () => {
    nock(server.origin).get(`${projects}/team`).reply(404, {});

    expect(await read()).to.equal(null);
  });
});
