import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parse } from 'yaml';
import { applicationDefinition, projectDefinition } from '../cluster/parts/definitions.ts';
import { startCluster } from '../cluster/parts/cluster.ts';
import type { Cluster } from '../cluster/parts/cluster.ts';
import { applicationOf } from '../cluster/parts/objects.ts';
import type { KubeObject } from '../cluster/parts/objects.ts';
import { startFaultProxy } from '../cluster/faults/fault-proxy.ts';
import type { FaultProxy, FaultRule } from '../cluster/faults/fault-proxy.ts';
import { endpointSlice, service } from '../cluster/support/backends.ts';
import { buildProgram, gitFolder, outputOf, toolsetYaml } from '../cluster/support/program.ts';
import type { Program } from '../cluster/support/program.ts';
import { spawnServe } from '../e2e/support/serve.ts';
import type { Serve } from '../e2e/support/serve.ts';
import { until } from '../support/until.ts';
import { StandIn } from './argo-cd-stand-in.ts';
import type { ArgoCdStandIn } from './argo-cd-stand-in.ts';
import { startTcpProxy } from './tcp-proxy.ts';
import type { TcpProxy } from './tcp-proxy.ts';

const configMapPath = '/api/v1/namespaces/holmesgpt/configmaps/custom-toolsets-configmap';
const pollMs = 20;
const memoryMs = 250;
const firstPort = 10_000;

/** One `serve`, behind proxies of its own. */
export interface Replica {
  readonly serve: Omit<Serve, 'url'>;
  readonly network: TcpProxy;
  /** Answers in place of the API server where the rule says so, and counts. */
  readonly http: FaultProxy;
}

export interface ReplicaOptions {
  readonly rule?: FaultRule;
  /** Credentials other than the administrator's token. */
  readonly user?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  /** An open file that the log goes to. Nothing is known of its events then. */
  readonly stdout?: number;
}

/** A real API server and etcd, an Application with its ConfigMap, and the stand-in for Argo CD. */
export class Stage {
  readonly cluster: Cluster;
  readonly standIn: ArgoCdStandIn;
  readonly #program: Program;
  readonly #replicas: Replica[] = [];
  readonly #ended: Replica[] = [];
  #port = firstPort;
  #changes = 0;
  #peakMB = 0;

  constructor(cluster: Cluster, program: Program, standIn: ArgoCdStandIn) {
    this.cluster = cluster;
    this.#program = program;
    this.standIn = standIn;
  }

  /** Changes of the cluster since `begin` that the ConfigMap has to follow. */
  get changes(): number {
    return this.#changes;
  }

  /** Requests of all replicas since `begin`, also of those that ended. */
  get requests(): number {
    return this.#all().reduce((sum, { http }) => sum + http.requests.length, 0);
  }

  /** Patches of Applications that the API server accepted: refreshes and syncs. */
  get actions(): number {
    const isAction = ({ method, url, status }: FaultProxy['requests'][number]): boolean =>
      method === 'PATCH' && url.includes('/applications/') && status === 200;
    return this.#all().reduce((sum, { http }) => sum + http.requests.filter(isAction).length, 0);
  }

  /** Peak resident memory of any replica since `begin`. */
  get peakMB(): number {
    return this.#peakMB;
  }

  get replicas(): readonly Replica[] {
    return this.#replicas;
  }

  /** Counts anew. */
  begin(): void {
    this.#ended.length = 0;
    this.#changes = 0;
    this.#peakMB = 0;
  }

  async start({ rule = () => null, user, env = {}, stdout }: ReplicaOptions = {}): Promise<Replica> {
    const http = await startFaultProxy(this.cluster, rule);
    const network = await startTcpProxy(Number(new URL(http.url).port));
    const server = `https://127.0.0.1:${network.port}`;
    const kubeconfig = await this.cluster.kubeconfig({ server, ...(user ? { user } : {}) });
    const program: Program = {
      ...this.#program,
      start: (args, options) =>
        this.#program.start(args, { ...options, env, ...(stdout === undefined ? {} : { stdout }) }),
    };
    const serve = spawnServe(program, ['--kubeconfig', kubeconfig, '--lease', 'argocd/chaos']);
    const replica = { serve, network, http };
    this.#replicas.push(replica);
    void this.#watchMemory(replica);
    return replica;
  }

  async stop(replica: Replica, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    this.#replicas.splice(this.#replicas.indexOf(replica), 1);
    this.#ended.push(replica);
    await replica.serve.stop(signal);
    await replica.network.stop();
    await replica.http.stop();
  }

  async stopAll(): Promise<void> {
    for (const replica of [...this.#replicas]) await this.stop(replica);
  }

  /** The replica that has said last that it leads. */
  async leader(): Promise<Replica> {
    for (;;) {
      const leading = this.#replicas.find(
        ({ serve }) => serve.events.findLast(({ event }) => event.startsWith('leader-'))?.event === 'leader-elected',
      );
      if (leading) return leading;
      await delay(pollMs);
    }
  }

  /** Waits until a replica watches ConfigMaps, as its requests show. */
  async untilListening({ http }: Replica): Promise<void> {
    await until('a watch of ConfigMaps', () =>
      http.requests.some(({ url, status }) => url.includes('/configmaps?watch=true') && status === 200),
    );
  }

  /** A change that the ConfigMap has to follow: the backend is at another port. Repeated while the API server is away. */
  async change(): Promise<void> {
    this.#port += 1;
    this.#changes += 1;
    const { cluster } = this;
    for (;;) {
      const changed = await cluster
        .apply([service('backends', 'prometheus', this.#port)])
        .then(() => true)
        .catch(() => false);
      if (changed) return;
      await delay(pollMs);
    }
  }

  /** Milliseconds until the ConfigMap says what the cluster says; `null` if it did not by then. */
  async untilRight(deadlineMs: number): Promise<number | null> {
    const from = performance.now();
    while (performance.now() - from < deadlineMs) {
      const answer = await this.cluster.request('GET', configMapPath).catch(() => null);
      if (JSON.stringify(answer?.body ?? '').includes(`backends.svc.cluster.local:${this.#port}`))
        return performance.now() - from;
      await delay(pollMs);
    }
    return null;
  }

  async end(): Promise<void> {
    for (const replica of [...this.#replicas]) await this.stop(replica, 'SIGKILL');
    await this.standIn.stop();
    await this.cluster.stop();
  }

  #all(): readonly Replica[] {
    return [...this.#replicas, ...this.#ended];
  }

  async #watchMemory(replica: Replica): Promise<void> {
    while (this.#replicas.includes(replica)) {
      this.#peakMB = Math.max(this.#peakMB, rssOf(replica.serve.pid));
      await delay(memoryMs, undefined, { ref: false });
    }
  }
}

export async function openStage(): Promise<Stage> {
  const cluster = await startCluster();
  try {
    const program = await buildProgram(cluster.folder);
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'holmesgpt' } };
    await cluster.apply([
      applicationDefinition,
      projectDefinition,
      namespace,
      service('backends', 'prometheus', firstPort),
      endpointSlice('backends', 'prometheus', { ready: 1 }),
    ]);
    const folder = await gitFolder(cluster.folder, {
      'toolset.yaml': toolsetYaml({ health: { check: 'readiness' } }),
    });
    const kubeconfig = await cluster.kubeconfig();
    const manifest = parse(
      outputOf(await program.run(['generate', '--path', folder, '--kubeconfig', kubeconfig])),
    ) as KubeObject;
    await cluster.apply([manifest, applicationOf('chaos', manifest, { automated: { selfHeal: true } })]);
    return new Stage(cluster, program, new StandIn(cluster, program, { folder, kubeconfig }, 'chaos'));
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

/** A module that shifts the clock of a process: to be loaded before anything else. */
export async function clockShift(stage: Stage, ms: number): Promise<Readonly<Record<string, string>>> {
  const file = join(stage.cluster.folder, `clock-${ms}.cjs`);
  await writeFile(
    file,
    `const Real = Date;
globalThis.Date = class extends Real {
  constructor(...args) { super(...(args.length === 0 ? [Real.now() + ${ms}] : args)); }
  static now() { return Real.now() + ${ms}; }
};
`,
  );
  return { NODE_OPTIONS: `--require=${file}` };
}

/** Resident memory of a process now, in MiB; 0 once it has ended. */
function rssOf(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}
