import type { Port } from './service.ts';

type Labels = Readonly<Record<string, string>>;

/** A Service, and where it is reached; `null` where the detector must not take it. */
export type Case = readonly [title: string, name: string, labels: Labels, ports: readonly Port[], url: string | null];

/** What a detector is asked beside the whole corpus. */
export interface Cases {
  /** An entry of the corpus from the chart, operator or manifest that ships the product, and where it is reached. */
  readonly chart: readonly [stackAndService: string, url: string];
  readonly others: readonly Case[];
}

/** `app.kubernetes.io/name`, and component where there is one. */
export function labelled(name: string, component?: string): Labels {
  return {
    'app.kubernetes.io/name': name,
    ...(component === undefined ? {} : { 'app.kubernetes.io/component': component }),
  };
}

const svc = 'svc.cluster.local';

/** Metrics, alerts, dashboards, Argo CD. */
export const cases: Readonly<Record<string, Cases>> = {
  prometheus: {
    chart: ['kube-prometheus prometheus-k8s', `http://prometheus-k8s.monitoring.${svc}:9090`],
    others: [
      ['a non-default port number', 'p', labelled('prometheus'), [['web', 31090]], `http://p.obs.${svc}:31090`],
      [
        'the web port behind a reloader port',
        'p',
        labelled('prometheus'),
        [
          ['reloader-web', 8080],
          ['web', 9090],
        ],
        `http://p.obs.${svc}:9090`,
      ],
      [
        'the web port behind a gRPC port',
        'p',
        labelled('prometheus'),
        [
          ['grpc', 10901],
          ['http-web', 9090],
        ],
        `http://p.obs.${svc}:9090`,
      ],
      ['a Service without labels', 'prometheus', {}, [['', 9090]], `http://prometheus.obs.${svc}:9090`],
      ['the product name with a foreign port', 'prometheus', {}, [['', 8000]], null],
      ['the Pushgateway', 'prometheus-pushgateway', labelled('prometheus-pushgateway'), [['http', 9091]], null],
      [
        'a sidecar under the product label',
        'prometheus-thanos',
        labelled('prometheus', 'thanos-sidecar'),
        [['http', 10902]],
        null,
      ],
      ['a Service without TCP ports', 'statsd', labelled('prometheus'), [], null],
    ],
  },
  thanos: {
    chart: ['kube-thanos thanos-query-frontend', `http://thanos-query-frontend.thanos.${svc}:9090`],
    others: [
      [
        'the query component',
        't',
        labelled('thanos', 'query'),
        [
          ['grpc', 10901],
          ['http', 10902],
        ],
        `http://t.obs.${svc}:10902`,
      ],
      ['port 443 with TLS', 'thanos-query', {}, [['http', 443]], `https://thanos-query.obs.${svc}:443`],
      ['a store', 't', labelled('thanos', 'storegateway'), [['http', 10902]], null],
      ['the query component with only gRPC', 't', labelled('thanos', 'query'), [['grpc', 10901]], null],
    ],
  },
  mimir: {
    chart: [
      'mimir test-oss-values-mimir-gateway',
      `http://test-oss-values-mimir-gateway.citestns.${svc}:80/prometheus`,
    ],
    others: [
      ['a single binary', 'mimir', {}, [['', 8080]], `http://mimir.obs.${svc}:8080/prometheus`],
      ['a distributor', 'm', labelled('mimir', 'distributor'), [['http-metrics', 8080]], null],
      [
        'a querier, which is behind the query frontend',
        'm',
        labelled('mimir', 'querier'),
        [['http-metrics', 8080]],
        null,
      ],
    ],
  },
  cortex: {
    chart: ['cortex-chart cortex-nginx', `http://cortex-nginx.cortex.${svc}:80/prometheus`],
    others: [
      ['a single binary', 'c', labelled('cortex'), [['http', 9009]], `http://c.obs.${svc}:9009/prometheus`],
      ['the table manager', 'c', labelled('cortex', 'table-manager'), [['http-metrics', 8080]], null],
      [
        'an unrelated application named cerebral-cortex',
        'cerebral-cortex',
        labelled('cerebral-cortex-app'),
        [['http', 8080]],
        null,
      ],
    ],
  },
  victoriametrics: {
    chart: [
      'vm-cluster-chart vm-victoria-metrics-cluster-vmselect',
      `http://vm-victoria-metrics-cluster-vmselect.victoria.${svc}:8481/select/0/prometheus`,
    ],
    others: [
      ['a single node without labels', 'victoriametrics', {}, [['', 8428]], `http://victoriametrics.obs.${svc}:8428`],
      ['vminsert', 'v', labelled('vminsert'), [['http', 8480]], null],
      ['vmagent', 'vmagent', labelled('vmagent'), [['http', 8429]], null],
      ['vmalert', 'v', labelled('victoria-metrics-alert'), [['http', 8880]], null],
    ],
  },
  alertmanager: {
    chart: ['kube-prometheus alertmanager-main', `http://alertmanager-main.monitoring.${svc}:9093`],
    others: [
      [
        'the web port behind a gossip port',
        'a',
        labelled('alertmanager'),
        [
          ['tcp-mesh', 9094],
          ['web', 9093],
        ],
        `http://a.obs.${svc}:9093`,
      ],
      ['a Service with only a gossip port', 'a', labelled('alertmanager'), [['tcp-mesh', 9094]], null],
      ["Mimir's Alertmanager", 'a', labelled('mimir', 'alertmanager'), [['http-metrics', 8080]], null],
      ['a bot', 'alertmanager-bot', labelled('alertmanager-bot'), [['http', 8080]], null],
    ],
  },
  grafana: {
    chart: ['grafana-chart grafana', `http://grafana.grafana.${svc}:80`],
    others: [
      [
        'an overridden name',
        'metrics-ui',
        { ...labelled('metrics-ui'), 'helm.sh/chart': 'grafana-8.0.0' },
        [['service', 80]],
        `http://metrics-ui.obs.${svc}:80`,
      ],
      ['a port named https', 'g', labelled('grafana'), [['https', 3000]], `https://g.obs.${svc}:3000`],
      ['the gossip port of alerting', 'grafana-alerting', labelled('grafana'), [['gossip-tcp', 9094]], null],
      ['the image renderer', 'grafana-image-renderer', labelled('grafana', 'image-renderer'), [['http', 8081]], null],
      ['Alloy', 'grafana-alloy', labelled('alloy'), [['http-metrics', 12345]], null],
    ],
  },
  argocd: {
    chart: ['argocd-manifests argocd-server', `https://argocd-server.argocd.${svc}:443`],
    others: [
      ['the repo server', 'argocd-repo-server', labelled('argocd-repo-server'), [['server', 8081]], null],
      ['the metrics Service', 'argocd-server-metrics', labelled('argocd-server-metrics'), [['metrics', 8083]], null],
    ],
  },
};
