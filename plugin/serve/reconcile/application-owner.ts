import { keyOf } from '../../lib/object-key.ts';
import { trackedBy } from '../../argocd/application.ts';
import type { ApplicationView } from '../../argocd/application.ts';
import type { ManagedConfigMap } from './managed-config-map.ts';
import { configMapProblem } from '../reasons.ts';
import type { ConfigMapProblem } from '../reasons.ts';

/** The Application that owns a ConfigMap, or why it is unknown. */
export type ApplicationOwner = { readonly application: ApplicationView } | { readonly problem: ConfigMapProblem };

/**
 * The Application whose status lists the ConfigMap, and, if the ConfigMap has Argo CD's tracking id, only the one that it
 * names. Both are needed: any writer of a ConfigMap can set the annotation, and a status may list a ConfigMap of another
 * cluster.
 */
export function ownerOf(configMap: ManagedConfigMap, applications: Iterable<ApplicationView>): ApplicationOwner {
  const key = keyOf(configMap);
  const listing = [...applications].filter(({ configMaps }) => configMaps.some((one) => keyOf(one) === key));
  const tracked = trackedBy(configMap.annotations);
  const named = tracked === null ? listing : listing.filter((one) => isNamed(one, tracked));
  const [owner] = named;
  if (owner && named.length === 1) return { application: owner };
  return { problem: problemOf(named, listing, tracked) };
}

/** Argo CD tracks `name`, and outside of its own namespace `namespace_name`. */
function isNamed({ namespace, name, argoCdNamespace }: ApplicationView, tracked: string): boolean {
  return tracked === `${namespace}_${name}` || (namespace === argoCdNamespace && tracked === name);
}

function problemOf(
  named: readonly ApplicationView[],
  listing: readonly ApplicationView[],
  tracked: string | null,
): ConfigMapProblem {
  const names = (some: readonly ApplicationView[]): string => some.map(keyOf).join(', ');
  if (named.length > 1) return configMapProblem('ApplicationAmbiguous', { applications: names(named) });
  if (tracked === null) return configMapProblem('ApplicationNotFound');
  const quoted = JSON.stringify(tracked);
  if (listing.length > 0)
    return configMapProblem('TrackedApplicationMismatch', { tracked: quoted, applications: names(listing) });
  return configMapProblem('TrackedApplicationNotFound', { tracked: quoted });
}
