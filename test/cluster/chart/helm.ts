import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { Cluster } from '../parts/cluster.ts';
import type { KubeObject } from '../parts/objects.ts';
import { toolPaths } from '../../tools/build.ts';

export const chart = join(import.meta.dirname, '../../../charts/dynamic-toolset');

/** The release that every guide makes. */
export const release = ['dynamic-toolset', chart, '--namespace', 'dynamic-toolset'] as const;

export interface HelmRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs Helm, with a home of its own: what a person has set up or downloaded changes nothing. */
export async function helm(cluster: Cluster, args: readonly string[], values?: object): Promise<HelmRun> {
  const home = join(cluster.folder, 'helm');
  await mkdir(home, { recursive: true });
  const file = join(home, 'values.yaml');
  await writeFile(file, JSON.stringify(values ?? {}));
  const env = { HOME: home, PATH: '/usr/bin:/bin', KUBECONFIG: await cluster.kubeconfig() };
  const { promise, resolve } = Promise.withResolvers<HelmRun>();
  const all = values ? [...args, '--values', file] : args;
  execFile(toolPaths().helm, all, { env, maxBuffer: 16 * 1024 * 1024 }, (error, stdout, stderr) => {
    resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
  });
  return promise;
}

/** What Helm printed; an error with its message where it failed. */
export async function helmOutput(cluster: Cluster, args: readonly string[], values?: object): Promise<string> {
  const { code, stdout, stderr } = await helm(cluster, args, values);
  if (code !== 0) throw new Error(`helm ${args.join(' ')}: ${stderr}`);
  return stdout;
}

/** What the chart renders with these values, without asking a cluster. */
export async function rendered(cluster: Cluster, values: object = {}): Promise<readonly KubeObject[]> {
  return objectsIn(await helmOutput(cluster, ['template', ...release], values));
}

export function objectsIn(text: string): readonly KubeObject[] {
  return parseAllDocuments(text).flatMap((document) => {
    const [error] = document.errors;
    if (error) throw error;
    return (document.toJS() as KubeObject | null) ?? [];
  });
}
