import type { CorpusService } from '../accuracy/corpus.ts';
import type { Port } from './service.ts';
import { serviceOf } from './service.ts';

/** A kind of thing that stands beside a product, carries its name, and answers none of its queries. */
interface Kind {
  readonly words: readonly string[];
  readonly ports: readonly Port[];
  readonly headless?: boolean;
}

/** Ports as the real ones have them, the product's own among them where charts give it to a helper. */
const kinds: Readonly<Record<string, Kind>> = {
  exporter: {
    words: ['exporter', 'metrics-exporter'],
    ports: [
      ['http', 9114],
      ['http-metrics', 9090],
      ['metrics', 80],
    ],
  },
  metrics: {
    words: ['metrics'],
    ports: [
      ['metrics', 9121],
      ['http-metrics', 8080],
    ],
  },
  operator: {
    words: ['operator', 'controller-manager'],
    ports: [
      ['https', 443],
      ['http', 8080],
      ['metrics', 8443],
    ],
  },
  adapter: {
    words: ['adapter'],
    ports: [
      ['https', 443],
      ['http', 6443],
    ],
  },
  webhook: {
    words: ['webhook', 'admission-webhook', 'webhook-service'],
    ports: [
      ['https', 443],
      ['', 9443],
    ],
  },
  canary: {
    words: ['canary'],
    ports: [
      ['http-metrics', 3500],
      ['http', 80],
    ],
  },
  cache: {
    words: ['cache', 'chunks-cache', 'memcached', 'results-cache'],
    ports: [
      ['memcached-client', 11211],
      ['http-metrics', 9150],
    ],
  },
  agent: {
    words: ['agent'],
    ports: [
      ['http', 5778],
      ['http-metrics', 8080],
      ['web', 9090],
    ],
  },
  gossip: {
    words: ['gossip-ring', 'memberlist', 'gossip'],
    ports: [
      ['tcp', 7946],
      ['gossip-ring', 7946],
    ],
    headless: true,
  },
  sidecar: {
    words: ['sidecar', 'thanos-sidecar'],
    ports: [
      ['grpc', 10901],
      ['http', 10902],
    ],
    headless: true,
  },
  backup: {
    words: ['backup', 'backup-agent'],
    ports: [
      ['http', 8080],
      ['https', 443],
    ],
  },
};

/** How charts write what a thing is. `name` and `component` are label values, `first` begins the Service's name. */
const styles: readonly ((product: string, word: string) => Readonly<Record<string, string>>)[] = [
  (product, word) => ({ 'app.kubernetes.io/name': product, 'app.kubernetes.io/component': word }),
  (product, word) => ({ 'app.kubernetes.io/name': `${product}-${word}`, 'app.kubernetes.io/instance': 'obs' }),
  (product, word) => ({ app: product, component: word, release: 'obs' }),
  (product, word) => ({ app: `${product}-${word}`, chart: `${product}-${word}-1.2.3` }),
  (product, word) => ({ 'k8s-app': `${product}-${word}` }),
  (product) => ({ 'app.kubernetes.io/name': product, 'app.kubernetes.io/instance': 'obs' }),
  (product) => ({ app: product }),
  () => ({}),
];

/** Every kind beside one product, in every style of labels, at every port. */
export function lookAlikesOf(product: string): readonly { readonly kind: string; readonly service: CorpusService }[] {
  return Object.entries(kinds).flatMap(([kind, { words, ports, headless }]) =>
    words.flatMap((word) =>
      styles.flatMap((style) =>
        [`${product}-${word}`, `obs-${product}-${word}`].flatMap((name) =>
          ports.map((port) => ({ kind, service: serviceOf(name, style(product, word), [port], headless) })),
        ),
      ),
    ),
  );
}
