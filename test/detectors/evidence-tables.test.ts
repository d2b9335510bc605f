import { expect } from 'chai';
import { outputFieldsOf } from '../../plugin/discovery/decision.ts';
import type { KubeObject } from '../cluster/parts/objects.ts';
import { discoverFixture } from '../plugin/discovery/fixture.ts';
import { readCorpus } from '../accuracy/corpus.ts';
import { pod, service } from '../support/objects.ts';
import type { PodOptions } from '../support/objects.ts';

/** Where a product's Service with this Pod behind it answers, or why it does not. */
async function placeOf([product, port, component]: Target, options: PodOptions): Promise<string> {
  const labels = {
    'app.kubernetes.io/name': product,
    ...(component === undefined ? {} : { 'app.kubernetes.io/component': component }),
  };
  const items = [
    service({ name: product, labels, ports: [{ name: 'main', port }] }),
    pod({ name: `${product}-0`, labels: { app: product }, ports: [{ containerPort: port }], ...options }),
  ];
  return (await placesIn(items))[product]!;
}

/** By name of the Service: the place, else the reason. */
async function placesIn(items: readonly KubeObject[]): Promise<Readonly<Record<string, string>>> {
  const names = { namespaces: ['*'] };
  const { decisions } = await discoverFixture({ items, spec: { health: { check: 'readiness' }, trust: names } });
  return Object.fromEntries(
    decisions.map((one) => {
      const { scheme, port, path } = outputFieldsOf(one);
      const isPlaced = !['rejected', 'denied', 'ignored'].includes(one.decision);
      return [one.service.name, isPlaced ? `${String(scheme)} ${String(port)}${path ?? ''}` : one.reason];
    }),
  );
}

/** The Services of a stack of the corpus. */
function corpusOf(stack: string): readonly KubeObject[] {
  return readCorpus()
    .filter((entry) => entry.stack === stack)
    .map(({ service: one }) => one as unknown as KubeObject);
}

type Target = readonly [product: string, port: number, component?: string];

const cases: readonly (readonly [title: string, target: Target, pod: PodOptions, expected: string])[] = [
  [
    'reads the path of Alertmanager from its route prefix rather than its external URL',
    ['alertmanager', 9093],
    { image: 'prom/alertmanager:v0.28.0', args: ['--web.external-url=https://a/x', '--web.route-prefix=/am'] },
    'http 9093/am',
  ],
  [
    'reads the path of Alertmanager from its external URL when it has no route prefix',
    ['alertmanager', 9093],
    { image: 'bitnami/alertmanager', args: ['--web.external-url=https://example.com/alertmanager/'] },
    'http 9093/alertmanager',
  ],
  [
    'trusts the labels of Thanos when a shell starts it',
    ['thanos-query', 10902],
    { image: 'quay.io/thanos/thanos', args: ['sh', '-c', 'thanos query'] },
    'http 10902',
  ],
  ['rejects a Thanos store', ['thanos-query', 10902], { image: 'thanos', args: ['store'] }, 'NoQueriesByEvidence'],
  [
    'rejects a Prometheus agent',
    ['prometheus', 9090],
    { image: 'prom/prometheus', args: ['--agent'] },
    'NoQueriesByEvidence',
  ],
  [
    'rejects a Prometheus agent of version 2, where that is one of several features',
    ['prometheus', 9090],
    { image: 'prom/prometheus:v2.55.1', args: ['--enable-feature=exemplar-storage,agent', '--enable-feature=otlp'] },
    'NoQueriesByEvidence',
  ],
  [
    'takes a Prometheus with other features',
    ['prometheus', 9090],
    { image: 'prom/prometheus:v2.55.1', args: ['--enable-feature=exemplar-storage,agents', '--enable-feature=otlp'] },
    'http 9090',
  ],
  [
    'rejects what is labelled as a product and runs the image of an exporter',
    ['elasticsearch', 9200],
    { image: 'quay.io/prometheuscommunity/elasticsearch_exporter:v1' },
    'NoQueriesByEvidence',
  ],
  [
    'rejects a Pushgateway that is labelled as Prometheus',
    ['prometheus', 9090],
    { image: 'prom/pushgateway:v1' },
    'NoQueriesByEvidence',
  ],
  [
    "trusts the labels where the image's name only contains such a word",
    ['prometheus', 9090],
    { image: 'example.com/exporter-prometheus' },
    'http 9090',
  ],
  [
    'reads the path of Thanos Query from its external prefix when it has no route prefix',
    ['thanos', 9090, 'query'],
    { image: 'quay.io/thanos/thanos', args: ['query', '--web.external-prefix=/thanos'] },
    'http 9090/thanos',
  ],
  [
    'rejects a Thanos store whose Service is labelled query',
    ['thanos', 9090, 'query'],
    { image: 'quay.io/thanos/thanos', args: ['store', '--data-dir=/data'] },
    'NoQueriesByEvidence',
  ],
  [
    "replaces the detector's path with the Prometheus prefix of Mimir",
    ['mimir', 8080, 'query-frontend'],
    { image: 'grafana/mimir', args: ['-target=query-frontend', '-http.prometheus-http-prefix=/prom'] },
    'http 8080/prom',
  ],
  [
    'puts the server path prefix of Mimir before its Prometheus prefix',
    ['mimir', 8080, 'query-frontend'],
    { image: 'grafana/mimir', args: ['-server.path-prefix=/mimir/', '-http.prometheus-http-prefix=/prom'] },
    'http 8080/mimir/prom',
  ],
  [
    'puts the server path prefix of Mimir before the default Prometheus prefix',
    ['mimir', 8080, 'query-frontend'],
    { image: 'grafana/mimir', args: ['-server.path-prefix=/mimir'] },
    'http 8080/mimir/prometheus',
  ],
  [
    'rejects a Cortex distributor',
    ['cortex', 8080],
    { image: 'cortexproject/cortex', args: ['-target=distributor'] },
    'NoQueriesByEvidence',
  ],
  [
    'uses https for Loki with a certificate file',
    ['loki', 3100],
    { image: 'grafana/loki', args: ['-target=all', '-server.http-tls-cert-path=/etc/tls/tls.crt'] },
    'https 3100',
  ],
  [
    'reads the path of Loki from its readiness probe',
    ['loki', 3100],
    { image: 'grafana/loki', readiness: { path: '/logs/ready', port: 3100 } },
    'http 3100/logs',
  ],
  [
    'reads the path of Tempo from its API prefix',
    ['tempo', 3200],
    { image: 'grafana/tempo', args: ['-http-api-prefix=/tempo'] },
    'http 3200/tempo',
  ],
  [
    'reads path and scheme of VictoriaMetrics from its prefix and TLS flags',
    ['victoria-metrics', 8428],
    { image: 'victoriametrics/victoria-metrics', args: ['--http.pathPrefix=/vm/', '--tls', '--tlsCertFile=/c'] },
    'https 8428/vm',
  ],
  [
    'puts the path prefix of vmselect before its default path',
    ['vmselect', 8481],
    { image: 'victoriametrics/vmselect:v1.120.0-cluster', args: ['-http.pathPrefix=/vm'] },
    'http 8481/vm/select/0/prometheus',
  ],
  [
    'rejects VictoriaLogs with queries disabled',
    ['victoria-logs', 9428],
    { image: 'victoriametrics/victoria-logs', args: ['-select.disable=true'] },
    'NoQueriesByEvidence',
  ],
  [
    'puts the path prefix of VictoriaTraces before its default path',
    ['victoria-traces', 10428],
    { image: 'victoriametrics/victoria-traces', args: ['-http.pathPrefix=/t'] },
    'http 10428/t/select/jaeger',
  ],
  [
    'reads path and scheme of Grafana from its readiness probe',
    ['grafana', 3000],
    { image: 'grafana/grafana', readiness: { path: '/grafana/api/health', port: 3000, scheme: 'HTTPS' } },
    'https 3000/grafana',
  ],
  [
    'reads the path of Jaeger from its base path',
    ['jaeger', 16686],
    { image: 'jaegertracing/all-in-one', args: ['--query.base-path=/jaeger'] },
    'http 16686/jaeger',
  ],
  [
    'reads the scheme of Elasticsearch from its readiness probe',
    ['elasticsearch', 9200],
    { image: 'docker.elastic.co/elasticsearch/elasticsearch', readiness: { path: '/', port: 9200, scheme: 'HTTPS' } },
    'https 9200',
  ],
];

describe('detectors: evidence beyond the Service', () => {
  for (const [title, target, options, expected] of cases) {
    it(title, async () => {
      expect(await placeOf(target, options)).to.equal(expected);
    });
  }

  const tempoStack = {
    apiVersion: 'tempo.grafana.com/v1alpha1',
    kind: 'TempoStack',
    metadata: { name: 'mt', namespace: 'tracing-mt' },
    spec: {
      template: { gateway: { enabled: true } },
      tenants: { mode: 'static', authentication: [{ tenantName: 'dev' }, { tenantName: 'prod' }] },
    },
  };

  it('rejects the Prometheus resource of an agent, and takes one with other features', async () => {
    const ownerReferences = [{ apiVersion: 'monitoring.coreos.com/v1', kind: 'Prometheus', name: 'k8s' }];
    const one = service({ name: 'prometheus-k8s', labels: { 'app.kubernetes.io/name': 'prometheus' } });
    const owned = { ...one, metadata: { ...one.metadata, ownerReferences } };
    const of = async (enableFeatures: readonly string[]): Promise<unknown> => {
      const metadata = { namespace: 'monitoring', name: 'k8s' };
      const resource = {
        apiVersion: 'monitoring.coreos.com/v1',
        kind: 'Prometheus',
        metadata,
        spec: { enableFeatures },
      };
      return (await placesIn([owned, resource]))['prometheus-k8s'];
    };

    expect(await of(['exemplar-storage', 'agent'])).to.equal('NoQueriesByEvidence');
    expect(await of(['exemplar-storage'])).to.match(/^http /);
  });

  it('uses the first tenant of the TempoStack for the gateway of the Tempo operator', async () => {
    const places = await placesIn([...corpusOf('tempostack-mt'), tempoStack]);

    expect(places['tempo-mt-gateway']).to.equal('https 8080/api/traces/v1/dev/tempo');
  });

  it('rejects the gateway of the Tempo operator when its TempoStack is unavailable or has no tenants', async () => {
    const bare = { ...tempoStack, spec: { template: { gateway: { enabled: true } } } };

    expect((await placesIn(corpusOf('tempostack-mt')))['tempo-mt-gateway']).to.equal('NeedsProof');
    expect((await placesIn([...corpusOf('tempostack-mt'), bare]))['tempo-mt-gateway']).to.equal('NoQueriesByEvidence');
  });
});
