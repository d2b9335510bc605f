import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cluster } from '../cluster/parts/cluster.ts';
import { startCluster } from '../cluster/parts/cluster.ts';
import { toolPaths } from '../tools/build.ts';
import type { Contender, Result } from './compare.ts';
import { contest } from './compare.ts';
import { realisticServices } from './services.ts';

/** The whole process against one real API server that holds `services` Services. */
export interface GenerateResult {
  readonly services: number;
  readonly rounds: number;
  readonly results: readonly Result[];
}

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
      assertWorks(contenders[0]!);
      all.push({ services, rounds, results: await contest(contenders, peer, rounds) });
    }
    return all;
  } finally {
    await cluster.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function contendersFor(cluster: Cluster, program: string, folder: string): Promise<Contender[]> {
  const kubeconfig = await cluster.kubeconfig();
  const path = join(folder, 'application');
  mkdirSync(path);
  const generate = [
    process.execPath,
    program,
    'generate',
    '--check',
    'none',
    '--path',
    path,
    '--kubeconfig',
    kubeconfig,
  ];
  const cached = { NODE_COMPILE_CACHE: join(folder, 'compile-cache') };
  // As the image does it: the first run leaves the compiled code, all later ones use it.
  execFileSync(generate[0]!, generate.slice(1), { env: { ...process.env, ...cached } });
  const kubectl = `${toolPaths().kubectl} --kubeconfig ${kubeconfig} --cache-dir ${join(folder, 'kubectl')}`;
  const pick =
    '.items[] | {namespace: .metadata.namespace, name: .metadata.name, labels: .metadata.labels, ports: .spec.ports}';
  const authorization = `Authorization: Bearer ${cluster.adminToken}`;
  return [
    { name: 'generate', command: generate },
    { name: 'generate, compile cache filled', command: generate, environment: cached },
    { name: peer, command: ['sh', '-c', `set -e; ${kubectl} get svc -A -o json | jq -c '${pick}'`] },
    {
      name: 'curl of the LIST',
      command: ['curl', '-sSf', '--cacert', cluster.caFile, '-H', authorization, `${cluster.url}/api/v1/services`],
    },
    { name: 'node -e 0', command: [process.execPath, '-e', '0'] },
  ];
}

/** What is measured below prints to nowhere: once before, it must print the manifest. */
function assertWorks({ command }: Contender): void {
  const manifest = execFileSync(command[0]!, command.slice(1), { encoding: 'utf8' });
  if (!manifest.includes('prometheus_url')) throw new Error(`generate found no Prometheus:\n${manifest}`);
}
