import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cluster } from '../cluster/parts/cluster.ts';
import { startCluster } from '../cluster/parts/cluster.ts';
import { applyManifests, applyRbac, repoServer, untilRolesHold } from '../cluster/support/rbac.ts';
import { manifests } from '../cluster/manifests/manifests.ts';
import { inPod } from '../support/pod.ts';
import { toolPaths } from '../tools/build.ts';
import type { Contender, Result } from './compare.ts';
import { contest } from './compare.ts';
import { realisticServices } from './services.ts';
import { commandOf } from '../support/built-program.ts';

/** The whole process against one real API server that holds `services` Services. */
export interface GenerateResult {
  readonly services: number;
  readonly rounds: number;
  readonly results: readonly Result[];
}

/** What two targets cost is compared with one, both named by a file. */
export const oneTarget = 'generate, one target of a file';
export const twoTargets = 'generate, two targets of a file';

const peer = 'kubectl get svc -A -o json | jq';

/** One cluster that grows: each size is measured before the next Services are added. */
export async function benchGenerate(
  program: string,
  sizes: readonly number[],
  rounds: number,
): Promise<GenerateResult[]> {
  const cluster = await startCluster();
  const folder = mkdtempSync(join(tmpdir(), 'dynamic-toolset-bench-'));
  try {
    const contenders = await contendersFor(cluster, program, folder);
    const all: GenerateResult[] = [];
    let seeded = new Set<string>();
    for (const services of sizes.toSorted((a, b) => a - b)) {
      const wanted = realisticServices(services);
      const keyOf = ({ metadata }: (typeof wanted)[number]): string => `${metadata.namespace ?? ''}/${metadata.name}`;
      await cluster.seedServices(wanted.filter((service) => !seeded.has(keyOf(service))));
      seeded = new Set(wanted.map(keyOf));
      for (const one of contenders.filter(({ name }) => name.startsWith('generate'))) assertWorks(one);
      all.push({ services, rounds, results: await contest(contenders, peer, rounds) });
    }
    return all;
  } finally {
    await cluster.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** All by the service account of a Pod, as Argo CD's sidecar reads its own cluster. */
async function contendersFor(cluster: Cluster, program: string, folder: string): Promise<Contender[]> {
  await applyRbac(cluster, 'cluster');
  await grantSecondTarget(cluster);
  await cluster.apply([{ apiVersion: 'v1', kind: 'ServiceAccount', metadata: repoServer }]);
  const account = await cluster.serviceAccountFolder(repoServer.namespace, repoServer.name);
  const through = [...inPod, account];
  const path = join(folder, 'application');
  mkdirSync(path);
  const targetsPath = (...formats: readonly string[]): string => {
    const own = join(folder, formats.join('-'));
    mkdirSync(own);
    const targets = formats.map((format) => ({ format }));
    const head = { apiVersion: 'toolset.kubernaut.ai/v1alpha1', kind: 'ToolsetConfig' };
    writeFileSync(join(own, 'toolset.yaml'), JSON.stringify({ ...head, spec: { targets } }));
    return own;
  };
  const { hostname, port } = new URL(cluster.url);
  const environment = { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port, HOME: folder };
  const cached = { ...environment, NODE_COMPILE_CACHE: join(folder, 'compile-cache') };
  const withoutPath = [...commandOf(program), 'generate', '--check', 'none'];
  const generate = [...withoutPath, '--path', path];
  const pick =
    '.items[] | {namespace: .metadata.namespace, name: .metadata.name, labels: .metadata.labels, ports: .spec.ports}';
  const authorization = `Authorization: Bearer ${cluster.adminToken}`;
  const kubectl = toolPaths().kubectl;
  const contenders: readonly Contender[] = [
    { name: 'generate', command: generate, environment },
    { name: 'generate, compile cache filled', command: generate, environment: cached },
    { name: oneTarget, command: [...withoutPath, '--path', targetsPath('holmesgpt')], environment: cached },
    {
      name: twoTargets,
      command: [...withoutPath, '--path', targetsPath('holmesgpt', 'grafana-datasources')],
      environment: cached,
    },
    { name: peer, command: ['sh', '-c', `set -e; ${kubectl} get svc -A -o json | jq -c '${pick}'`], environment },
    {
      name: 'curl of the LIST',
      command: ['curl', '-sSf', '--cacert', cluster.caFile, '-H', authorization, `${cluster.url}/api/v1/services`],
    },
    { name: 'node -e 0', command: [process.execPath, '-e', '0'] },
  ];
  return contenders.map((contender) => ({ ...contender, through }));
}

/** The right to read the second target's ConfigMap, as operators give it: a copy of manifests/rbac/target with its names. */
async function grantSecondTarget(cluster: Cluster): Promise<void> {
  const first = await cluster.kubectl(['kustomize', join(manifests, 'rbac/target')]);
  const second = first
    .replaceAll('namespace: holmesgpt', 'namespace: monitoring')
    .replaceAll('custom-toolsets-configmap', 'grafana-datasources');
  await untilRolesHold(cluster, await applyManifests(cluster, second), repoServer);
}

/** What is measured prints to nowhere: once before, it must print the manifest. It leaves the compiled code, as the image does. */
function assertWorks({ through = [], command, environment }: Contender): void {
  const [file = '', ...args] = [...through, ...command];
  const manifest = execFileSync(file, args, { encoding: 'utf8', env: { ...process.env, ...environment } });
  if (!manifest.includes('prometheus_url')) throw new Error(`generate found no Prometheus:\n${manifest}`);
}
