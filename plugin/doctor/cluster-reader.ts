import type * as z from 'zod';
import { readProjectWithGlobals } from '../argocd/global-projects.ts';
import { fieldManagersOf } from '../argocd/field-managers.ts';
import type { FieldManager } from '../argocd/field-managers.ts';
import { getConfigMap } from '../cluster/api-server.ts';
import type { Connection } from '../cluster/connection/connection.ts';
import { list } from '../cluster/http/list.ts';
import type { ApiWriter } from '../cluster/http/api-client.ts';
import { reader, writer } from '../cluster/http/api-client.ts';
import { groupPath, objectPath } from '../cluster/http/resource-path.ts';
import { review } from '../cluster/http/access-review.ts';
import { configMapView } from '../cluster/projections.ts';
import type { ConfigMapName, LiveConfigMap } from '../cluster/types.ts';
import type { ProjectView } from './argocd/project.ts';
import { projectView } from './argocd/project.ts';
import type { DoctorApplication } from './argocd/spec.ts';
import { doctorApplication, isRolling } from './argocd/spec.ts';
import { asObject, asObjects, asString } from '../lib/json.ts';
import type { Account, Right } from './permissions/access.ts';
import { Pod, Workload, viewOfObject } from './schemas.ts';

/** A ConfigMap with its writers. */
export interface WrittenConfigMap extends LiveConfigMap {
  readonly managers: readonly FieldManager[];
}

/** What the checks read. Throws CLUSTER_FORBIDDEN for anything the operator may not read. */
export interface ClusterReader {
  readonly deployments: (namespace: string | null, labelSelector?: string) => Promise<readonly Workload[]>;
  readonly statefulSets: (namespace: string) => Promise<readonly Workload[]>;
  readonly pods: (namespace: string) => Promise<readonly Pod[]>;
  /** `null` if the cluster does not serve Applications. */
  readonly applications: (namespace: string | null) => Promise<readonly DoctorApplication[] | null>;
  /** Whether the ApplicationSet syncs its Applications in steps; `false` if there is none of this name. */
  readonly isRolling: (applicationSet: ConfigMapName) => Promise<boolean>;
  /** `null` if there is none of this name. */
  readonly project: (name: ConfigMapName) => Promise<ProjectView | null>;
  /** `null` if there is none of this name. */
  readonly configMap: (name: ConfigMapName) => Promise<WrittenConfigMap | null>;
  /** The API groups that the cluster serves, except the core group. */
  readonly servedGroups: () => Promise<ReadonlySet<string>>;
  readonly isAllowed: (account: Account, right: Right) => Promise<boolean>;
  /** The operator's user name in the cluster; `null` if the API server does not reveal it. */
  readonly user: () => Promise<string | null>;
}

/**
 * Reads the live cluster, for which Argo CD may have further names and addresses, `ownClusters`. `signal` carries the
 * deadline shared by all requests.
 */
export function clusterReader(
  connection: Connection,
  ownClusters: readonly string[],
  signal: AbortSignal,
): ClusterReader {
  const read = reader(connection, signal);
  const write = writer(connection, signal);
  const workloads = async (
    kind: Workload['kind'],
    namespace: string | null,
    labelSelector?: string,
  ): Promise<Workload[]> => {
    const resource = { group: 'apps', resource: `${kind.toLowerCase()}s`, verb: 'list', namespace } as const;
    const found = await list(read, resource, reads(Workload), { labelSelector });
    return found.map((workload) => ({ ...workload, kind }));
  };
  return {
    deployments: (namespace, labelSelector) => workloads('Deployment', namespace, labelSelector),
    statefulSets: (namespace) => workloads('StatefulSet', namespace),
    pods: (namespace) => list(read, { group: '', resource: 'pods', verb: 'list', namespace }, reads(Pod)),
    applications: async (namespace) => {
      const resource = { group: 'argoproj.io', resource: 'applications', verb: 'list', namespace } as const;
      const { resources } = asObject((await read(groupPath(resource.group), resource)).body);
      if (!asObjects(resources).some(({ name }) => name === 'applications')) return null;
      return list(read, resource, (object) => doctorApplication(object, ownClusters));
    },
    isRolling: async ({ namespace, name }) => {
      const resource = { group: 'argoproj.io', resource: 'applicationsets', verb: 'get', namespace } as const;
      return isRolling(asObject((await read(objectPath(resource, name), resource)).body));
    },
    project: async ({ namespace, name }) => {
      const found = await readProjectWithGlobals(connection, namespace, name, signal);
      return found && projectView(found.project, found.globals);
    },
    configMap: (name) =>
      getConfigMap(read, name, (object) => ({ ...configMapView(object), managers: fieldManagersOf(object) })),
    servedGroups: async () => {
      const resource = { group: '', resource: 'API groups', verb: 'get', namespace: null } as const;
      const { groups } = asObject((await read('/apis', resource)).body);
      return new Set(asObjects(groups).map(({ name }) => asString(name)));
    },
    isAllowed: (account, right) => isAllowed(write, account, right),
    user: () => userOf(write),
  };
}

function reads<T>(schema: z.ZodType<T>): (object: unknown) => T | null {
  return (object) => viewOfObject(schema, object);
}

/** In the namespace of the right, if it has one: its administrators may ask about that, but not about the cluster. */
async function isAllowed(write: ApiWriter, { namespace, name }: Account, right: Right): Promise<boolean> {
  const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'];
  const resourceAttributes = { ...right, namespace: right.namespace ?? undefined };
  const spec = { user: `system:serviceaccount:${namespace}:${name}`, groups, resourceAttributes };
  const kind = right.namespace === null ? 'SubjectAccessReview' : 'LocalSubjectAccessReview';
  return (await review(write, kind, spec, { namespace: right.namespace })).allowed === true;
}

async function userOf(write: ApiWriter): Promise<string | null> {
  try {
    const { userInfo } = await review(write, 'SelfSubjectReview', {});
    return asString(asObject(userInfo).username) || null;
  } catch {
    // The name is only printed in a command, which works without it.
    return null;
  }
}
