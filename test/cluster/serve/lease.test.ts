import { expect } from 'chai';
import { setTimeout as delay } from 'node:timers/promises';
import { connectByKubeconfig } from '../../../plugin/cluster/connection/kubeconfig.ts';
import type { PluginError } from '../../../plugin/lib/errors.ts';
import { LeaderElection } from '../../../plugin/serve/leader-election/leader-election.ts';
import type { LeaderElectionOptions } from '../../../plugin/serve/leader-election/leader-election.ts';
import { until } from '../../support/until.ts';
import { missingTools } from '../../tools/build.ts';
import { realPart } from '../../support/real-part.ts';
import { clusterTools } from '../parts/cluster.ts';
import type { Cluster } from '../parts/cluster.ts';
import { startFaultProxy } from '../faults/fault-proxy.ts';
import type { FaultProxy } from '../faults/fault-proxy.ts';
import type { KubeObject } from '../parts/objects.ts';
import { acquireCluster } from '../parts/pool.ts';

const namespace = 'argocd';
/** A tenth of what is usual, but for the lease itself, which has whole seconds. */
const quick = { leaseMs: 1_000, renewDeadlineMs: 700, retryMs: 200 };
/** What is taken sooner than this lease ends was not waited for. */
const longLease = { ...quick, leaseMs: 60_000 };
const dayMs = 24 * 60 * 60_000;

interface Replica {
  readonly election: LeaderElection;
  readonly changes: readonly boolean[];
  readonly errors: readonly PluginError[];
  readonly stop: () => Promise<void>;
}

describe('cluster/serve/lease', () => {
  let cluster: Cluster;
  let kubeconfig: string;
  let proxy: FaultProxy;
  let isCut: boolean;
  let name: string;
  let replicas: Replica[];

  before(async function () {
    const available = missingTools(clusterTools).length === 0;
    if (!realPart('kube-apiserver', available, 'node test/tools/build.ts')) this.skip();
    cluster = await acquireCluster();
    await cluster.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }]);
    kubeconfig = await cluster.kubeconfig();
    proxy = await startFaultProxy(cluster, () => (isCut ? { kind: 'hang', afterBytes: 0 } : null));
  });

  after(async () => {
    // Unset when the suite was skipped.
    await (proxy as FaultProxy | undefined)?.stop();
    await (cluster as Cluster | undefined)?.stop();
  });

  let count = 0;
  beforeEach(() => {
    isCut = false;
    replicas = [];
    name = `serve-${count++}`;
  });

  afterEach(async () => {
    isCut = false;
    await Promise.all(replicas.map(({ stop }) => stop()));
  });

  function start(identity: string, options: Partial<LeaderElectionOptions> = quick, config = kubeconfig): Replica {
    const end = new AbortController();
    const connection = connectByKubeconfig([config]);
    const changes: boolean[] = [];
    const errors: PluginError[] = [];
    const election = new LeaderElection({
      connection,
      namespace,
      name,
      identity,
      signal: end.signal,
      onChange: (isLeader) => void changes.push(isLeader),
      onError: (error) => void errors.push(error),
      ...options,
    });
    const done = election.run();
    const stop = async (): Promise<void> => {
      end.abort();
      await done;
      connection.close();
    };
    const replica = { election, changes, errors, stop };
    replicas.push(replica);
    return replica;
  }

  async function stored(): Promise<KubeObject & { readonly spec: Readonly<Record<string, unknown>> }> {
    const answer = await cluster.request('GET', `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/${name}`);
    return answer.body as Awaited<ReturnType<typeof stored>>;
  }

  /** As another replica wrote it, by a clock of its own. */
  async function heldBy(holderIdentity: string, renewTime: Date, leaseDurationSeconds = 1): Promise<void> {
    const times = { acquireTime: microTime(renewTime), renewTime: microTime(renewTime) };
    const spec = { holderIdentity, leaseDurationSeconds, leaseTransitions: 4, ...times };
    const metadata = { namespace, name, labels: { kept: 'yes' } };
    await cluster.apply([{ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec }]);
  }

  it('is held by one replica, and passes to another at once when that one ends', async () => {
    const first = start('first', longLease);
    await until('a leader', () => first.election.isLeader());
    const second = start('second', longLease);
    await until('the other is seen', () => second.election.holder() === 'first');
    expect(second.election.isLeader()).to.equal(false);

    await first.stop();
    const released = await stored();
    await until('the next leader', () => second.election.isLeader());

    expect(['', 'second']).to.include(released.spec.holderIdentity);
    expect(first.changes).to.deep.equal([true, false]);
    expect(second.changes).to.deep.equal([true]);
    expect((await stored()).spec).to.deep.include({ holderIdentity: 'second', leaseTransitions: 1 });
  });

  it('is kept by renewal', async () => {
    const first = start('first');
    const second = start('second');
    await until('a leader', () => first.election.isLeader() || second.election.isLeader());
    const [leader, other] = first.election.isLeader() ? [first, second] : [second, first];
    const before = (await stored()).metadata.resourceVersion;

    await delay(3 * quick.leaseMs);

    expect(leader.changes).to.deep.equal([true]);
    expect(other.changes).to.deep.equal([]);
    expect((await stored()).metadata.resourceVersion).to.not.equal(before);
  });

  it('is given up by a leader that cannot renew it, before another replica takes it', async () => {
    const first = start('first', quick, await cluster.kubeconfig({ server: proxy.url }));
    await until('a leader', () => first.election.isLeader());
    const second = start('second');
    await until('the other is seen', () => second.election.holder() === 'first');
    const both: boolean[] = [];

    isCut = true;
    await until('the next leader', () => {
      both.push(first.election.isLeader() && second.election.isLeader());
      return second.election.isLeader();
    });

    expect(both).to.not.include(true);
    await until('the loss is told', () => first.changes.length === 2);
    expect(first.errors[0]).to.have.property('code', 'CLUSTER_UNREACHABLE');
    isCut = false;
    await until('the first sees it', () => first.election.holder() === 'second');
    expect(first.election.isLeader()).to.equal(false);
  });

  it('is taken over with the default timing when the leader is cut off', async () => {
    const first = start('first', {}, await cluster.kubeconfig({ server: proxy.url }));
    await until('a leader', () => first.election.isLeader());
    const second = start('second', {});
    await until('the other is seen', () => second.election.holder() === 'first');

    isCut = true;
    const from = performance.now();
    await until('the next leader', () => second.election.isLeader());

    expect(performance.now() - from).to.be.at.least(5_000);
    expect(first.election.isLeader()).to.equal(false);
  });

  for (const [title, offset] of [
    ['a day ahead', dayMs],
    ['a day behind', -dayMs],
  ] as const) {
    it(`is taken over only after its full duration from a replica whose clock is ${title}`, async () => {
      await heldBy('skewed', new Date(Date.now() + offset));
      const from = performance.now();
      const first = start('first');

      await until('the next leader', () => first.election.isLeader());

      expect(performance.now() - from).to.be.at.least(quick.leaseMs);
      expect((await stored()).spec).to.deep.include({ holderIdentity: 'first', leaseTransitions: 5 });
      expect((await stored()).metadata.labels).to.deep.equal({ kept: 'yes' });
    });
  }

  it('is taken again at once by a replica that returns under the same name', async () => {
    await heldBy('first', new Date(), 60);
    const first = start('first', longLease);

    await until('the leader', () => first.election.isLeader());

    expect((await stored()).spec).to.include({ leaseTransitions: 4 });
  });

  it('is kept by its leader when it is edited or deleted', async () => {
    const first = start('first');
    await until('a leader', () => first.election.isLeader());
    const path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/${name}`;

    await cluster.request(
      'PATCH',
      path,
      { metadata: { labels: { edited: 'yes' } } },
      { contentType: 'application/merge-patch+json' },
    );
    await delay(quick.leaseMs);
    await cluster.request('DELETE', path);
    await delay(quick.leaseMs);

    expect(first.changes).to.deep.equal([true]);
    expect((await stored()).spec).to.include({ holderIdentity: 'first' });
  });

  it('never has two leaders, however replicas come and go', async () => {
    let leaders = 0;
    let most = 0;
    const onChange = (leading: boolean): void => {
      leaders += leading ? 1 : -1;
      most = Math.max(most, leaders);
    };
    let living = [0, 1, 2].map((index) => start(`replica-${index}`, { ...quick, onChange }));

    for (let round = 3; round < 9; round += 1) {
      await until('a leader', () => living.some(({ election }) => election.isLeader()));
      const leader = living.find(({ election }) => election.isLeader())!;
      await leader.stop();
      living = [...living.filter((one) => one !== leader), start(`replica-${round}`, { ...quick, onChange })];
    }

    expect(most).to.equal(1);
  });

  it('reports the missing RBAC rule, and is acquired once it is granted', async () => {
    await cluster.apply([{ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace, name: 'serve' } }]);
    const token = await cluster.serviceAccountToken(namespace, 'serve');
    const first = start('first', quick, await cluster.kubeconfig({ token }));
    await until('a refusal', () => first.errors.length > 0);
    expect(first.errors[0]!.hint).to.equal(
      `add to a Role in namespace argocd of the program's service account: {apiGroups: ["coordination.k8s.io"], resources: ["leases"], resourceNames: ["${name}"], verbs: ["get"]}`,
    );

    const rule = { apiGroups: ['coordination.k8s.io'], resources: ['leases'] };
    const apiVersion = 'rbac.authorization.k8s.io/v1';
    await cluster.apply([
      {
        apiVersion,
        kind: 'Role',
        metadata: { namespace, name: 'serve' },
        rules: [
          { ...rule, verbs: ['create'] },
          { ...rule, resourceNames: [name], verbs: ['get', 'update'] },
        ],
      },
      {
        apiVersion,
        kind: 'RoleBinding',
        metadata: { namespace, name: 'serve' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'serve' },
        subjects: [{ kind: 'ServiceAccount', namespace, name: 'serve' }],
      },
    ]);

    await until('the leader', () => first.election.isLeader());
  });

  it('reports that its namespace does not exist', async () => {
    const first = start('first', { ...quick, namespace: 'nowhere' });

    await until('the error', () => first.errors.length > 0);

    expect(first.errors[0]!.message).to.equal(
      'create leases in namespace nowhere failed: the API server answered 404: namespaces "nowhere" not found',
    );
  });
});

function microTime(time: Date): string {
  return time.toISOString().replace('Z', '000Z');
}
