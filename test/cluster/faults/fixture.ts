import type { ErrorCode } from '../../../plugin/lib/codes.ts';
import { run } from '../../../plugin/commands/run.ts';
import { stderrLog } from '../../../plugin/lib/messages/log.ts';
import { endpointSlice, service } from '../support/backends.ts';
import type { Cluster } from '../parts/cluster.ts';
import { startFaultProxy } from './fault-proxy.ts';
import type { Fault, ProxiedRequest } from './faults.ts';
import { gitFolder, toolsetYaml } from '../support/program.ts';
import type { Failure } from '../support/program.ts';

/** What a run came to: the output, or the code of the error. Both, or neither, is what must never be. */
export interface Outcome {
  readonly exit: number;
  readonly stdout: string;
  readonly code: string | null;
}

/** A request of a normal run, whatever order they come in: its path, and whether it asks for a further page. */
export interface Step {
  readonly path: string;
  readonly next: boolean;
  readonly bytes: number;
}

export interface Faulty {
  /** A run in which the fault meets the first `times` requests of one step. */
  readonly runWith: (step: Step | null, fault: Fault, times: number) => Promise<Outcome>;
  /** The requests of a run without faults. */
  readonly steps: () => Promise<readonly Step[]>;
  readonly stop: () => Promise<void>;
}

const memory = { 'kubernaut.io/toolset-sources': 'grafana/dashboards:\n  team/grafana http://grafana' };

/**
 * Prometheus is ready; Grafana is not, and stays because the live ConfigMap remembers it; both are in a namespace that
 * its label admits. So each of the four answers decides what is printed: none can be lost unnoticed.
 */
export async function seedFaultFixture(cluster: Cluster): Promise<string> {
  const name = 'custom-toolsets-configmap';
  await cluster.apply([
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team' } },
    service('team', 'prometheus', 9090),
    service('team', 'grafana', 3000),
    endpointSlice('team', 'prometheus', { ready: 1 }),
    endpointSlice('team', 'grafana', { notReady: 1 }),
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: 'holmesgpt', name, annotations: memory }, data: {} },
  ]);
  const selector = { matchLabels: { 'kubernetes.io/metadata.name': 'team' } };
  return gitFolder(cluster.folder, { 'toolset.yaml': toolsetYaml({ discovery: { namespaces: { selector } } }) });
}

/** The pipeline in this process, behind a proxy of its own: thousands of runs, where a process each would take hours. */
export async function startFaulty(cluster: Cluster, folder: string, check = 'readiness'): Promise<Faulty> {
  let decide: (url: string) => Fault | null = () => null;
  const proxy = await startFaultProxy(cluster, ({ url }) => decide(url));
  const kubeconfig = await cluster.kubeconfig({ server: proxy.url });
  const args = ['generate', '--path', folder, '--check', check, '--kubeconfig', kubeconfig];
  return {
    runWith: (step, fault, times) => {
      let left = times;
      decide = (url) => (step && isStep(url, step) && left-- > 0 ? fault : null);
      return generate([...args, '--deadline', fault.kind === 'hang' ? '1s' : '20s']);
    },
    steps: async () => {
      const before = proxy.requests.length;
      decide = () => null;
      await generate(args);
      return proxy.requests.slice(before).map(stepOf);
    },
    stop: proxy.stop,
  };
}

/** Runs every task, some at a time, each behind a proxy that is not used by another meanwhile. */
export async function withFaulty<Task>(
  proxies: readonly Faulty[],
  tasks: readonly Task[],
  use: (faulty: Faulty, task: Task) => Promise<void>,
): Promise<void> {
  const rest = tasks.values();
  await Promise.all(
    proxies.map(async (faulty) => {
      for (const task of rest) await use(faulty, task);
    }),
  );
}

/** How the first so many requests of a step are answered, and what must come of it. */
export interface FaultCase {
  readonly title: string;
  readonly fault: (bytes: number) => Fault;
  readonly once: ErrorCode | 'heals';
  readonly always: ErrorCode | 'heals';
}

export function failsAs(code: ErrorCode): Pick<FaultCase, 'once' | 'always'> {
  return { once: code, always: code };
}

async function generate(args: readonly string[]): Promise<Outcome> {
  const printed: string[] = [];
  const said: string[] = [];
  const stdout = (text: string): Promise<void> => Promise.resolve(void printed.push(text));
  const log = stderrLog((text) => void said.push(text), false);
  const exit = await run(args, '0.0.0', { stdout, log, environment: {} });
  const failures = said.map((line) => JSON.parse(line) as Failure);
  return { exit, stdout: printed.join(''), code: failures[0]?.code ?? null };
}

function stepOf({ url, bodyBytes }: ProxiedRequest): Step {
  const { pathname, searchParams } = new URL(url, 'https://localhost');
  return { path: pathname, next: searchParams.has('continue'), bytes: bodyBytes };
}

function isStep(url: string, step: Step): boolean {
  const { path, next } = stepOf({ method: 'GET', url, status: 0, bodyBytes: 0 });
  return path === step.path && next === step.next;
}
