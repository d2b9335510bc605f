import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { customResourceDefinition } from '../cluster/parts/definitions.ts';
import type { Cluster } from '../cluster/parts/cluster.ts';
import { startCluster } from '../cluster/parts/cluster.ts';
import type { KubeObject } from '../cluster/parts/objects.ts';
import { endpointSlice, service } from '../cluster/support/backends.ts';
import { markdownTable } from '../../docs/markdown.ts';
import { gitFolder, toolsetYaml } from '../cluster/support/program.ts';
import type { Contender } from './compare.ts';
import type { Cost } from './measure.ts';
import { measure, median } from './measure.ts';
import { describeMachine, heldOrMissed } from './report.ts';
import { commandOf } from '../support/built-program.ts';

const backends = 10;
const maxRequests = 10;
const maxAddedMs = 100;
const group = 'monitoring.coreos.com';
const namespace = 'monitoring';

interface EvidenceCost {
  readonly title: string;
  /** Custom resources and Pods that one run reads. */
  readonly requests: number;
  readonly wallMs: number;
  readonly cpuMs: number;
  /** Median over the rounds of what it took longer than the run without evidence in the same round. */
  readonly addedMs: number;
}

/** `generate` against a real API server with ten backends, half of which a custom resource describes, half a Pod. */
export async function benchEvidence(program: string, rounds: number): Promise<readonly EvidenceCost[]> {
  const cluster = await startCluster();
  const folder = await mkdtemp(join(tmpdir(), 'dynamic-toolset-bench-'));
  try {
    await prepare(cluster);
    const contenders = await contendersFor(cluster, program, folder);
    const [off, on] = contenders as [Contender, Contender];
    const manifest = outputOf(on);
    if (manifest.split('/route-prefix').length <= backends) throw new Error(`a prefix is missing in\n${manifest}`);
    const first = await compare(cluster, off, on, 'first run', rounds);
    await cluster.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'holmesgpt' } }]);
    await cluster.kubectl(['apply', '--server-side', '-f', '-'], { input: manifest });
    return [...first, ...(await compare(cluster, off, on, 'with the ConfigMap applied', rounds)).slice(1)];
  } finally {
    await cluster.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function prepare(cluster: Cluster): Promise<void> {
  await cluster.apply([customResourceDefinition(`${group}/v1`, 'Prometheus', 'prometheuses')]);
  const objects = Array.from({ length: backends }, (_, index) =>
    backend(`prometheus-${String(index)}`, index % 2 === 0),
  );
  await cluster.apply([{ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace, name: 'default' } }]);
  await cluster.apply(objects.flat());
}

/** An hour old, so that what is remembered is younger. */
function backend(name: string, isOperated: boolean): KubeObject[] {
  const labels = { app: name };
  const one = service(namespace, name, 9090, 'prometheus');
  const resource = { apiVersion: `${group}/v1`, kind: 'Prometheus', metadata: { namespace, name } };
  const slice = endpointSlice(namespace, name, { ready: 1, changed: new Date(Date.now() - 3_600_000) });
  const container = {
    name: 'prometheus',
    image: 'quay.io/prometheus/prometheus:v3.4.0',
    args: ['--web.route-prefix=/route-prefix'],
    ports: [{ containerPort: 9090 }],
  };
  const pod = `${name}-0`;
  const operator = { 'operator.prometheus.io/name': name };
  const selector = { ...labels, ...(isOperated ? operator : {}) };
  return [
    { ...one, spec: { ...(one.spec as object), selector } },
    {
      ...slice,
      endpoints: [
        { addresses: ['192.0.2.1'], conditions: { ready: true }, targetRef: { kind: 'Pod', namespace, name: pod } },
      ],
    },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { namespace, name: pod, labels: selector },
      spec: { containers: [container] },
    },
    ...(isOperated ? [{ ...resource, spec: { routePrefix: '/route-prefix' } }] : []),
  ];
}

async function contendersFor(cluster: Cluster, program: string, folder: string): Promise<Contender[]> {
  const kubeconfig = await cluster.kubeconfig();
  const environment = { NODE_COMPILE_CACHE: join(folder, 'compile-cache') };
  const all: Contender[] = [];
  for (const evidence of ['off', 'auto'] as const) {
    const spec = { health: { check: 'readiness' }, discovery: { evidence } };
    const path = await gitFolder(folder, { 'toolset.yaml': toolsetYaml(spec) });
    const command = [...commandOf(program), 'generate', '--path', path, '--kubeconfig', kubeconfig];
    const contender = { name: evidence, command, environment };
    outputOf(contender);
    all.push(contender);
  }
  return all;
}

function outputOf({ command: [program = '', ...args], environment }: Contender): string {
  return execFileSync(program, args, { encoding: 'utf8', env: { ...process.env, ...environment } });
}

/** Both in turns, so that whatever else the machine does meets both. */
async function compare(
  cluster: Cluster,
  off: Contender,
  on: Contender,
  title: string,
  rounds: number,
): Promise<readonly EvidenceCost[]> {
  const before = (await cluster.auditEvents()).length;
  const pairs: (readonly [Cost, Cost])[] = [];
  for (let round = 0; round < rounds; round += 1) {
    pairs.push([await measure(off.command, off.environment), await measure(on.command, on.environment)] as const);
  }
  const read = (await cluster.auditEvents())
    .slice(before)
    .filter(({ objectRef: { apiGroup = '', resource = '' } = {} }) => apiGroup === group || resource === 'pods');
  const cost = (index: 0 | 1): Pick<EvidenceCost, 'wallMs' | 'cpuMs' | 'addedMs'> => ({
    wallMs: median(pairs.map((pair) => pair[index].wallMs)),
    cpuMs: median(pairs.map((pair) => pair[index].cpuMs)),
    addedMs: median(pairs.map((pair) => pair[index].wallMs - pair[0].wallMs)),
  });
  return [
    { title: 'evidence: off', requests: 0, ...cost(0) },
    { title, requests: read.length / rounds, ...cost(1) },
  ];
}

export function renderEvidence(costs: readonly EvidenceCost[]): string {
  return [
    `Measured on ${describeMachine()}.`,
    markdownTable(
      ['`generate` with ten backends', 'Objects read', 'Wall time', 'CPU time', 'Added', 'Bar'],
      costs.map(({ title, requests, wallMs, cpuMs, addedMs }, index) => [
        title,
        String(requests),
        ms(wallMs),
        ms(cpuMs),
        index === 0 ? '' : ms(addedMs),
        index === 0
          ? ''
          : `≤ ${String(maxRequests)} objects, ${ms(maxAddedMs)}: ${heldOrMissed(requests <= maxRequests && addedMs <= maxAddedMs)}`,
      ]),
      'numbers',
    ),
  ].join('\n\n');
}

function ms(value: number): string {
  return `${value.toFixed(0)} ms`;
}

/** As the operator's own, without a schema. */
