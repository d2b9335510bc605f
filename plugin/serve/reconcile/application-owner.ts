import { keyOf } from '../../lib/object-key.ts';
import { trackedBy } from '../../argocd/application.ts';
import type { ApplicationView } from '../../argocd/application.ts';
import { ownCluster } from '../../lib/cluster-name.ts';
import type { ManagedConfigMap, ServeCaches } from './managed-config-map.ts';
import { configMapProblem } from '../reasons.ts';
import type { ConfigMapProblem } from '../reasons.ts';

/** The Application that owns a ConfigMap, or why it is unknown. */
export type ApplicationOwner = { readonly application: ApplicationView } | { readonly problem: ConfigMapProblem };

/**
 * The Application whose status lists the ConfigMap and that Argo CD's tracking id names, by namespace and name,
 * regardless of Applications elsewhere. Both are needed: any writer of a ConfigMap can set the annotation, and any
 * writer of an Application its status. Without a tracking id, the label by which Argo CD tracks decides; if it names
 * none of several, the only one in Argo CD's own namespace, or else the only one, unless there may be others where
 * Applications cannot be read. The owner must deploy to the ConfigMap's cluster.
 */
export function ownerOf(
  configMap: ManagedConfigMap,
  { applications, unreadable }: Pick<ServeCaches, 'applications' | 'unreadable'>,
  deploysHere: (application: ApplicationView) => boolean,
): ApplicationOwner {
  const key = keyOf(configMap);
  const everywhere = [...applications.values()].filter(({ configMaps }) =>
    configMaps.some((one) => keyOf(one) === key),
  );
  // An Application that deploys to another cluster lists a ConfigMap of that cluster.
  const listing = everywhere.filter(deploysHere);
  const tracked = trackedBy(configMap.annotations);
  const unread = unreadable('applications');
  const [owner] =
    tracked === null
      ? unambiguous(listing, configMap.labels[instanceLabel] ?? '', unread.length === 0)
      : listing.filter((one) => isNamed(one, tracked));
  if (owner) return { application: owner };
  const elsewhere = everywhere.find((one) => !deploysHere(one) && isNamed(one, tracked ?? ''));
  if (elsewhere) return { problem: wrongCluster(elsewhere) };
  const hidden = unread.find(({ namespace }) => tracked === null || tracked.startsWith(`${namespace}_`));
  return { problem: hidden ? configMapProblem('ApplicationsUnreadable', hidden) : problemOf(listing, tracked) };
}

/** Argo CD's default; Argo CD can be configured to use another key. */
const instanceLabel = 'app.kubernetes.io/instance';

function unambiguous(
  listing: readonly ApplicationView[],
  label: string,
  areAllKnown: boolean,
): readonly ApplicationView[] {
  const labelled = listing.filter((one) => isNamed(one, label));
  const own = listing.filter(({ namespace, argoCdNamespace }) => namespace === argoCdNamespace);
  return [labelled, own, areAllKnown ? listing : []].find(({ length }) => length === 1) ?? [];
}

/** Argo CD's tracking name is `name` in its own namespace, and `namespace_name` elsewhere. */
function isNamed({ namespace, name, argoCdNamespace }: ApplicationView, tracked: string): boolean {
  return tracked === (namespace === argoCdNamespace ? name : `${namespace}_${name}`);
}

function wrongCluster(application: ApplicationView): ConfigMapProblem {
  const cluster = JSON.stringify(application.otherCluster ?? ownCluster.name);
  return configMapProblem('WrongCluster', { application: keyOf(application), cluster });
}

function problemOf(listing: readonly ApplicationView[], tracked: string | null): ConfigMapProblem {
  const applications = listing.map(keyOf).join(', ');
  if (tracked === null)
    return listing.length > 1
      ? configMapProblem('ApplicationAmbiguous', { applications })
      : configMapProblem('ApplicationNotFound');
  const quoted = JSON.stringify(tracked);
  return listing.length > 0
    ? configMapProblem('TrackedApplicationMismatch', { tracked: quoted, applications })
    : configMapProblem('TrackedApplicationNotFound', { tracked: quoted });
}
