import { parse } from 'yaml';
import { applicationDefinition } from '../parts/definitions.ts';
import { startServe } from '../../e2e/support/serve.ts';
import type { Serve } from '../../e2e/support/serve.ts';
import type { Cluster } from '../parts/cluster.ts';
import { applicationOf } from '../parts/objects.ts';
import type { KubeObject } from '../parts/objects.ts';
import { acquireCluster } from '../parts/pool.ts';
import { buildProgram, gitFolder, outputOf } from './program.ts';
import type { Program } from './program.ts';

/** A real API server with one replica of `serve`. */
export interface ManagedScene {
  readonly cluster: Cluster;
  readonly program: Program;
  readonly serve: Serve;
  /** Applies the current output of `generate` for these files, as Argo CD would, with its Application. */
  readonly manage: (application: string, files: Readonly<Record<string, unknown>>) => Promise<KubeObject>;
  /** A token of a service account that may use these paths with these verbs. */
  readonly tokenFor: (name: string, rules: readonly NonResourceRule[]) => Promise<string>;
  readonly stop: () => Promise<void>;
}

export interface NonResourceRule {
  readonly nonResourceURLs: readonly string[];
  readonly verbs: readonly string[];
}

/** Starts `serve` with these flags once the objects exist. */
export async function startManagedScene(
  prepare: (scene: Omit<ManagedScene, 'serve' | 'stop'>) => Promise<void>,
  flags: readonly string[] = [],
): Promise<ManagedScene> {
  const cluster = await acquireCluster();
  try {
    const program = await buildProgram(cluster.folder);
    await cluster.apply([applicationDefinition]);
    const scene = {
      cluster,
      program,
      manage: (name: string, files: Readonly<Record<string, unknown>>) => manage(cluster, program, name, files),
      tokenFor: (name: string, rules: readonly NonResourceRule[]) => tokenFor(cluster, name, rules),
    };
    await prepare(scene);
    const serve = await startServe(program, ['--kubeconfig', await cluster.kubeconfig(), ...flags]);
    const stop = async (): Promise<void> => {
      await serve.stop();
      await cluster.stop();
    };
    return { ...scene, serve, stop };
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

/**
 * Applies the output of `generate` for these files, with an Application of this name that lists the ConfigMap, which
 * comes first.
 */
export async function manage(
  cluster: Cluster,
  program: Program,
  name: string,
  files: Readonly<Record<string, unknown>>,
): Promise<KubeObject> {
  const path = await gitFolder(cluster.folder, files);
  const printed = await program.run(['generate', '--path', path, '--kubeconfig', await cluster.kubeconfig()]);
  const [first = '', ...others] = outputOf({ ...printed, stderr: '' }).split('---\n');
  const manifest = parse(first) as KubeObject;
  await cluster.apply([manifest, applicationOf(name, manifest)]);
  // Of an operator's object, `generate` prints only a part.
  if (others.length > 0) await cluster.kubectl(['apply', '--server-side', '-f', '-'], { input: others.join('---\n') });
  return manifest;
}

export async function tokenFor(cluster: Cluster, name: string, rules: readonly NonResourceRule[]): Promise<string> {
  const account = { namespace: 'default', name };
  const group = 'rbac.authorization.k8s.io';
  await cluster.apply([
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: account },
    { apiVersion: `${group}/v1`, kind: 'ClusterRole', metadata: { name }, rules },
    {
      apiVersion: `${group}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef: { apiGroup: group, kind: 'ClusterRole', name },
      subjects: [{ kind: 'ServiceAccount', ...account }],
    },
  ]);
  return cluster.serviceAccountToken(account.namespace, account.name);
}
