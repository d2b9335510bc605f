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
    ['nothing without destinations', [], false],
    ['its server', [{ server, namespace: 'holmesgpt' }], true],
    ['its name', [{ name: 'spoke', namespace: '*' }], true],
    ['its name by a glob', [{ name: 'sp*', namespace: 'holmes*' }], true],
    ['not another server', [{ server: 'https://other:6443', namespace: '*' }], false],
    ['not another namespace', [{ server, namespace: 'default' }], false],
    [
      'all but a denied name',
      [
        { name: '*', namespace: '*' },
        { name: '!spoke', namespace: '*' },
      ],
      false,
    ],
    [
      'a name that another denial spares',
      [
        { name: '*', namespace: '*' },
        { name: '!other', namespace: '*' },
      ],
      true,
    ],
    [
      'a name that is denied in other namespaces alone',
      [
        { name: '*', namespace: '*' },
        { name: '!spoke', namespace: 'default' },
      ],
      true,
    ],
    [
      'all but a denied server',
      [
        { server: '*', namespace: '*' },
        { server: `!${server}`, namespace: '*' },
      ],
      false,
    ],
    [
      'all but a denied namespace',
      [
        { server: '*', namespace: '*' },
        { server: '*', namespace: '!holmesgpt' },
      ],
      false,
    ],
    ['nothing by an entry without a cluster', [{ namespace: '*' }], false],
    ['nothing by what is no text', [{ server: 1, namespace: ['*'] }], false],
  ];
  for (const [title, destinations, permitted] of cases) {
    it(`permits ${title}`, () => {
      expect(permitsDestination('team', { destinations }, spoke)).to.equal(permitted);
    });
  }

  it('permits only clusters of its own where it says so', () => {
    const project = { destinations: [{ server: '*', namespace: '*' }], permitOnlyProjectScopedClusters: true };
    const permits = (clusterProject: string | null): boolean =>
      permitsDestination('team', project, { ...spoke, clusterProject });

    expect([permits('team'), permits('other'), permits(null)]).to.deep.equal([true, false, false]);
  });

  it('is read by its name alone', async () => {
    nock(ownServer)
      .get(path)
      .reply(200, { spec: { destinations: [] } });
    const read = (name: string): Promise<object | null> =>
      readProjectSpec(connection, 'argocd', name, AbortSignal.timeout(10_000));

    expect(await read('team')).to.deep.equal({ destinations: [] });
    expect(await read('../secrets')).to.equal(null);
    expect(isProjectName('../secrets')).to.equal(false);
  });

  it('says which right is missing to read it', async () => {
    nock(ownServer).get(path).reply(403, { kind: 'Status', message: 'no' });

    const error = await failure(() => readProjectSpec(connection, 'argocd', 'team', AbortSignal.timeout(10_000)));

    expect(error).to.include({ code: 'CLUSTER_FORBIDDEN' });
    expect(error.hint).to.include('resources: ["appprojects"], resourceNames: ["team"]');
  });
});
