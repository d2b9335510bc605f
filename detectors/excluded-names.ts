/**
 * Words for parts of any product that do not answer queries, or that another product's name adds to its own. Compared
 * with whole words of a component label, and with the words that follow the product's own in a Service's name: never
 * with a substring. One line each: what writes, what stores, what evaluates rules or gossips, what exports or runs
 * beside it, what operates it, other products that it brings, what backs it up, other interfaces.
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

/** Words behind a product's own that name no part of it: how all of it runs, where, and who may speak with it. */
export const wholeWords: readonly string[] = wordsOf(`
  standalone single dev test staging prod production demo local sasl ssl tls
`);

/** Last words of names that no server has, whatever stands before them. */
export const tellingEnds: ReadonlySet<string> = new Set(
  wordsOf('exporter operator webhook adapter canary memberlist memcached pushgateway'),
);

/** Names of ports that never answer a product's queries. */
export const otherPorts: readonly string[] = wordsOf(`
  *grpc* *gossip* *mesh* *memberlist* *transport* *reloader* *thrift* *trft* *otlp* *zipkin*
  *cluster* *peer* *raft* *ring* *remote-write* *alert*
  metrics http-metrics https-metrics *-metrics admin* *debug* *pprof* *webhook* probe telemetry ssh sshd
`);

/**
 * Those among them of what the nodes of a cluster say to each other: at the number of the product's API, a port is that of the API,
 * whatever people call it, where no other one can be it.
 */
export const nodePorts: readonly string[] = wordsOf('*transport* *cluster*');

/** Whether an authentication proxy listens here, in front of the port that the product itself has. */
export function isProxyPort({ name }: { readonly name: string }): boolean {
  return /(?:^|-)oauth2?(?:-|$)/.test(name);
}

/** Numbers of ports that are never an API, whatever their name: what takes data in, Elasticsearch's transport, gossip. */
export const neverPorts: ReadonlySet<number> = new Set([4317, 4318, 9411, 14250, 14267, 14268, 9300, 7946]);

/** Numbers of ports that are no API unless their name says so: Alertmanager's gossip. */
export const otherPortNumbers: ReadonlySet<number> = new Set([9094]);

/**
 * Words of products that bring a Prometheus or Grafana of their own and say so in no label but the release's, or in the
 * namespace alone: cost tools, service meshes, monitoring suites.
 */
export const hostProducts: ReadonlySet<string> = new Set(
  wordsOf(`
    kubecost opencost cost-analyzer cloudability finops
    istio istio-system linkerd linkerd-viz viz.linkerd.io kuma consul cilium hubble osm
    signoz netdata uptrace openobserve coroot posthog sentry kiali keptn robusta gitlab harbor
  `),
);

/** Words by which people call their monitoring, or what runs under all of their products. */
export const neutralWords: ReadonlySet<string> = new Set(
  wordsOf(`
    monitoring monitor observability observatorium metrics logging logs tracing traces telemetry alerting apm o11y obs lgtm
    stack platform infra infrastructure system cluster kube kubernetes addon addons ops sre tools shared central common
  `),
);

/** Label keys that only such a product writes. */
export const hostLabels: readonly string[] = ['linkerd.io/extension', 'kuma.io/mesh', 'kuma.io/service'];

/** The words of a text, which white space separates. */
function wordsOf(text: string): string[] {
  return text.trim().split(/\s+/);
}
