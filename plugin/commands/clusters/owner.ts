import { applicationName, namesInstallation, trackedObject } from '../../argocd/application.ts';
import type { TrackedObject } from '../../argocd/application.ts';
import type { Connection } from '../../cluster/connection/connection.ts';
import { podNamespace } from '../../cluster/connection/in-cluster.ts';
import { memoizeByJson } from '../../cluster/shared-cluster.ts';
import { reader } from '../../cluster/http/api-client.ts';
import { list } from '../../cluster/http/list.ts';
import { isPluginError } from '../../lib/errors.ts';
import type { Json } from '../../lib/json.ts';
import { asObject, asString } from '../../lib/json.ts';
import type { DiscoveryFlags } from '../flags/flags.ts';
import { withConnections } from './connections.ts';
import { getApplication } from './destination.ts';

/** The other Application that owns a live object with these annotations; `null` if there is none. */
export type OwnerFinder = (annotations: Json, object: TrackedObject) => Promise<string | null>;

/**
 * Finds owners by Argo CD's tracking id. An Application known to be gone owns nothing. That remains unknown without the
 * right to get Applications, in a recorded cluster, if not even the Application being generated is found in Argo CD's
 * cluster, and if the object names one of several Argo CDs.
 */
export function ownerFinder(flags: DiscoveryFlags): OwnerFinder {
  const { argoCdApplication: self } = flags;
  const hasGone = memoizeByJson((owner: string) => isGone(owner, self ?? '', flags));
  return async (annotations, object) => {
    const owner = trackedObject(annotations, object);
    if (owner === null || self === undefined || owner === self) return null;
    return namesInstallation(annotations) || !(await hasGone(owner)) ? owner : null;
  };
}

async function isGone(owner: string, self: string, flags: DiscoveryFlags): Promise<boolean> {
  const namespace = flags.argoCdNamespace ?? podNamespace();
  const found = await inOwnCluster(flags, (connection, signal) =>
    Promise.all([self, owner].map((name) => getApplication(connection, applicationName(name, namespace), signal))),
  );
  const [ours, theirs] = found ?? [];
  return typeof ours === 'object' && theirs === 'NotFound';
}

/** Custom resources that a consumer may have printed: their plural, by kind. */
const resources = {
  GrafanaDatasource: { group: 'grafana.integreatly.org', resource: 'grafanadatasources' },
  Kubernaut: { group: 'kubernaut.ai', resource: 'kubernauts' },
} as const;

/**
 * Annotations of the live objects of a kind in a namespace, by name. Empty if they cannot be listed: the right is
 * optional, and Argo CD's cluster may not be their destination.
 */
export async function liveAnnotations(
  kind: keyof typeof resources,
  namespace: string,
  flags: DiscoveryFlags,
): Promise<ReadonlyMap<string, Json>> {
  const request = { ...resources[kind], verb: 'list', namespace } as const;
  const found = await inOwnCluster(flags, (connection, signal) =>
    list(reader(connection, signal), request, (object) => {
      const { name, annotations } = asObject(asObject(object).metadata);
      return [asString(name), asObject(annotations)] as const;
    }),
  );
  return new Map(found);
}

/** Whether objects of this kind can be listed. */
export function isListed(kind: unknown): kind is keyof typeof resources {
  return typeof kind === 'string' && Object.hasOwn(resources, kind);
}

/** The answer of Argo CD's own cluster; `null` if there is none, or it is not asked. */
async function inOwnCluster<T>(
  flags: DiscoveryFlags,
  ask: (connection: Connection, signal: AbortSignal) => Promise<T>,
): Promise<T | null> {
  if (flags.snapshot !== undefined) return null;
  try {
    return await withConnections(flags, async ({ own, signal }) => ask(await own(), signal));
  } catch (error) {
    if (isPluginError(error)) return null;
    throw error;
  }
}
