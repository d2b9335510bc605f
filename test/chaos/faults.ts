import { closeSync, openSync } from 'node:fs';
import { writeFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Fault as Response } from '../cluster/faults/faults.ts';
import type { KubeObject } from '../cluster/parts/objects.ts';
import { endpointSlice, service } from '../cluster/support/backends.ts';
import type { Random } from './random.ts';
import { clockShift } from './stage.ts';
import type { Replica, Stage } from './stage.ts';

/** What a fault comes to. */
export interface Outcome {
  /** Milliseconds until the ConfigMap was right; `null` if it was not within the bar. */
  readonly rightMs: number | null;
  /** Actions that a fault may cost beyond those of its changes: a replica that starts anew knows nothing of the last one. */
  readonly repeats?: number;
  /** What else went wrong. */
  readonly problem?: string;
}

export interface FaultCase {
  readonly name: string;
  /** What is done, for the table. */
  readonly about: string;
  /** From when `right` counts, for the table. */
  readonly from: string;
  readonly barSeconds: number;
  readonly run: (stage: Stage, random: Random, barMs: number) => Promise<Outcome>;
}

const awayMs = 10_000;
/** Two requests for each change, as often as an Application may be asked for in the long run. */
const everyMs = 6_000;
const dayMs = 24 * 60 * 60_000;

const faults: readonly FaultCase[] = [
  {
    name: 'api-server',
    about: 'API server killed, away for 10 s, started again; then a backend changes',
    from: 'the API server is ready',
    barSeconds: 10,
    run: (stage, _random, barMs) => away(stage, barMs, stage.cluster.stopApiServer, stage.cluster.startApiServer),
  },
  {
    name: 'etcd',
    about: 'etcd killed, away for 10 s, started again; then a backend changes',
    from: 'etcd is ready',
    barSeconds: 15,
    run: (stage, _random, barMs) => away(stage, barMs, stage.cluster.stopEtcd, stage.cluster.startEtcd),
  },
  {
    name: 'cuts',
    about: 'every connection cut each second; meanwhile a backend changes',
    from: 'the change',
    barSeconds: 15,
    run: async (stage, _random, barMs) => {
      const { network } = await startSynced(stage);
      const cutting = setInterval(network.cut, 1_000);
      try {
        await delay(3_500);
        return await changed(stage, barMs);
      } finally {
        clearInterval(cutting);
      }
    },
  },
  throttled('throttled', 'with Retry-After: 1', { 'retry-after': '1' }),
  throttled('throttled-silently', 'without Retry-After', {}),
  {
    name: 'throttled-start',
    about:
      'serve starts while 80 % of all requests are answered with 429 and Retry-After: 1, and a backend has changed',
    from: 'the start',
    barSeconds: 120,
    run: async (stage, random, barMs) => {
      await stage.change();
      await stage.start({ rule: () => (random() < 0.8 ? tooMany({ 'retry-after': '1' }) : null) });
      return { rightMs: await stage.untilRight(barMs) };
    },
  },
  {
    name: 'clock',
    about:
      'one replica a day ahead, one a day behind; the Lease and an EndpointSlice dated a year ahead; a backend changes',
    from: 'the change',
    barSeconds: 15,
    run: async (stage, _random, barMs) => {
      await stage.cluster.apply([futureLease(), futureSlice()]);
      for (const shift of [dayMs, -dayMs]) await stage.start({ env: await clockShift(stage, shift) });
      await stage.leader();
      return changed(stage, barMs);
    },
  },
  {
    name: 'leader-stopped',
    about: 'the leader of two stopped for 15 s (SIGSTOP), then continued; meanwhile a backend changes',
    from: 'the change',
    barSeconds: 15,
    run: (stage, _random, barMs) =>
      withoutLeader(
        stage,
        barMs,
        ({ serve }) => process.kill(serve.pid, 'SIGSTOP'),
        ({ serve }) => process.kill(serve.pid, 'SIGCONT'),
      ),
  },
  {
    name: 'leader-partitioned',
    about: 'the network of the leader of two takes no byte for 15 s; meanwhile a backend changes',
    from: 'the change',
    barSeconds: 15,
    run: (stage, _random, barMs) =>
      withoutLeader(
        stage,
        barMs,
        ({ network }) => {
          network.part();
        },
        ({ network }) => {
          network.heal();
        },
      ),
  },
  {
    name: 'token',
    about: 'the token of serve revoked and its file deleted, a new one there after 10 s; then a backend changes',
    from: 'the new token',
    barSeconds: 10,
    run: async (stage, _random, barMs) => {
      const tokenFile = join(stage.cluster.folder, `token-${performance.now()}`);
      await writeFile(tokenFile, await accountToken(stage));
      const { network } = await startSynced(stage, { user: { tokenFile } });
      await stage.cluster.request('DELETE', '/api/v1/namespaces/argocd/serviceaccounts/chaos');
      await rm(tokenFile);
      network.cut();
      await delay(awayMs);
      await writeFile(tokenFile, await accountToken(stage));
      return changed(stage, barMs);
    },
  },
  {
    name: 'kills',
    about:
      'one of two replicas killed (SIGKILL) at a random time, ten times, and started again; each time a backend changes',
    from: 'the last kill',
    barSeconds: 20,
    run: async (stage, random, barMs) => {
      for (let replica = 0; replica < 2; replica += 1) await stage.start();
      await stage.leader();
      const kills = 10;
      for (let kill = 0; kill < kills; kill += 1) {
        await stage.change();
        await delay(random() * 2_000);
        await stage.stop(stage.replicas[random() < 0.5 ? 0 : 1]!, 'SIGKILL');
        await stage.start();
      }
      return { rightMs: await stage.untilRight(barMs), repeats: kills };
    },
  },
  {
    name: 'churn',
    about: '1,000 writes of Services and EndpointSlices as fast as they go, every tenth of the backend itself',
    from: 'the last write',
    barSeconds: 10,
    run: async (stage, _random, barMs) => {
      await startSynced(stage);
      for (let write = 0; write < 1_000; write += 10) {
        const others = Array.from({ length: 9 }, (_, index) => service('backends', `other-${index}`, 20_000 + write));
        await Promise.all([stage.change(), stage.cluster.apply(others)]);
      }
      return { rightMs: await stage.untilRight(barMs) };
    },
  },
  {
    name: 'full-disk',
    about: 'the disk that the log goes to is full from the start (/dev/full); a backend changes',
    from: 'the change',
    barSeconds: 10,
    run: async (stage, _random, barMs) => {
      const full = openSync('/dev/full', 'w');
      try {
        const replica = await stage.start({ stdout: full });
        await stage.untilListening(replica);
        return await changed(stage, barMs);
      } finally {
        closeSync(full);
      }
    },
  },
];

/** Every fault, and at the end a soak of so many minutes. */
export function faultCases(soakMinutes: number): readonly FaultCase[] {
  return [...faults, soak(soakMinutes)];
}

/** Changes every few seconds for some minutes. */
function soak(minutes: number): FaultCase {
  return {
    name: 'soak',
    about: `no fault: a backend changes every 6 s, for ${minutes} min`,
    from: 'the change, the slowest one',
    barSeconds: 10,
    run: async (stage, _random, barMs) => {
      const { serve } = await startSynced(stage);
      const end = performance.now() + minutes * 60_000;
      let slowestMs = 0;
      while (performance.now() < end) {
        const { rightMs } = await changed(stage, barMs);
        if (rightMs === null) return { rightMs };
        slowestMs = Math.max(slowestMs, rightMs);
        await delay(Math.max(0, everyMs - rightMs));
      }
      const errors = serve.events.filter(({ level }) => level === 'error').length;
      return { rightMs: slowestMs, ...(errors > 0 ? { problem: `${errors} errors in the log` } : {}) };
    },
  };
}

function throttled(name: string, title: string, headers: Readonly<Record<string, string>>): FaultCase {
  return {
    name,
    about: `80 % of all requests answered with 429 ${title}; meanwhile a backend changes`,
    from: 'the change',
    barSeconds: 60,
    run: async (stage, random, barMs) => {
      let isThrottled = false;
      await startSynced(stage, { rule: () => (isThrottled && random() < 0.8 ? tooMany(headers) : null) });
      isThrottled = true;
      return changed(stage, barMs);
    },
  };
}

function tooMany(headers: Readonly<Record<string, string>>): Response {
  return { kind: 'status', status: 429, headers };
}

async function startSynced(stage: Stage, options: Parameters<Stage['start']>[0] = {}): Promise<Replica> {
  const replica = await stage.start(options);
  await replica.serve.until('leader-elected');
  return replica;
}

/** A part of the cluster is killed under a running serve, and started again after a while. */
async function away(
  stage: Stage,
  barMs: number,
  stop: () => Promise<void>,
  start: () => Promise<void>,
): Promise<Outcome> {
  await startSynced(stage);
  await stop();
  await delay(awayMs);
  await start();
  return changed(stage, barMs);
}

async function changed(stage: Stage, barMs: number): Promise<Outcome> {
  const from = performance.now();
  await stage.change();
  const right = await stage.untilRight(barMs);
  return { rightMs: right === null ? null : performance.now() - from };
}

/** The other replica takes over while the leader is out, and both together act no more than one would. */
async function withoutLeader(
  stage: Stage,
  barMs: number,
  begin: (leader: Replica) => void,
  end: (leader: Replica) => void,
): Promise<Outcome> {
  for (let replica = 0; replica < 2; replica += 1) {
    const { serve } = await stage.start();
    await serve.until('synced', {}, 0);
  }
  const leader = await stage.leader();
  begin(leader);
  const from = performance.now();
  try {
    const outcome = await changed(stage, barMs);
    await delay(Math.max(0, 15_000 - (performance.now() - from)));
    return outcome;
  } finally {
    end(leader);
    // What it had in mind when it was stopped, it would do now.
    await delay(3_000);
  }
}

/** A token of a service account that may do everything, new each time: the account is created again. */
async function accountToken({ cluster }: Stage): Promise<string> {
  const account = { namespace: 'argocd', name: 'chaos' };
  await cluster.apply([
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: account },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'chaos' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'ServiceAccount', ...account }],
    },
  ]);
  return cluster.serviceAccountToken(account.namespace, account.name);
}

function futureLease(): KubeObject {
  const at = new Date(Date.now() + 365 * dayMs).toISOString().replace('Z', '000Z');
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { namespace: 'argocd', name: 'chaos' },
    spec: { holderIdentity: 'gone', leaseDurationSeconds: 5, leaseTransitions: 1, acquireTime: at, renewTime: at },
  };
}

function futureSlice(): KubeObject {
  return endpointSlice('backends', 'prometheus', { ready: 1, changed: new Date(Date.now() + 365 * dayMs) });
}
