/** What discovery gets wrong in the corpus, by `stack service`, and why that stays. Whatever else is wrong is a bug. */
export const knownMisses: Readonly<Record<string, string>> = {
  'tempostack-gateway tempo-mt-gateway':
    "the gateway answers below a path with the tenant's name, which only the TempoStack says: evidence of it, or an annotation, names it",
  'tempostack-mt tempo-mt-gateway': 'the same',
  'kps-route-prefix edge-mon-prometheus':
    'the route prefix stands in the Prometheus resource and in the pods alone: evidence of them, or an annotation, names it',
  'kps-route-prefix edge-mon-alertmanager': 'the same, of the Alertmanager resource',
  'rancher-monitoring-v1 expose-alertmanager-metrics':
    'alone, what stands behind the product in its name says another part, although its port is the right one',
  'gmp frontend': 'nothing in the Service of a Prometheus API says Prometheus: an annotation does',
  'mimir jsonnet query-frontend':
    'its names are those of the parts, and no word in the Service is Mimir: only its Pods tell, and its port is that of anything',
  'prometheus-benchmark my-bench-prometheus-benchmark-vmsingle':
    'its labels name the benchmark, and only the end of its name is VictoriaMetrics: its Pods tell',
  'kubeblocks elasticsearch search-mdit-http':
    'neither a label nor the name is Elasticsearch, and the owner is one for any product: its Pods tell',
  'kubeblocks victoriametrics mon-vmselect':
    'it has no label of the product, and only the end of its name is VictoriaMetrics: its Pods tell',
  'redis enterprise by hand redis1-expose':
    'the port has a number of its own for each database, and no label is there: only its selector is of Redis Enterprise',
  'openshift-uwm prometheus-operated':
    'its pods listen on their loopback address alone: nothing in the Service says so, the health check finds out',
};
