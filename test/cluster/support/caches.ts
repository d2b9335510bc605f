import { connectByKubeconfig } from '../../../plugin/cluster/connection/kubeconfig.ts';
import type { Connection } from '../../../plugin/cluster/connection/connection.ts';
import type { MetadataView } from '../../../plugin/cluster/projections.ts';
import { metadataView } from '../../../plugin/cluster/projections.ts';
import { detectors } from '../../../detectors/index.ts';
import { keptKeys, namedKeys } from '../../../plugin/discovery/kept-keys.ts';
import type { CacheChange, CacheOptions, CacheRestart, Caches } from '../../../plugin/serve/cache/index.ts';
import { startCaches } from '../../../plugin/serve/cache/index.ts';
import type { KubeObject } from '../parts/objects.ts';

/** Caches of one test, and the changes they reported. */
export interface Watching {
  readonly caches: Caches<MetadataView>;
  readonly changes: readonly CacheChange[];
  readonly restarts: readonly CacheRestart[];
  readonly connection: Connection;
  readonly stop: () => Promise<void>;
}

/** Watches a cluster until stopped. Applications are in any namespace, and all of them count as ours. */
export function watchCluster(kubeconfig: string, options: Partial<CacheOptions<MetadataView>> = {}): Watching {
  const changes: CacheChange[] = [];
  const restarts: CacheRestart[] = [];
  const end = new AbortController();
  const connection = connectByKubeconfig([kubeconfig]);
  const caches = startCaches<MetadataView>({
    connection,
    scope: 'cluster',
    applications: 'cluster',
    signal: end.signal,
    // Their Services may have any name.
    kept: { ...keptKeys(detectors, { ...namedKeys([]), namespaceLabels: new Set(['tier']) }), isPointedAt: () => true },
    configMapView: metadataView,
    applicationView: metadataView,
    onRestart: (restart) => void restarts.push(restart),
    ...options,
  });
  caches.onChange((change) => void changes.push(change));
  return {
    caches,
    changes,
    restarts,
    connection,
    stop: async () => {
      end.abort();
      await caches.done;
      connection.close();
    },
  };
}

export function application(namespace: string, name: string): KubeObject {
  return { apiVersion: 'argoproj.io/v1alpha1', kind: 'Application', metadata: { namespace, name }, spec: {} };
}

/** A ConfigMap as `generate` labels it, with the annotation that a test looks for. */
export function managedConfigMap(namespace: string, name: string, digest: string): KubeObject {
  const labels = {
    'app.kubernetes.io/component': 'toolset-config',
    'app.kubernetes.io/managed-by': 'dynamic-toolset',
  };
  const metadata = { namespace, name, labels, annotations: { 'kubernaut.io/toolset-digest': digest } };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'custom_toolset.yaml': 'toolsets: {}\n' } };
}
