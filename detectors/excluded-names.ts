/**
 * Words for parts of any product that do not answer queries, or that another product's name adds to its own. They are
 * compared with whole words, never substrings, of a component label and of what follows the product in a Service's
 * name. One line each: what writes, what stores, what evaluates rules or gossips, what exports or runs beside it, what
 * operates it, other products that it brings, what backs it up, other interfaces.
 */
export const otherParts: ReadonlySet<string> = new Set(
  wordsOf(`
    write writer distributor ingester ingest insert push collector receive receiver pushgateway
    store storegateway storage bucket compact compactor replicate index chunks results
    rule ruler alertmanager alerting scheduler overrides gossip ring memberlist raft transport
    exporter metrics canary agent sidecar telemetry thanos
    operator controller webhook admission adapter reloader provisioner
    cache memcached redis kafka zookeeper minio postgresql mysql etcd
    backup backups restore snapshot snapshots migration migrations importer bridge
    ui console dashboards datasource plugin proxy mcp renderer hotrod
  `),
);

/**
 * Words after a product's name that do not name a part: kind of installation, environment, security protocol, and what
 * Kubernetes runs it as.
 */
export const wholeWords: readonly string[] = wordsOf(`
  standalone single dev test staging stage preprod prod production qa uat sandbox lab demo local under sasl ssl tls
  pod pods deployment deploy statefulset sts
`);

/** Products without a detector that end with `db` and speak the protocol of one that has a detector. */
export const otherDatabases: ReadonlySet<string> = new Set(
  wordsOf(`
    arcadedb cockroachdb cratedb documentdb doltdb edgedb ferretdb gaussdb greptimedb immudb ledisdb opengaussdb polardb
    questdb rondb singlestoredb ssdb tidb yugabytedb
  `),
);

/** Last words of names that never belong to a server, whatever precedes them. */
export const nonServerEnds: ReadonlySet<string> = new Set(
  wordsOf('exporter operator webhook adapter canary memberlist memcached pushgateway'),
);

/** Port names that never answer a product's queries. */
export const otherPorts: readonly string[] = wordsOf(`
  *grpc* *gossip* *mesh* *memberlist* *transport* *reloader* *thrift* *trft* *otlp* *zipkin*
  *cluster* *peer* *raft* *ring* *remote-write* *alert*
  metrics http-metrics https-metrics *-metrics admin* *debug* *pprof* *webhook* probe telemetry ssh sshd
`);

/**
 * Excluded port names for traffic between the nodes of a cluster. With the number of the product's API, such a port is
 * the API whatever its name, unless another port can be it.
 */
export const nodePorts: readonly string[] = wordsOf('*transport* *cluster*');

/** Whether an authentication proxy listens on this port, in front of the product's own. */
export function isProxyPort({ name }: { readonly name: string }): boolean {
  return /(?:^|-)oauth2?(?:-|$)/.test(name);
}

/** Port numbers that are never a query API, whatever their name: ingestion, Elasticsearch's transport, gossip. */
export const neverPorts: ReadonlySet<number> = new Set([4317, 4318, 9411, 14250, 14267, 14268, 9300, 7946]);

/** Port numbers that are no query API unless their name says so: Alertmanager's gossip. */
export const otherPortNumbers: ReadonlySet<number> = new Set([9094]);

/**
 * Words of products that bring a Prometheus or Grafana of their own and show it only in the release label or in the
 * namespace: cost tools, service meshes, monitoring suites.
 */
export const hostProducts: ReadonlySet<string> = new Set(
  wordsOf(`
    kubecost opencost cost-analyzer cloudability finops
    istio istio-system linkerd linkerd-viz viz.linkerd.io kuma consul cilium hubble osm
    signoz netdata uptrace openobserve coroot posthog sentry kiali keptn robusta gitlab harbor
  `),
);

/** Words that people use for monitoring in general. */
export const monitoringWords: ReadonlySet<string> = new Set(
  wordsOf(`
    monitoring monitor observability observatorium metrics logging logs tracing traces telemetry alerting apm o11y obs lgtm
  `),
);

/** Words for what people look at. */
export const viewWords: ReadonlySet<string> = new Set(wordsOf('dashboard dashboards graphs'));

/** The same as for monitoring, and words for a platform that all their products share. */
export const neutralWords: ReadonlySet<string> = new Set([
  ...monitoringWords,
  ...wordsOf(`
    stack platform infra infrastructure system cluster kube kubernetes addon addons ops sre tools shared central common
  `),
]);

/** Label keys that only such a product writes. */
export const hostLabels: readonly string[] = ['linkerd.io/extension', 'kuma.io/mesh', 'kuma.io/service'];

/** Splits a text at white space. */
function wordsOf(text: string): string[] {
  return text.trim().split(/\s+/);
}
