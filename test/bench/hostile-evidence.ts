import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { markdownTable } from '../../docs/markdown.ts';
import { maxObjectBytes } from '../../plugin/cluster/http/evidence.ts';
import type { KubeObject } from '../cluster/parts/objects.ts';
import { toolsetYaml } from '../cluster/support/program.ts';
import { answerOnLoopback } from '../support/loopback.ts';
import type { Listening } from '../support/loopback.ts';
import { service, slice } from '../support/objects.ts';
import { measureEnding } from './measure.ts';
import { kubeconfigOf, outputOf } from './probes.ts';
import { describeMachine, heldOrMissed } from './report.ts';
import { commandOf } from '../support/built-program.ts';

/** What one cluster whose custom resources and Pods are hostile costs `generate`. */
export interface HostileEvidenceResult {
  readonly title: string;
  readonly requests: number;
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly peakMB: number;
  readonly barMs: number;
  /** Whether the route prefix of a backend of another namespace is in the output. */
  readonly isRight: boolean;
  readonly before: string;
}

type Answer = (response: ServerResponse, object: EvidenceObject) => void;

interface EvidenceObject {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

interface Scenario extends Pick<HostileEvidenceResult, 'title' | 'before'> {
  /** `suspect`: nothing but its port and a part of its name says what it is. */
  readonly kind: 'operated' | 'labelled' | 'suspect';
  readonly answer: Answer;
  /** Backends of all five namespaces; 500 unless given. */
  readonly count?: number;
  /** 45 s unless given. */
  readonly deadlineS?: number;
}

const namespaces = 5;
/** What an API server takes of one object. */
const objectBytes = 1_500_000;
/** For all evidence, and what everything else of the run may take. */
const barMs = 6_000 + 2_000;
const bars = { peakMB: 300, cpuMs: 10_000 };

function repeated(item: string, bytes: number): string {
  return Array.from({ length: Math.floor(bytes / (item.length + 1)) }, () => item).join();
}

const lists = repeated('[]', objectBytes);
const container = '{"name":"c","image":"prometheus","args":["--web.route-prefix=/a"]}';

/** An object with this in its spec. */
function withSpec(spec: string): Answer {
  return (response, object) => {
    response.end(textOf(object, spec));
  };
}

function textOf({ kind, namespace, name }: EvidenceObject, spec: string): string {
  const apiVersion = kind === 'Pod' ? 'v1' : 'monitoring.coreos.com/v1';
  const metadata = { name, namespace, labels: { app: name.replace(/-0$/, '') }, uid: 'uid' };
  return `{"apiVersion":"${apiVersion}","kind":"${kind}","metadata":${JSON.stringify(metadata)},"spec":${spec}}`;
}

function withoutEnd(response: ServerResponse): void {
  const more = (): void => {
    while (!response.destroyed && response.write(`,${lists}`));
    if (!response.destroyed) response.once('drain', more);
  };
  response.write(`{"x":[${lists}`);
  more();
}

function noAnswer(): void {
  // The API server hangs.
}

const scenarios: readonly Scenario[] = [
  {
    title: '500 custom resources of 500,000 lists each',
    before: '7.6 s, 7.3 s, 319 MB',
    kind: 'operated',
    answer: withSpec(`{"x":[${lists}]}`),
  },
  {
    title: '500 custom resources of 255 KB of lists each',
    before: '6.8 s, 5.6 s, 195 MB',
    kind: 'operated',
    answer: withSpec(`{"x":[${repeated('[]', maxObjectBytes - 1_000)}]}`),
  },
  {
    title: '500 Pods of 22,000 containers each',
    before: '6.8 s, 4.8 s, 210 MB',
    kind: 'labelled',
    answer: withSpec(`{"containers":[${repeated(container, objectBytes)}]}`),
  },
  {
    title: '500 Pods with an argument of 1.5 MB each',
    before: '6.8 s, 2.9 s, 214 MB',
    kind: 'labelled',
    answer: withSpec(`{"containers":[{"image":"prometheus","args":["${'x'.repeat(objectBytes)}"]}]}`),
  },
  {
    title: '500 answers without an end',
    before: '6.9 s, 2.1 s, 193 MB',
    kind: 'operated',
    answer: withoutEnd,
  },
  { title: 'no answer about 500 backends', before: '6.6 s, 0.5 s, 91 MB', kind: 'operated', answer: noAnswer },
  {
    title: 'no answer about 1,000 suspects',
    before: '4.7 s, 0.4 s, 91 MB',
    kind: 'suspect',
    count: 1_000,
    answer: noAnswer,
  },
  {
    title: 'no answer about 500 backends, `--deadline 3s`',
    before: '',
    kind: 'operated',
    deadlineS: 3,
    answer: noAnswer,
  },
];

/** The whole process, with the settings' defaults but that health is readiness. */
export async function benchHostileEvidence(program: string): Promise<HostileEvidenceResult[]> {
  const folder = await mkdtemp(join(tmpdir(), 'dynamic-toolset-bench-'));
  try {
    const results: HostileEvidenceResult[] = [];
    for (const scenario of scenarios) results.push(await run(program, folder, scenario));
    return results;
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function run(program: string, folder: string, scenario: Scenario): Promise<HostileEvidenceResult> {
  const { title, before, answer, deadlineS } = scenario;
  let requests = 0;
  const server = await startServer(backendsOf(scenario), (response, object) => {
    requests += 1;
    if (object.namespace === 'zz-real') withSpec('{"routePrefix":"/real"}')(response, object);
    else answer(response, object);
  });
  try {
    const settings = toolsetYaml({ health: { check: 'readiness' } });
    await writeFile(join(folder, 'toolset.yaml'), JSON.stringify(settings));
    const kubeconfig = join(folder, 'kubeconfig');
    await writeFile(kubeconfig, kubeconfigOf(`http://127.0.0.1:${String(server.port)}`));
    const deadline = deadlineS === undefined ? [] : ['--deadline', `${String(deadlineS)}s`];
    const command = [...commandOf(program), 'generate', '--path', folder, '--kubeconfig', kubeconfig, ...deadline];
    const { wallMs, cpuMs, peakMB } = await measureEnding(command, 60);
    const asked = requests;
    const isRight = (await outputOf(command)).includes('.zz-real.svc.cluster.local:9090/real');
    const limitMs = deadlineS === undefined ? barMs : deadlineS * 1000 + 1000;
    return { title, before, requests: asked, wallMs, cpuMs, peakMB, barMs: limitMs, isRight };
  } finally {
    await server.stop();
  }
}

function backendsOf({ count = 500, kind }: Scenario): readonly KubeObject[] {
  const hostile = Array.from({ length: count }, (_, index) => {
    const name = `${kind === 'suspect' ? 'my-prometheus' : 'own'}-${String(index)}`;
    return backend(kind, `tenant-${String(index % namespaces)}`, name);
  });
  return [...hostile, backend('operated', 'zz-real', 'real')].flat();
}

function backend(kind: Scenario['kind'], namespace: string, name: string): KubeObject[] {
  const labels =
    kind === 'labelled' ? { 'app.kubernetes.io/name': 'prometheus', 'app.kubernetes.io/instance': name } : {};
  const one = service({ namespace, name, labels, ports: [{ name: 'web', port: 9090 }] });
  const owner = { apiVersion: 'monitoring.coreos.com/v1', kind: 'Prometheus', name, uid: 'uid' };
  const owned = kind === 'operated' ? { ...one, metadata: { ...one.metadata, ownerReferences: [owner] } } : one;
  const own = slice(owned) as KubeObject & { readonly endpoints: readonly object[] };
  const targetRef = { kind: 'Pod', namespace, name: `${name}-0` };
  return [owned, { ...own, endpoints: own.endpoints.map((endpoint) => ({ ...endpoint, targetRef })) }];
}

const kinds = new Map([
  ['services', { kind: 'Service', apiVersion: 'v1' }],
  ['namespaces', { kind: 'Namespace', apiVersion: 'v1' }],
  ['endpointslices', { kind: 'EndpointSlice', apiVersion: 'discovery.k8s.io/v1' }],
]);

/** An API server that lists these objects, has no ConfigMap, and answers so about custom resources and Pods. */
function startServer(objects: readonly KubeObject[], answer: Answer): Promise<Listening> {
  return answerOnLoopback(({ url = '' }, response) => {
    const parts = new URL(url, 'http://localhost').pathname.split('/');
    const [namespace = '', resource = '', name = ''] = parts.slice(-3);
    const listed = kinds.get(name);
    response.setHeader('content-type', 'application/json');
    if (resource === 'prometheuses') answer(response, { kind: 'Prometheus', namespace, name });
    else if (resource === 'pods') answer(response, { kind: 'Pod', namespace, name });
    else if (listed) {
      const items = objects.filter(({ kind }) => kind === listed.kind);
      const { kind, apiVersion } = listed;
      response.end(JSON.stringify({ kind: `${kind}List`, apiVersion, metadata: { resourceVersion: '1' }, items }));
    } else {
      response.statusCode = 404;
      response.end(JSON.stringify({ kind: 'Status', apiVersion: 'v1', reason: 'NotFound', code: 404 }));
    }
  });
}

export function renderHostileEvidence(results: readonly HostileEvidenceResult[]): string {
  const peakMB = Math.max(...results.map((one) => one.peakMB));
  const cpuMs = Math.max(...results.map((one) => one.cpuMs));
  return [
    `Measured on ${describeMachine()}.`,
    markdownTable(
      ['Custom resources and Pods', 'Asked', 'Wall time', 'Bar', 'CPU time', 'Peak memory', 'Before'],
      results.map((one) => [
        one.title,
        String(one.requests),
        seconds(one.wallMs),
        `≤ ${seconds(one.barMs)}: ${heldOrMissed(one.isRight && one.wallMs <= one.barMs)}`,
        seconds(one.cpuMs),
        `${one.peakMB.toFixed(0)} MB`,
        one.before,
      ]),
      'numbers',
    ),
    `Bars: peak memory ≤ ${String(bars.peakMB)} MB, ${heldOrMissed(peakMB <= bars.peakMB)} at ${peakMB.toFixed(0)} MB; CPU time ≤ ${seconds(bars.cpuMs)}, ${heldOrMissed(cpuMs <= bars.cpuMs)} at ${seconds(cpuMs)}; ${
      results.every(({ isRight }) => isRight)
        ? 'in each of them the route prefix of a backend of another namespace is read.'
        : '**in one of them the route prefix of a backend of another namespace is not read.**'
    }`,
  ].join('\n\n');
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
