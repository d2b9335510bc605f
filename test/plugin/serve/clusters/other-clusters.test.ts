import { expect } from 'chai';
import type { ApplicationView } from '../../../../plugin/argocd/application.ts';
import type { Connection } from '../../../../plugin/cluster/connection/connection.ts';
import type { OpenedCluster } from '../../../../plugin/serve/clusters/open-cluster.ts';
import type { OtherCluster } from '../../../../plugin/serve/clusters/other-cluster.ts';
import { OtherClusters } from '../../../../plugin/serve/clusters/other-clusters.ts';
import type { OtherClustersOptions } from '../../../../plugin/serve/clusters/other-clusters.ts';
import type { Fields } from '../../../../plugin/serve/events.ts';
import { PluginError } from '../../../../plugin/lib/errors.ts';
import { beginning, virtualTimeOfEach } from '../../../support/virtual-time.ts';
import { application } from '../argocd/argo-cd-model.ts';
import { clusterModel } from '../cluster-model.ts';

describe('plugin/serve/clusters/other-clusters', () => {
  const time = virtualTimeOfEach();

  it('opens a cluster once, whatever names Applications use, and closes it after the last of them', async () => {
    const scene = open();
    await scene.deploy('one', 'spoke');
    await scene.deploy('two', 'https://spoke.example.com/');
    await scene.deploy('own', null);
    expect(scene.names()).to.deep.equal(['spoke']);
    expect(scene.clusters.of({ otherCluster: 'https://spoke.example.com' })).to.equal(
      scene.clusters.of({ otherCluster: 'spoke' }),
    );
    expect(scene.openConnections()).to.equal(1);

    await scene.remove('one');
    expect(scene.names()).to.deep.equal(['spoke']);

    await scene.remove('two');
    expect(scene.names()).to.deep.equal([]);
    expect(scene.openConnections()).to.equal(0);
    expect(scene.events('cluster-closed')).to.deep.equal([{ cluster: 'spoke' }]);
  });

  it('retries a cluster that cannot be opened, with growing pauses, until no Application names it', async () => {
    const scene = open();
    await scene.deploy('one', 'unknown');
    await time.advance(60_000);
    const early = scene.events('cluster-failed').length;
    await time.advance(60 * 60_000);
    const late = scene.events('cluster-failed').length - early;

    expect(early).to.be.within(4, 7);
    expect(late).to.be.within(11, 26);
    expect(scene.clusters.states()).to.have.lengthOf(1);
    expect(scene.clusters.states()[0]).to.deep.include({ name: 'unknown', server: null });
    expect(scene.clusters.states()[0]!.unread?.message).to.include('there is no cluster');
    expect(scene.clusters.states()[0]!.unread?.reason).to.equal('CLUSTER_UNKNOWN');

    await scene.remove('one');
    await time.advance(60 * 60_000);
    expect(scene.events('cluster-failed').length).to.equal(early + late);
    expect(scene.clusters.states()).to.deep.equal([]);
  });

  it('opens the clusters that an Application reads besides its destination, under any of their names', async () => {
    const reads: string[] = ['spoke-1', 'https://spoke-1.example.com/', 'spoke-2'];
    const scene = open({ namesOf: () => reads });
    await scene.deploy('one', null);
    expect(scene.names()).to.deep.equal(['spoke-1', 'spoke-2']);

    reads.length = 1;
    await scene.changed();
    expect(scene.names()).to.deep.equal(['spoke-1']);
    reads.length = 0;
    await scene.changed();
    expect(scene.openConnections()).to.equal(0);
  });

  it('expects a named cluster until an attempt to open it fails', async () => {
    const scene = open();
    expect(scene.clusters.isExpected('spoke')).to.equal(false);
    scene.put('one', 'spoke');
    scene.put('two', 'unknown');
    const changed = scene.changed();
    expect([scene.clusters.isExpected('spoke/'), scene.clusters.isExpected('unknown')]).to.deep.equal([true, true]);
    await changed;

    expect([scene.clusters.isExpected('spoke'), scene.clusters.isExpected('unknown')]).to.deep.equal([true, false]);
  });

  it('watches no more clusters than its limit, and reports the cluster that exceeds it', async () => {
    const scene = open({ max: 2 });
    for (const index of [1, 2, 3]) await scene.deploy(`app-${String(index)}`, `spoke-${String(index)}`);

    expect(scene.names()).to.deep.equal(['spoke-1', 'spoke-2']);
    expect(scene.events('cluster-failed')[0]).to.include({ cluster: 'spoke-3', code: 'WORK_TOO_LARGE' });
    expect(scene.openConnections()).to.equal(2);

    await scene.remove('app-1');
    await time.advance(10_000);
    expect(scene.names()).to.deep.equal(['spoke-2', 'spoke-3']);
  });

  it('looks up no more names than its limit, however many names Applications use', async () => {
    const scene = open();
    for (let index = 0; index < 450; index += 1) scene.put(`app-${String(index)}`, `unknown-${String(index)}`);
    await scene.changed();

    expect(scene.clusters.states()).to.have.lengthOf(400);
    expect(scene.clusters.leftOut).to.equal(50);
    expect(scene.events('clusters-left-out')).to.deep.equal([{ count: 50 }]);
    await scene.remove('app-449');
    await scene.deploy('app-0', null);
    expect(scene.events('clusters-left-out')).to.deep.equal([{ count: 50 }]);
  });

  it('does not read a cluster that the policy denies, and closes it when access is withdrawn', async () => {
    let isAllowed = false;
    const scene = open({ mayRead: () => isAllowed });
    await scene.deploy('one', 'spoke');
    expect(scene.names()).to.deep.equal([]);
    expect(scene.events('cluster-failed')[0]).to.include({ cluster: 'spoke', code: 'POLICY_DENIED' });
    expect(scene.openConnections()).to.equal(0);

    isAllowed = true;
    scene.clusters.policyChanged();
    await time.advance(25);
    expect(scene.names()).to.deep.equal(['spoke']);

    isAllowed = false;
    scene.clusters.policyChanged();
    await time.advance(25);
    expect(scene.names()).to.deep.equal([]);
    expect(scene.openConnections()).to.equal(0);
  });

  it('opens a cluster at once for an Application that may read it, after another that may not', async () => {
    const scene = open({ mayRead: ({ project }) => project === 'trusted' });
    await scene.deploy('one', 'spoke', 'other');
    await time.advance(60 * 60_000);
    expect(scene.events('cluster-failed').at(-1)).to.include({ cluster: 'spoke', code: 'POLICY_DENIED' });

    const attempts = scene.events('cluster-failed').length;
    await scene.deploy('three', 'spoke', 'third');
    expect(scene.events('cluster-failed')).to.have.lengthOf(attempts);

    await scene.deploy('two', 'spoke', 'trusted');

    expect(scene.names()).to.deep.equal(['spoke']);
  });

  it('closes a cluster when the Application that may read it moves to another project', async () => {
    const scene = open({ mayRead: ({ project }) => project === 'trusted' });
    await scene.deploy('one', 'spoke', 'trusted');
    await scene.deploy('two', 'spoke', 'other');
    await scene.deploy('two', 'spoke', 'third');
    expect(scene.names()).to.deep.equal(['spoke']);
    expect(scene.events('cluster-opened')).to.have.lengthOf(1);

    await scene.deploy('one', 'spoke', 'other');

    expect(scene.names()).to.deep.equal([]);
    expect(scene.openConnections()).to.equal(0);
    expect(scene.clusters.unopened('spoke')?.unread.reason).to.equal('POLICY_DENIED');
  });

  it('looks a cluster up again on request, under all its names', async () => {
    const scene = open();
    await scene.deploy('one', 'spoke');
    await scene.deploy('two', 'https://spoke.example.com');
    const before = scene.clusters.of({ otherCluster: 'spoke' })!;

    scene.clusters.reopen(before);
    await time.advance(25);

    const after = scene.clusters.of({ otherCluster: 'spoke' })!;
    expect(after).to.not.equal(before);
    expect(scene.clusters.of({ otherCluster: 'https://spoke.example.com' })).to.equal(after);
    expect(scene.openConnections()).to.equal(1);
  });

  it('closes everything when it ends, including a cluster that is still being opened', async () => {
    const answer = Promise.withResolvers<OpenedCluster>();
    const ending = new AbortController();
    const scene = open({ signal: ending.signal });
    await scene.deploy('one', 'spoke');
    scene.answerWith(() => answer.promise);
    await scene.deploy('two', 'slow');

    ending.abort();
    answer.resolve(scene.opened('slow'));
    await scene.clusters.done();

    expect(scene.openConnections()).to.equal(0);
  });

  it('lists every cluster, sorted by name, with its state and since when', async () => {
    const scene = open();
    for (const [index, name] of ['b-spoke', 'c-unknown', 'a-spoke'].entries())
      await scene.deploy(`app-${String(index)}`, name);

    expect(scene.clusters.states().map(({ name, server, unread }) => [name, server, unread?.reason])).to.deep.equal([
      ['a-spoke', 'a-spoke.example.com', undefined],
      ['b-spoke', 'b-spoke.example.com', undefined],
      ['c-unknown', null, 'CLUSTER_UNKNOWN'],
    ]);
    expect(scene.clusters.states().map(({ since }) => since)).to.deep.equal([7, 7, beginning + 25]);
    expect(scene.clusters.unopened('c-unknown/')?.unread.message).to.equal('there is no cluster c-unknown; add it');
    expect(scene.clusters.unopened('not-named')).to.equal(null);
    expect(scene.clusters.of({ otherCluster: 'not-named' })).to.equal(null);
    expect(scene.clusters.of({ otherCluster: null })).to.equal(null);
  });

  it('reveals nothing of a bug except that it is one', async () => {
    const scene = open();
    scene.answerWith(() => Promise.reject(new TypeError('secret of undefined')));
    await scene.deploy('one', 'spoke');

    const bug = { reason: 'BUG', message: 'a bug: the log has the error' };
    expect(scene.clusters.states()[0]?.unread).to.deep.equal(bug);
    expect(scene.events('cluster-failed')[0]?.message).to.include('secret of undefined');
  });

  it('notifies every open cluster of changes in the hub', async () => {
    const scene = open();
    await scene.deploy('one', 'spoke-1');
    await scene.deploy('two', 'spoke-2');
    scene.heard.splice(0);

    scene.clusters.applicationsChanged(['argocd/other']);
    scene.clusters.hubConfigMapsChanged(['h/c']);
    scene.clusters.policyChanged();

    for (const name of ['spoke-1', 'spoke-2'])
      expect(scene.heard.filter(([of]) => of === name)).to.deep.equal([
        [name, 'applications', ['argocd/other']],
        [name, 'configMaps', ['h/c']],
        [name, 'policy', []],
      ]);
  });

  it('notifies a cluster of the Applications and ConfigMaps that use any of its names', async () => {
    const scene = open();
    await scene.deploy('one', 'spoke');
    await scene.deploy('two', 'https://spoke.example.com');

    expect(scene.heard.filter(([, , keys]) => keys.join() === 'argocd/two' || keys.join() === 'h/c')).to.deep.equal([
      ['spoke', 'configMaps', ['h/c']],
      ['spoke', 'applications', ['argocd/two']],
      ['spoke', 'configMaps', ['h/c']],
    ]);
    expect(scene.events('cluster-opened')).to.deep.equal([{ cluster: 'spoke', server: 'https://spoke.example.com/' }]);
  });

  it('does not reopen the other clusters when one is reopened', async () => {
    const scene = open();
    await scene.deploy('one', 'spoke-1');
    await scene.deploy('two', 'spoke-2');
    const [first, second] = scene.clusters.open();

    scene.clusters.policyChanged();
    scene.clusters.reopen(second!);
    await time.advance(25);

    expect(scene.clusters.of({ otherCluster: 'spoke-1' })).to.equal(first);
    expect(scene.clusters.of({ otherCluster: 'spoke-2' })).to.not.equal(second);
  });

  it('treats clusters of the same name as two when their servers differ', async () => {
    const scene = open();
    await scene.deploy('one', 'spoke');
    scene.answerWith((called) => Promise.resolve({ ...scene.opened(called), name: 'spoke', server: 'https://other' }));
    await scene.deploy('two', 'spoke-2');

    expect(scene.names()).to.deep.equal(['spoke', 'spoke']);
  });

  it('suggests a fix when no project may read a cluster, and when there are too many clusters', async () => {
    const [denied, full] = [open({ mayRead: () => false }), open({ max: 0 })];
    await denied.deploy('one', 'spoke');
    await full.deploy('one', 'spoke');

    expect(denied.clusters.unopened('spoke')?.unread.message).to.match(/deploy to spoke may .*spec\.projects\.NAME/);
    expect(full.clusters.unopened('spoke')?.unread.message).to.match(/^0 other clusters .* run another serve/);
  });

  it('waits until all clusters are closed when it ends, and reports none as closed', async () => {
    const [ending, closing] = [new AbortController(), Promise.withResolvers<undefined>()];
    const scene = open({ signal: ending.signal });
    scene.closeAfter(closing.promise);
    await scene.deploy('one', 'spoke');
    let isDone = false;

    ending.abort();
    const done = scene.clusters.done().then(() => (isDone = true));
    await time.advance(25);
    expect(isDone).to.equal(false);
    closing.resolve(undefined);
    await done;

    expect(scene.events('cluster-closed')).to.deep.equal([]);
    await scene.deploy('two', 'spoke-2');
    expect(scene.names()).to.deep.equal([]);
  });

  interface Scene {
    readonly clusters: OtherClusters;
    readonly put: (name: string, otherCluster: string | null, project?: string) => void;
    readonly changed: () => Promise<void>;
    readonly deploy: (...of: Parameters<Scene['put']>) => Promise<void>;
    readonly remove: (name: string) => Promise<void>;
    readonly names: () => readonly string[];
    readonly openConnections: () => number;
    readonly events: (event: string) => readonly Fields[];
    /** What the clusters that are watched were told. */
    readonly heard: Heard[];
    readonly closeAfter: (closing: Promise<unknown>) => void;
    readonly opened: (called: string) => OpenedCluster;
    readonly answerWith: (open: (called: string) => Promise<OpenedCluster>) => void;
  }

  /** Clusters whose names begin with `spoke` exist; `https://NAME.example.com` is the server of each. */
  function open(options: Partial<OtherClustersOptions> = {}): Scene {
    const model = clusterModel();
    const told: (readonly [event: string, fields: Fields])[] = [];
    const connections = new Set<Connection>();
    const opened = (called: string): OpenedCluster => {
      const name = /^https:\/\/([^.]+)/.exec(called)?.[1] ?? called;
      const connection: Connection = {
        server: new URL(`https://${name}.example.com`),
        authenticate: () => Promise.resolve({}),
        close: () => void connections.delete(connection),
      };
      connections.add(connection);
      return { name, server: connection.server.href, project: null, connection };
    };
    let answer = (called: string): Promise<OpenedCluster> => {
      if (called.includes('spoke')) return Promise.resolve(opened(called));
      return Promise.reject(new PluginError('CLUSTER_UNKNOWN', `there is no cluster ${called}`, { hint: 'add it' }));
    };
    const heard: Heard[] = [];
    let closing: Promise<unknown> = Promise.resolve();
    const clusters = new OtherClusters({
      applications: model.caches.applications,
      open: (called) => answer(called),
      mayRead: () => true,
      watch: (one) => watch(one, heard, () => closing),
      emit: (event, fields = {}) => void told.push([event, fields]),
      signal: new AbortController().signal,
      ...options,
    });
    const keys = new Set<string>();
    const put: Scene['put'] = (name, otherCluster, project = 'default') => {
      const one: ApplicationView = application({ name, otherCluster, project });
      model.putApplication(one);
      keys.add(`${one.namespace}/${name}`);
    };
    const changed = async (): Promise<void> => {
      clusters.applicationsChanged([...keys]);
      await time.advance(25);
    };
    return {
      clusters,
      put,
      changed,
      deploy: async (...of) => {
        put(...of);
        await changed();
      },
      remove: async (name) => {
        model.removeApplication([...keys].find((key) => key.endsWith(`/${name}`))!);
        await changed();
      },
      names: () => clusters.open().map((other) => other.opened.name),
      openConnections: () => connections.size,
      events: (event) => told.flatMap(([name, fields]) => (name === event ? [fields] : [])),
      heard,
      closeAfter: (promise) => {
        closing = promise;
      },
      opened,
      answerWith: (next) => {
        answer = next;
      },
    };
  }

  /** What is watched in a cluster is tried elsewhere: here only which ones are. */
  function watch(opened: OpenedCluster, heard: Heard[], closing: () => Promise<unknown>): OtherCluster {
    const { name } = opened;
    const other = {
      opened,
      cluster: { since: 7 },
      applicationsChanged: (keys: readonly string[]) => void heard.push([name, 'applications', keys]),
      hubConfigMapsChanged: (keys: readonly string[]) => void heard.push([name, 'configMaps', keys]),
      policyChanged: () => void heard.push([name, 'policy', []]),
      unread: () => null,
      close: async () => {
        opened.connection.close();
        await closing();
      },
    };
    return other as unknown as OtherCluster;
  }
});

/** Name of the cluster, of what it was told, and of which ones. */
type Heard = readonly [cluster: string, what: string, keys: readonly string[]];
