/** What discovery gets wrong in the corpus, by `stack service`, and why that stays. Whatever else is wrong is a bug. */
export const knownMisses: Readonly<Record<string, string>> = {
  'tempostack-gateway tempo-mt-gateway':
    "the gateway answers below a path with the tenant's name, which only the TempoStack says: evidence of it, or an annotation, names it",
  'tempostack-mt tempo-mt-gateway': 'the same',
  'kps-route-prefix edge-mon-prometheus':
    'the route prefix stands in the Prometheus resource and in the pods alone: evidence of them, or an annotation, names it',
  'kps-route-prefix edge-mon-alertmanager': 'the same, of the Alertmanager resource',
  'gmp frontend': 'nothing in the Service of a Prometheus API says Prometheus: an annotation does',
  'mimir jsonnet query-frontend':
    'its names are those of the parts, and no word in the Service is Mimir: only its Pods tell, and its port is that of anything',
  'kubeblocks elasticsearch search-mdit-http':
    'neither a label nor the name is Elasticsearch, and the owner is one for any product: its Pods tell',
  'kubeblocks victoriametrics mon-vmselect':
    'it has no label of the product, and only the end of its name is VictoriaMetrics: its Pods tell',
  'redis enterprise by hand redis1-expose':
    'the port has a number of its own for each database, and no label is there: only its selector is of Redis Enterprise',
  'opentelemetry demo otel-demo-opensearch':
    'its chart serves https by default, and the demo turns that off: nothing in the Service says so, the health check finds out',
  'temporal elasticsearch-master':
    "version 7 of Elastic's chart serves http and version 8 https, with the same Service: the health check finds out",
  'calico enterprise prometheus-http-api':
    'a proxy with TLS listens where the Service leads, and no name, label or annotation says so: the health check finds out',
  'network observability with lokistack flows-gateway-http':
    "the gateway's path has the tenant, which only the LokiStack says: evidence of it names it",
  'minio tenant of old myminio-log-hl-svc':
    'the resource of its owner is one for object storage, and its number alone is of PostgreSQL: its Pods tell',
  'open service mesh osm-prometheus':
    'it listens on a number of its own, and its label only contains the product: its Pods tell',
  'tools beside databases orders-pgbouncer':
    'a pooler whose labels name nothing but itself: which database is behind it, nothing in the Service says',
  'stolon example stolon-proxy-service':
    'it is called a proxy, as what answers no queries is elsewhere, and its number alone is of PostgreSQL',
  'eshop on containers basket-data': 'its number alone is of Redis, under a port that is called http: its Pods tell',
  'umbrella chart with aliases shop-search':
    "its ports are those of the vendor's charts for Elasticsearch and OpenSearch alike: its Pods tell which it is",
  'redpanda redpanda-external':
    'for clients outside: each of its ports is named for a listener, which only the chart tells, and has a number of its own',
  'redpanda by hand with external ports redpanda':
    'its port is named for a listener and has a number of its own: only its name is of a program that speaks as Kafka does',
  'loki jsonnet query-frontend':
    'its names are those of the parts, and no word in the Service is Loki: only its Pods tell, and its port proves nothing by itself',
  'kafka by kompose kafka': 'its port has a number of its own, and that number for a name: its Pods tell',
  'mariadb operator with maxscale maxscale-galera':
    'a proxy whose labels and owner name nothing but itself: the database behind it has Services of its own',
  'openshift template of a prometheus for applications prom':
    'its port alone is named for Prometheus, before a proxy on a number of its own: beside it one with that name leads elsewhere',
  'azure vote azure-vote-back': 'its number alone is of Redis: its Pods tell',
  'cortex of a local environment query-frontend':
    'its names are those of the parts, and no word in the Service is Cortex: only its Pods tell, and its port is that of anything',
  'thanos in cue of old query-frontend': 'the same, of Thanos',
  'social network home-timeline-redis':
    'beside a Service that is called the primary it counts as one of its nodes: nothing in either says that they are two databases',
  'openshift-uwm prometheus-operated':
    'its pods listen on their loopback address alone: nothing in the Service says so, the health check finds out',
  'prometheus for otlp prometheus-otlp':
    'its label and name go on with a word for what takes data in elsewhere, and its number is that of anything that counts',
  'a monitoring service monitoring-service':
    'what people call it is monitoring, and its number is that at which any program counts: its Pods tell',
  'cortex of its repository of old nginx':
    'a proxy whose name and label are its own: nothing in the Service is of Cortex',
  'cortex of its repository of old retrieval':
    'it listens on 80, and its name is that of a part of another product: its Pods tell',
  'tempo of its repository of old query-frontend':
    'its names are those of the parts, and its number was once that of Loki: only its Pods tell',
  'open distro for elasticsearch logs-opendistro-es-client-service':
    'it is Elasticsearch with a plugin that serves TLS by default: nothing in the Service says so, the health check finds out',
  'jaeger on opensearch jaeger-query':
    'its base path stands in its container alone: its Pods tell, or the health check finds out',
  'todo application with elastic es01-nodeport':
    'version 8 serves TLS by default, which its image decides: nothing in the Service says so, the health check finds out',
  'rainbond rbd-monitor':
    'what its platform calls it is a monitor, and no word in the Service is Prometheus: its Pods tell',
  'scylladb monitoring example-grafana':
    "its only label is of ScyllaDB's operator, and its number that of any server; ScyllaDB brought it for itself",
  'learning systems prometheus-learning':
    'its label goes on behind the product with a word of its own, and its number is that of anything that counts: its Pods tell',
  'opensearch on a balancer beside its chart opensearch-lb':
    'its security plugin is turned off where it runs: nothing in the Service says so, the health check finds out',
  'opensearch as a target of a migration opensearch-target':
    'its security plugin is turned off where it runs: nothing in the Service says so, the health check finds out',
  'elasticsearch operator of upmc elasticsearch-example-es-cluster':
    'the operator serves TLS unless it is told not to: nothing in the Service says so, the health check finds out',
  'flask with its redis back-api': 'its number alone is of Redis, under a name of an application: its Pods tell',
  'opensearch with its exporter in one image opensearch-multi':
    'its security plugin is turned off where it runs: nothing in the Service says so, the health check finds out',
  'eck without tls of a workshop elasticsearch':
    'TLS is turned off in the Elasticsearch resource: nothing in the Service says so, the health check finds out',
  'powermeter thanos-receiver':
    'its name and label are of a receiver, and the querier in the same pods has a port called admin: its Pods tell',
  'scratchbird scratchbird-lb':
    'another product that speaks the protocol of PostgreSQL on its number: nothing in the Service says that it is none',
  'multi agent pgbouncer':
    'a pooler whose labels name nothing but itself: which database is behind it, nothing in the Service says',
  'opensearch by hand of timesketch opensearch':
    'its security plugin is turned off where it runs: nothing in the Service says so, the health check finds out',
  'graylog by compose opensearch':
    'its security plugin is turned off where it runs: nothing in the Service says so, the health check finds out',
  'pups of a laboratory opensearch':
    'its security plugin is turned off where it runs: nothing in the Service says so, the health check finds out',
  'employee application opensearch-external':
    'its security plugin is turned off where it runs: nothing in the Service says so, the health check finds out',
  'crypto tracker opensearch':
    'its security plugin is turned off where it runs: a probe of its Pod says so, or the health check finds out',
  'verim opensearch':
    'its security plugin is turned off where it runs: a probe of its Pod says so, or the health check finds out',
  'worksphere opensearch':
    'its security plugin is turned off where it runs: a probe of its Pod says so, or the health check finds out',
  'a database of redis enterprise on a node port primary-nodeport':
    'the port has a number of its own for each database, and only its selector is of Redis Enterprise, by a key with the number of the database',
  'rds under three names primary':
    'its number alone is of PostgreSQL, under the name of a role: only where it leads says more',
  'rds under three names replica1': 'the same',
  'rds under three names replica2': 'the same',
  'router of mysql by hand mysql-router-ro':
    'the replicas have a number of their own: the other Service of the router is the one to ask',
  'route prefixes behind haproxy kube-prometheus-stack-alertmanager':
    'the route prefix of the values stands in the Alertmanager resource: evidence of it names it',
  'route prefixes behind haproxy kube-prometheus-stack-prometheus':
    'the route prefix of the values stands in the Prometheus resource: evidence of it names it',
  'route prefixes of an application kube-prometheus-stack-alertmanager': 'the same, a route prefix of Alertmanager',
  'route prefixes of an application kube-prometheus-stack-prometheus': 'the same, a route prefix of Prometheus',
  'prometheus below a path on a balancer prometheus-operator-prometheus': 'the same, a route prefix of Prometheus',
  'operator with paths in azure prom-operator-prometheus-o-alertmanager': 'the same, a route prefix of Alertmanager',
  'operator with paths in azure prom-operator-prometheus-o-prometheus': 'the same, a route prefix of Prometheus',
  'release monitoring below paths on an alb monitoring-kube-prometheus-alertmanager':
    'the same, a route prefix of Alertmanager',
  'release monitoring below paths on an alb monitoring-kube-prometheus-prometheus':
    'the same, a route prefix of Prometheus',
  'stack in turkish below paths kube-prometheus-stack-prometheus': 'the same, a route prefix of Prometheus',
  'stack of a lesson about paths prometheus-kube-prometheus-alertmanager': 'the same, a route prefix of Alertmanager',
  'stack of a lesson about paths prometheus-kube-prometheus-prometheus': 'the same, a route prefix of Prometheus',
  'pi cluster with each part named kube-prometheus-stack-prometheus': 'the same, a route prefix of Prometheus',
  'prometheus below a path of a panel prometheus-server':
    'the path below which it is served is an argument of its container: evidence of its Pods names it',
  'prometheus of an lgtm stack prometheus-server': 'the same, a path among the arguments',
  'monitoring of an operator of agents omnia-prometheus-server': 'the same, a path among the arguments',
  'prometheus below a path of a manual prometheus-server': 'the same, a path among the arguments',
  'jaeger 2 below a path jaeger':
    'the base path of the values is a variable or in a file of its container, and / leads nowhere: an annotation names it',
  'demo of opentelemetry for a lab jaeger-query':
    'the base path is an argument of its container: evidence of its Pods names it',
  'demo of opentelemetry for a lab opensearch-headless':
    'its values turn the security plugin off, and with it TLS: nothing in the Service says so, the health check finds out',
  'demo of opentelemetry for a lab opensearch':
    'the same, OpenSearch without its security plugin: the health check finds out',
  'jaeger of a low-code platform jaeger-test-query': 'the same, a base path of Jaeger',
  'jaeger with kafka and bitnami search jaeger-elasticsearch':
    "its values turn security on, and with it TLS, which Bitnami's chart says nowhere in the Service: the health check finds out",
  'jaeger with elasticsearch of flux elasticsearch-master-headless':
    "version 7 of Elastic's chart, with the same Service as version 8, which serves https: the health check finds out",
  'jaeger with elasticsearch of flux elasticsearch-master':
    "the same, version 7 of Elastic's chart: the health check finds out",
  'jaeger below a path on 80 jaeger-query': 'the same, a base path of Jaeger',
  'jaeger of a hospital jaeger-query': 'the same, a base path of Jaeger',
  'jaeger of a hospital monitoring-opensearch-headless':
    'the same, OpenSearch without its security plugin: the health check finds out',
  'jaeger of a hospital monitoring-opensearch':
    'the same, OpenSearch without its security plugin: the health check finds out',
  'opensearch without security opensearch-cluster-master-headless':
    'the same, OpenSearch without its security plugin: the health check finds out',
  'opensearch without security opensearch-cluster-master':
    'the same, OpenSearch without its security plugin: the health check finds out',
  'dependencies of openmetadata opensearch-headless':
    'the same, OpenSearch without its security plugin: the health check finds out',
  'dependencies of openmetadata opensearch':
    'the same, OpenSearch without its security plugin: the health check finds out',
  'opensearch of a rancher project opensearch-project-headless':
    'the same, OpenSearch without its security plugin: the health check finds out',
  'opensearch of a rancher project opensearch-project':
    'the same, OpenSearch without its security plugin: the health check finds out',
  'opensearch of a rancher project opensearch-project-client-headless':
    'the same, OpenSearch without its security plugin: the health check finds out',
  'opensearch of a rancher project opensearch-project-client':
    'the same, OpenSearch without its security plugin: the health check finds out',
  'elasticsearch in groups of a chinese book elasticsearch-master-headless':
    "the same, version 7 of Elastic's chart: the health check finds out",
  'elasticsearch in groups of a chinese book elasticsearch-master':
    "the same, version 7 of Elastic's chart: the health check finds out",
  'elasticsearch in groups of a chinese book elasticsearch-data-headless':
    "the same, version 7 of Elastic's chart: the health check finds out",
  'elasticsearch in groups of a chinese book elasticsearch-data':
    "the same, version 7 of Elastic's chart: the health check finds out",
  'elasticsearch in groups of a chinese book elasticsearch-client-headless':
    "the same, version 7 of Elastic's chart: the health check finds out",
  'elasticsearch in groups of a chinese book elasticsearch-client':
    "the same, version 7 of Elastic's chart: the health check finds out",
  'elasticsearch in groups, elastic elastic-master-headless':
    "the same, version 7 of Elastic's chart: the health check finds out",
  'elasticsearch in groups, elastic elastic-master':
    "the same, version 7 of Elastic's chart: the health check finds out",
  'elasticsearch in groups, elastic elastic-data-headless':
    "the same, version 7 of Elastic's chart: the health check finds out",
  'elasticsearch in groups, elastic elastic-data': "the same, version 7 of Elastic's chart: the health check finds out",
  'elasticsearch in groups, elastic elastic-client-headless':
    "the same, version 7 of Elastic's chart: the health check finds out",
  'elasticsearch in groups, elastic elastic-client':
    "the same, version 7 of Elastic's chart: the health check finds out",
  'elasticsearch in groups with certificates elastic-cluster-master-headless':
    "the same, version 7 of Elastic's chart: the health check finds out",
  'elasticsearch in groups with certificates elastic-cluster-master':
    "the same, version 7 of Elastic's chart: the health check finds out",
  'elasticsearch in groups with certificates elastic-cluster-data-headless':
    "the same, version 7 of Elastic's chart: the health check finds out",
  'elasticsearch in groups with certificates elastic-cluster-data':
    "the same, version 7 of Elastic's chart: the health check finds out",
  'elasticsearch in groups with certificates elastic-cluster-client-headless':
    "the same, version 7 of Elastic's chart: the health check finds out",
  'elasticsearch in groups with certificates elastic-cluster-client':
    "the same, version 7 of Elastic's chart: the health check finds out",
  'elasticsearch for logging elasticsearch-logging':
    "the same, version 7 of Elastic's chart: the health check finds out",
  'efk on node ports elasticsearch': "the same, version 7 of Elastic's chart: the health check finds out",
  'elasticsearch of a docker desktop elasticsearch':
    "the same, version 7 of Elastic's chart: the health check finds out",
  'elasticsearch by role on a balancer elasticsearch-master':
    "the same, version 7 of Elastic's chart: the health check finds out",
  'elasticsearch by role on a balancer elasticsearch-client':
    "the same, version 7 of Elastic's chart: the health check finds out",
  'argo cd without tls on a balancer argocd-server':
    'its values turn TLS off, and both ports lead to the same port of the Pods: nothing in the Service says so, the health check finds out',
  'argo cd of rke2 without tls argo-cd-argocd-server': 'the same, Argo CD without TLS: the health check finds out',
  'argo cd below a path of traefik argocd-server':
    'its values turn TLS off and give it a path, of which the Service says neither: an annotation names them',
  'argo cd below a path with metrics argocd-server':
    'its values turn TLS off and give it a path, of which the Service says neither: an annotation names them',
  'main-mon main-mon': 'its number alone is of MongoDB, under a name of its own: its Pods tell',
  'mariadb of a spring boot course mariadb003ser':
    'its label and name go on behind the product with numbers and words of its own, on a number of its own: its Pods tell',
  'graylog of production by terraform opensearch':
    'its security plugin is turned off where it runs: nothing in the Service says so, the health check finds out',
  'eck without tls on a node port by terraform elasticsearch-nodeport':
    'TLS is turned off in the Elasticsearch resource: nothing in the Service says so, the health check finds out',
  'confluent all in one by kompose broker':
    'beside the number of Kafka it has another one, of JMX, without a name: its Pods tell',
  'postgresql of cloud foundry mypostgresql':
    'its label has another word before the product, without a separator: its Pods tell',
  'measurement lab, sandbox grafana-public-service':
    'the label of its Pods is that of kubectl run, which is not read as a product: its Pods tell',
  'data platform of charts airflow-pgbouncer':
    'a pooler on a number of its own whose labels name nothing but itself: which database is behind it, nothing in the Service says',
  'monitoring service that is a grafana monitoring-service':
    'its number is that of anything, and what people call it is monitoring: its Pods tell',
  'es of a balancer in azure es':
    'the label of its pods has the product between other words, and its name is short: its Pods tell',
  'pgbouncer without a database pgbouncer':
    'a pooler whose labels name nothing but itself: which database is behind it, nothing in the Service says',
  'pgbouncer on its own number pgbouncer': 'the same, a pooler, on a number of its own',
  'prom with a web shop prom': 'its number alone is of Prometheus, under a name of its own: its Pods tell',
  'monitor of two containers monitor': 'its number alone is of Prometheus, under a name of its own: its Pods tell',
  'metalk8s aliases prometheus-api': 'another name of a Service of another namespace, which its labels do not name',
  'grafana under the name of a proxy grafana-proxy': 'another name of a Service of another namespace, called a proxy',
  'wazuh by kustomize indexer':
    'its number is of Elasticsearch and OpenSearch alike, and its image has a name of its own: the health check finds out',
  'falco and its redis falco-falcosidekick-ui-redis':
    'its component has the word of the interface that it belongs to: its Pods tell',
  'mon that is a prometheus mon': 'its number alone is of Prometheus, under a name of its own: its Pods tell',
  'metrics that is victoria metrics metrics':
    'its number alone is of VictoriaMetrics, under a name of its own: its Pods tell',
  'metrics store below a path metrics-store':
    'its number alone is of VictoriaMetrics, under a name of its own: its Pods tell',
  'tsdb of victoria metrics tsdb': 'its number alone is of VictoriaMetrics, under a name of its own: its Pods tell',
  'logs that is loki logs': 'its number alone is of Loki, under a name of its own: its Pods tell',
  'logs that is loki on 80 logs': 'its number alone is of Loki, under a name of its own: its Pods tell',
  'logs that is victoria logs logs': 'its number alone is of VictoriaLogs, under a name of its own: its Pods tell',
  'traces that is jaeger traces': 'its number alone is of Jaeger, under a name of its own: its Pods tell',
  'traces that is tempo traces': 'its number alone is of Tempo, under a name of its own: its Pods tell',
  'traces that is tempo on 80 traces':
    'neither its name nor a number is of Tempo: only its Pods tell, and nothing points at them',
  'graphs that is grafana graphs': 'its number is that of anything, under a name of its own: its Pods tell',
  'dash that is grafana dash':
    'its number is that of anything, under a name of its own: only its Pods tell, and nothing points at them',
  'alerts that is alertmanager alerts': 'its number alone is of Alertmanager, under a name of its own: its Pods tell',
  'prometheus in agent mode of old prometheus':
    'it is labelled as the product: only the arguments of its Pods tell that it forwards what it collects',
  'prometheus in agent mode among features prometheus': 'the same, among other features',
  'prometheus that is a pushgateway prometheus':
    'it is labelled as the product: only the image of its Pods tells that it is another program',
  'prometheus that is a node exporter prometheus': 'the same, an exporter',
  'query of thanos under its own name global-view':
    'its number is of Prometheus and Thanos alike, under a name of its own: its Pods tell which it is',
  'search that is elasticsearch search':
    'its number is of Elasticsearch and OpenSearch alike, under a name of its own: its Pods tell which it is',
  'search that is elasticsearch of wolfi search': 'the same',
  'search that is opensearch search': 'the same',
  'session that is valkey session': 'its number alone is of Redis, under a name of its own: its Pods tell',
  'sessions with search sessions': 'its number alone is of Redis, under a name of its own: its Pods tell',
  'store that is mongodb store': 'its number alone is of MongoDB, under a name of its own: its Pods tell',
  'vectors in postgresql vectors': 'its number alone is of PostgreSQL, under a name of its own: its Pods tell',
  'state in postgresql state': 'its number alone is of PostgreSQL, under a name of its own: its Pods tell',
  'ledger in percona server ledger': 'its number alone is of MySQL, under a name of its own: its Pods tell',
  'bus that is kafka bus': 'its number alone is of Kafka, under a name of its own: its Pods tell',
  'bus that is redpanda bus': 'its number alone is of Kafka, under a name of its own: its Pods tell',
  'long term that is mimir longterm':
    'its number is that of anything, under a name of its own: only its Pods tell, and nothing points at them',
  'selectors that select two programs prom':
    'its number alone is of Prometheus, under a name of its own: its Pods tell',
};
