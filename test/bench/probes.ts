import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { KubeObject } from '../cluster/parts/objects.ts';
import { answerOnLoopback } from '../support/loopback.ts';
import type { Listening } from '../support/loopback.ts';
import type { HungServers } from '../support/hung-servers.ts';
import { hungStages, prometheusAt, startHungServers } from '../support/hung-servers.ts';
import { measure } from './measure.ts';
import { commandOf } from '../support/built-program.ts';

/** One cluster with backends that hang, and what `generate` made of it. */
export interface ProbeResult {
  readonly title: string;
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly peakMB: number;
  /** Whether the backends that answer are in the output, and no other one. */
  readonly isRight: boolean;
  /** What it may take longer than a cluster in which all answer. */
  readonly barMs: number | null;
  /** What it took when each backend was asked three times for 5 s, 128 at once. */
  readonly beforeMs: number | null;
}

interface Scenario extends Pick<ProbeResult, 'title' | 'barMs' | 'beforeMs'> {
  readonly objects: readonly KubeObject[];
}

const oneMs = 1_500;
const manyMs = 10_000;

/** The whole process, with `--check http` and the settings' defaults. */
export async function benchProbes(program: string): Promise<ProbeResult[]> {
  const servers = await startHungServers();
  const large = await answerOnLoopback((_, response) => response.end('x'.repeat(64 * 1024)));
  const folder = await mkdtemp(join(tmpdir(), 'dynamic-toolset-bench-'));
  try {
    const results: ProbeResult[] = [];
    for (const scenario of scenariosOf(servers, large.port)) results.push(await run(program, folder, scenario));
    return results;
  } finally {
    await Promise.all([servers.stop(), large.stop()]);
    await rm(folder, { recursive: true });
  }
}

function scenariosOf({ answering, hung }: HungServers, large: number): readonly Scenario[] {
  const real = (namespace: string): readonly KubeObject[] => prometheusAt(answering, namespace, 'zz-real');
  const flood = (namespaces: number, each: number): readonly KubeObject[] =>
    Array.from({ length: namespaces * each }, (_, index) => {
      const namespace = `tenant-${String(index % namespaces)}`;
      return prometheusAt(hung[hungStages[index % hungStages.length] ?? 'accept'], namespace, `hung-${String(index)}`);
    }).flat();
  return [
    { title: 'all answer', barMs: null, beforeMs: null, objects: real('monitoring') },
    ...hungStages.map((stage) => ({
      title: `one hangs: ${stage}`,
      barMs: oneMs,
      beforeMs: 17_400,
      objects: [...real('monitoring'), ...prometheusAt(hung[stage], 'tenant', 'hung')],
    })),
    {
      title: 'one hangs that has 50 Services',
      barMs: oneMs,
      beforeMs: 43_300,
      objects: [
        ...real('monitoring'),
        ...Array.from({ length: 50 }, (_, index) =>
          prometheusAt(hung.accept, 'tenant', `hung-${String(index)}`, 'hung'),
        ).flat(),
      ],
    },
    {
      title: '500 of five namespaces hang; one of a sixth answers',
      barMs: manyMs,
      beforeMs: 43_600,
      objects: [...flood(5, 100), ...real('zz-sixth')],
    },
    {
      title: '495 of five namespaces hang; one of these answers',
      barMs: manyMs,
      beforeMs: 43_600,
      objects: [...flood(5, 99), ...real('tenant-4')],
    },
    {
      title: '5,000 of fifty namespaces hang; one of another answers',
      barMs: manyMs,
      beforeMs: 45_200,
      objects: [...flood(50, 100), ...real('zz-other')],
    },
    {
      title: '2,000 of twenty namespaces answer 64 KB of anything',
      barMs: manyMs,
      beforeMs: null,
      objects: [
        ...Array.from({ length: 2_000 }, (_, index) =>
          prometheusAt(large, `tenant-${String(index % 20)}`, `hung-${String(index)}`),
        ).flat(),
        ...real('zz-other'),
      ],
    },
  ];
}

async function run(program: string, folder: string, { objects, ...scenario }: Scenario): Promise<ProbeResult> {
  const api = await startListServer(objects);
  try {
    const path = await mkdtemp(join(folder, 'git-'));
    await writeFile(
      join(path, 'toolset.yaml'),
      'apiVersion: toolset.kubernaut.ai/v1alpha1\nkind: ToolsetConfig\nspec: {}\n',
    );
    const kubeconfig = join(path, 'kubeconfig');
    await writeFile(kubeconfig, kubeconfigOf(api.url));
    const command = [...commandOf(program), 'generate', '--path', path, '--kubeconfig', kubeconfig, '--check', 'http'];
    const { wallMs, cpuMs, peakMB } = await measure(command);
    const output = await outputOf(command);
    return { ...scenario, wallMs, cpuMs, peakMB, isRight: output.includes('zz-real') && !output.includes('hung-') };
  } finally {
    await api.stop();
  }
}

export async function outputOf([command = '', ...args]: readonly string[]): Promise<string> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const [output] = await Promise.all([text(child.stdout), once(child, 'close')]);
  return output;
}

export function kubeconfigOf(server: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'bench',
    contexts: [{ name: 'bench', context: { cluster: 'bench', user: 'bench' } }],
    clusters: [{ name: 'bench', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'bench', user: { token: 'none' } }],
  });
}

/** An API server that lists these objects and has no ConfigMap. */
async function startListServer(objects: readonly KubeObject[]): Promise<Listening & { readonly url: string }> {
  const lists: Readonly<Record<string, string>> = {
    services: 'Service',
    namespaces: 'Namespace',
    endpointslices: 'EndpointSlice',
  };
  const namespaces = [...new Set(objects.map(({ metadata }) => metadata.namespace ?? ''))];
  const all = [
    ...objects,
    ...namespaces.map((name): KubeObject => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
  ];
  const server = await answerOnLoopback(({ url = '' }, response) => {
    const { pathname, searchParams } = new URL(url, 'http://localhost');
    const kind = lists[pathname.split('/').at(-1) ?? ''];
    response.setHeader('content-type', 'application/json');
    if (kind === undefined) {
      response.statusCode = 404;
      response.end(JSON.stringify({ kind: 'Status', apiVersion: 'v1', reason: 'NotFound', code: 404 }));
      return;
    }
    const named = /\((.*)\)/.exec(searchParams.get('labelSelector') ?? '')?.[1]?.split(',');
    const items = all.filter(
      (one) =>
        one.kind === kind && (!named || named.includes(one.metadata.labels?.['kubernetes.io/service-name'] ?? '')),
    );
    const apiVersion = kind === 'EndpointSlice' ? 'discovery.k8s.io/v1' : 'v1';
    response.end(JSON.stringify({ kind: `${kind}List`, apiVersion, metadata: { resourceVersion: '1' }, items }));
  });
  return { ...server, url: `http://127.0.0.1:${String(server.port)}` };
}
