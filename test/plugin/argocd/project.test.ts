import { expect } from 'chai';
import nock from 'nock';
import { isProjectName, permitsDestination, readProjectSpec } from '../../../plugin/argocd/project.ts';
import type { ProjectDestination } from '../../../plugin/argocd/project.ts';
import { failure } from '../../support/failure.ts';
import { connection, server as ownServer } from '../serve/argocd/fake-connection.ts';

const server = 'https://spoke:6443';
const spoke: ProjectDestination = { server, name: 'spoke', namespace: 'holmesgpt', clusterProject: null };
const path = '/apis/argoproj.io/v1alpha1/namespaces/argocd/appprojects/team';

describe('plugin/argocd/project', () => {
  const cases: readonly (readonly [title: string, destinations: readonly object[], permitted: boolean])[] = [
    ['the project has no destinations', [], false],
    ['its server is listed', [{ server, namespace: 'holmesgpt' }], true],
    ['its name is listed', [{ name: 'spoke', namespace: '*' }], true],
    ['its name matches a glob', [{ name: 'sp*', namespace: 'holmes*' }], true],
    ['only another server is listed', [{ server: 'https://other:6443', namespace: '*' }], false],
    ['only another namespace is listed', [{ server, namespace: 'default' }], false],
    [
      'its name is denied',
      [
        { name: '*', namespace: '*' },
        { name: '!spoke', namespace: '*' },
      ],
      false,
    ],
    [
      'another name is denied',
      [
        { name: '*', namespace: '*' },
        { name: '!other', namespace: '*' },
      ],
      true,
    ],
    [
      'its name is denied only in another namespace',
      [
        { name: '*', namespace: '*' },
        { name: '!spoke', namespace: 'default' },
      ],
      true,
    ],
    [
      'its server is denied',
      [
        { server: '*', namespace: '*' },
        { server: `!${server}`, namespace: '*' },
      ],
      false,
    ],
    [
      'its namespace is denied',
      [
        { server: '*', namespace: '*' },
        { server: '*', namespace: '!holmesgpt' },
      ],
      false,
    ],
    ['the only entry names no cluster', [{ namespace: '*' }], false],
    ['the only entry has values that are not strings', [{ server: 1, namespace: ['*'] }], false],
  ];
  for (const [title, destinations, permitted] of cases) {
    it(`${permitted ? 'permits' : 'denies'} the destination when ${title}`, () => {
      expect(permitsDestination('team', { destinations }, spoke)).to.equal(permitted);
    });
  }

  it("permits only the project's own clusters with permitOnlyProjectScopedClusters", () => {
    const project = { destinations: [{ server: '*', namespace: '*' }], permitOnlyProjectScopedClusters: true };
    const permits = (clusterProject: string | null): boolean =>
      permitsDestination('team', project, { ...spoke, clusterProject });

    expect([permits('team'), permits('other'), permits(null)]).to.deep.equal([true, false, false]);
  });

  it('reads a project by name, and returns null for an invalid name', async () => {
    nock(ownServer)
      .get(path)
      .reply(200, { spec: { destinations: [] } });
    const read = (name: string): Promise<object | null> =>
      readProjectSpec(connection, 'argocd', name, AbortSignal.timeout(10_000));

    expect(await read('team')).to.deep.equal({ destinations: [] });
    expect(await read('../secrets')).to.equal(null);
    expect(isProjectName('../secrets')).to.equal(false);
  });

  it('names the missing permission when the project may not be read', async () => {
    nock(ownServer).get(path).reply(403, { kind: 'Status', message: 'no' });

    const error = await failure(() => readProjectSpec(connection, 'argocd', 'team', AbortSignal.timeout(10_000)));

    expect(error).to.include({ code: 'CLUSTER_FORBIDDEN' });
    expect(error.hint).to.include('resources: ["appprojects"], resourceNames: ["team"]');
  });
});
