import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import type { Cluster } from '../../cluster/parts/cluster.ts';
import type { KubeObject } from '../../cluster/parts/objects.ts';
import { toolsetYaml } from '../../cluster/support/program.ts';
import { manifests } from '../../cluster/manifests/manifests.ts';
import { rendered, untilHolds } from '../../cluster/support/rbac.ts';
import type { Role } from '../../cluster/support/rbac.ts';
import { expectSuccess } from '../../cluster/parts/request.ts';
import type { Application, ApplicationOptions } from './applications.ts';
import type { ArgoCd } from '../parts/argo-cd.ts';
import type { Files } from '../parts/repository.ts';
import { patienceMs, untilSeen } from '../../support/until.ts';

/** One Application with a folder, backends and a ConfigMap of its own, so that scenes share an Argo CD in peace. */
export interface Scene {
  /** Of the Application, of its folder, and of the namespace that the ConfigMap is in. */
  readonly name: string;
  /** The namespace that is looked at for backends. */
  readonly backends: string;
  /** Of its toolset.yaml. */
  readonly spec: object;
  /** Writes files of the Application's folder; answers the commit. */
  readonly commit: (files: Files) => Promise<string>;
  /** Creates the Application. */
  readonly create: (options?: Partial<ApplicationOptions>) => Promise<void>;
  readonly get: () => Promise<Application>;
  readonly refresh: (kind: 'normal' | 'hard') => Promise<Application>;
  readonly sync: () => Promise<Application>;
  readonly untilSynced: (revision?: string) => Promise<Application>;
  readonly until: (what: string, isSo: (application: Application) => boolean) => Promise<Application>;
  /** The live ConfigMap, `null` where there is none. */
  readonly configMap: () => Promise<LiveConfigMap | null>;
  /** The toolsets in it. */
  readonly toolsets: () => Promise<Readonly<Record<string, unknown>>>;
  readonly untilConfigMap: (what: string, isSo: (configMap: LiveConfigMap | null) => boolean) => Promise<LiveConfigMap>;
  /** Takes away what the plugin may do with the ConfigMap, or gives it back. */
  readonly allow: (isAllowed: boolean) => Promise<void>;
}

export type LiveConfigMap = KubeObject & {
  readonly metadata: { readonly resourceVersion: string };
  readonly data: Readonly<Record<string, string>>;
};

export const configMapName = 'custom-toolsets-configmap';
export const configMapKey = 'custom_toolset.yaml';

/** Opens a scene with its settings in Git and the rights that it needs; the Application is not there yet. */
export async function openScene(argoCd: ArgoCd, name: string, spec: object = {}): Promise<Scene> {
  const { cluster, applications, repository } = argoCd;
  const backends = `${name}-backends`;
  const commit: Scene['commit'] = (files) =>
    repository.commit(Object.fromEntries(Object.entries(files).map(([file, content]) => [join(name, file), content])));
  const configMap = async (): Promise<LiveConfigMap | null> => {
    const answer = await cluster.request('GET', `/api/v1/namespaces/${name}/configmaps/${configMapName}`);
    return answer.status === 404 ? null : (expectSuccess(answer, 'reading the ConfigMap') as LiveConfigMap);
  };
  const settings = {
    target: { configMap: { namespace: name } },
    discovery: { namespaces: { include: [backends] } },
    health: { check: 'none' },
    ...spec,
  };
  await cluster.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: backends } }]);
  await grantTarget(cluster, name, true);
  await commit({ 'toolset.yaml': toolsetYaml(settings) });
  return {
    name,
    backends,
    commit,
    configMap,
    spec: settings,
    create: (options) => applications.create(name, { path: name, ...options }),
    get: () => applications.get(name),
    refresh: (kind) => applications.refresh(name, kind),
    sync: () => applications.sync(name),
    untilSynced: (revision) => applications.untilSynced(name, revision),
    until: (what, isSo) => applications.until(name, what, isSo),
    toolsets: async () => toolsetsIn(await configMap()),
    untilConfigMap: async (what, isSo) => {
      const live = await untilSeen(
        configMap,
        (seen) => seen !== null && isSo(seen),
        (last) => `the ConfigMap is not ${what} after ${patienceMs} ms: ${JSON.stringify(last)}`,
      );
      return live!;
    },
    allow: (isAllowed) => grantTarget(cluster, name, isAllowed),
  };
}

/** What the consumer finds in the ConfigMap. */
export function toolsetsIn(configMap: LiveConfigMap | null): Readonly<Record<string, unknown>> {
  const text = configMap?.data[configMapKey] ?? '';
  return (parse(text) as { readonly toolsets?: Readonly<Record<string, unknown>> } | null)?.toolsets ?? {};
}

/** The Role of manifests/rbac/target for another namespace; without rules where it is taken back. */
async function grantTarget(cluster: Cluster, namespace: string, isAllowed: boolean): Promise<void> {
  const text = await rendered(cluster, join(manifests, 'rbac/target'));
  const target = parseAllDocuments(text).map((document) => document.toJS() as KubeObject);
  const objects = target.map((object) => ({ ...object, metadata: { ...object.metadata, namespace } }));
  const roles = objects.filter(
    (object): object is Role & { metadata: { namespace: string } } => object.kind === 'Role',
  );
  await cluster.apply(isAllowed ? objects : roles.map((role) => ({ ...role, rules: [] })));
  await Promise.all(roles.flatMap((role) => role.rules.map((rule) => untilHolds(cluster, role, rule, isAllowed))));
}
