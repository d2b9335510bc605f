import { PluginError } from '../../lib/errors.ts';
import { isMap } from '../../lib/json.ts';
import type { Spec } from '../../settings/schema/index.ts';
import type { Consumer, ToolsetFile } from '../consumer.ts';
import { declared } from '../declared/consumer.ts';
import { oneUrlEach, prometheusProducts } from './helm.ts';

/** The backends in the custom resource of Kubernaut's operator, `v1alpha2`: one Prometheus, and no Alertmanager. */
const kubernautResource = declared({
  title: "Kubernaut's operator",
  sources: ['https://github.com/jordigilh/kubernaut-operator/blob/main/api/v1alpha2/kubernaut_types.go'],
  products: prometheusProducts,
  ...oneUrlEach,
  write: (entries) => ({ spec: { monitoring: entries } }),
  read: ({ spec }) => (isMap(spec) && isMap(spec.monitoring) ? spec.monitoring : null),
});

/** The only resource name that the operator accepts. */
const singleton = 'kubernaut';

/** Argo CD manages only a part of the resource: it must not delete the whole, nor validate fields outside that part. */
const syncOptions = 'ServerSideApply=true,Validate=false,Prune=false,Delete=false';

/**
 * A part of that resource for server-side apply, beside the ConfigMap, which has the settings and the memory of
 * the discovery. Printed even without a backend: the API server then removes what the part owned, and the
 * operator's own default applies again.
 */
export function kubernautOperator({ configMap }: Spec['target']): Consumer {
  return {
    ...kubernautResource,
    assertAccepted,
    objects: ({ toolsets }) => [
      {
        apiVersion: 'kubernaut.ai/v1alpha2',
        kind: 'Kubernaut',
        metadata: {
          name: singleton,
          namespace: configMap.namespace,
          annotations: { 'argocd.argoproj.io/sync-options': syncOptions },
        },
        // An empty map in place of an owned one would become null, which the definition rejects.
        spec: Object.keys(toolsets).length > 0 ? { monitoring: toolsets } : {},
      },
    ],
  };
}

/** Throws OUTPUT_INVALID for an entry from Git that the resource has no key for. */
function assertAccepted({ toolsets }: ToolsetFile): void {
  const known = new Set<string>(Object.values(prometheusProducts).map(({ kind }) => kind));
  const unknown = Object.keys(toolsets).find((name) => !known.has(name));
  if (unknown === undefined) return;
  throw new PluginError(
    'OUTPUT_INVALID',
    `Kubernaut's resource has no spec.monitoring.${unknown.slice(0, 80)}, which overrides add`,
    { hint: `remove it: known is ${[...known].join(', ')}` },
  );
}
