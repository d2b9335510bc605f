import type { KubeObject } from '../cluster/parts/objects.ts';
import { service } from '../support/objects.ts';
import * as answers from './backends/answers.ts';
import type { Answer } from './backends/server.ts';

/** A product over https. */
export interface HttpsKind {
  readonly toolset: string;
  readonly product: string;
  readonly port: number;
  readonly answer: Answer;
  readonly credential?: Readonly<Record<string, string>>;
}

/** Every toolset whose backend may serve https. */
export const httpsKinds: readonly HttpsKind[] = [
  { toolset: 'prometheus/metrics', product: 'prometheus', port: 9090, answer: answers.prometheus },
  { toolset: 'grafana/dashboards', product: 'grafana', port: 3000, answer: answers.grafana() },
  { toolset: 'grafana/loki', product: 'loki', port: 3100, answer: answers.loki },
  { toolset: 'grafana/tempo', product: 'tempo', port: 3200, answer: answers.tempo },
  { toolset: 'elasticsearch/data', product: 'elasticsearch', port: 9200, answer: answers.elasticsearch },
  { toolset: 'elasticsearch/cluster', product: 'opensearch', port: 9200, answer: answers.opensearch },
  { toolset: 'victorialogs', product: 'victoria-logs', port: 9428, answer: answers.victorialogs },
  { toolset: 'alertmanager', product: 'alertmanager', port: 9093, answer: answers.alertmanager },
  { toolset: 'jaeger/tracing', product: 'jaeger', port: 16686, answer: answers.jaeger() },
  {
    toolset: 'rabbitmq/core',
    product: 'rabbitmq',
    port: 15671,
    answer: answers.rabbitmq('holmes', 'pw'),
    credential: { username: '{{ env.NAME }}', password: '{{ env.PASSWORD }}' },
  },
  {
    toolset: 'clickhouse',
    product: 'clickhouse',
    port: 8443,
    answer: answers.clickhouse,
    credential: { connection_url: '{{ env.URL }}' },
  },
];

/** What their credentials refer to. */
export const httpsEnv = environment('svc.cluster.local');

/** The same where the host of ClickHouse, which is in its credential, ends otherwise. */
export function environment(domain: string): Readonly<Record<string, string>> {
  const url = `clickhouse+http://holmes:pw@clickhouse.secure.${domain}:8443/?protocol=https`;
  return { NAME: 'holmes', PASSWORD: 'pw', URL: url };
}

/** Its Service, without anything that tells who issues its certificate. */
export function secured({ product, port }: HttpsKind): KubeObject {
  const labels = { 'app.kubernetes.io/name': product };
  const name = product === 'rabbitmq' ? 'management-tls' : 'https';
  return service({ namespace: 'secure', name: product, labels, ports: [{ name, port }] });
}

/** `spec` with which it is taken, and has its credential. */
export function httpsSpec(
  { toolset, product, credential }: HttpsKind,
  certificates: string,
): Readonly<Record<string, unknown>> {
  return {
    target: { certificates },
    // Of an untrusted API it would not ask for the health.
    trust: { namespaces: ['secure'] },
    ...(credential ? { detectors: { [product]: { enabled: true } }, credentials: { [toolset]: credential } } : {}),
  };
}
