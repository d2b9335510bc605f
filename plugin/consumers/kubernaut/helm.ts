import { urlOf } from '../../discovery/decision.ts';
import type { DataMap } from '../../lib/json.ts';
import { isMap } from '../../lib/json.ts';
import { declared } from '../declared/consumer.ts';
import type { ConsumerDeclaration, ProductDeclaration } from '../declared/types.ts';

const prometheus: ProductDeclaration = { kind: 'prometheus' };

/** Products with the API of Prometheus. */
export const prometheusProducts = {
  prometheus,
  victoriametrics: prometheus,
  thanos: prometheus,
  mimir: prometheus,
  cortex: prometheus,
} as const;

/** Shared by the chart's values and the operator's custom resource: one backend of each kind, given by URL. */
export const oneUrlEach = {
  entries: 'best',
  usesLabels: false,
  sendsHeaders: false,
  credentials: { tlsCaFile: { at: ['tlsCaFile'], describes: true } },
  caKey: 'tlsCaFile',
  canSkipVerification: false,
  fields: {
    enabled: { type: 'boolean' },
    url: { type: 'string', isRequired: true, form: { pattern: /^https?:\/\//, words: 'a URL' } },
    tlsCaFile: { type: 'string', form: { pattern: /^\//, words: 'the path of a file in the container' } },
  },
  nameOf: () => '',
  entryOf: ({ backend }) => ({ enabled: true, url: urlOf(backend.endpoint) }),
} as const satisfies Partial<ConsumerDeclaration>;

/**
 * Values of Kubernaut's Helm chart, 1.4 and newer, which renders the configuration of its agent and its effectiveness
 * monitor from them. They have one Prometheus and one Alertmanager, given by URL.
 */
export const kubernautHelm = declared({
  title: 'Kubernaut (Helm values)',
  sources: [
    'https://github.com/jordigilh/kubernaut/blob/main/charts/kubernaut/values.schema.json',
    'https://github.com/jordigilh/kubernaut/blob/main/charts/kubernaut/README.md',
  ],
  products: { ...prometheusProducts, alertmanager: { kind: 'alertManager' } },
  ...oneUrlEach,
  write: (entries) => ({ monitoring: entries }),
  read: ({ monitoring }): DataMap | null => (isMap(monitoring) ? monitoring : null),
});
