import type { StoreFacts } from '../../../discovery/first-question/facts.ts';
import { getOwn } from '../../../lib/json.ts';

type Names = StoreFacts['labels'];

/** What HolmesGPT assumes about the labels of a kind of store, and how to correct it. */
export interface Assumption {
  /** Names that it uses by default, from its prompts and its code. */
  readonly names: Names;
  /** Key of `config` for names by meaning; `null` where only the prompt can tell them. */
  readonly namesKey: 'labels' | null;
  /** Key of `config` for matchers that are added to every query; `null` where only the prompt can tell them. */
  readonly matchersKey: 'additional_labels' | null;
  /** The term in the store's own documentation. */
  readonly word: 'label' | 'field';
  /** The syntax with which a query selects by name and value. */
  readonly selector: (name: string, value: string) => string;
}

const braces = (name: string, value: string): string => `{${name}="${value}"}`;

/**
 * By toolset; from the prompts of 0.16 to 0.45 (`instructions.jinja2` of each), from `GrafanaTempoLabelsConfig`, and
 * from `additional_labels` of the configuration for Prometheus.
 */
const assumptions: Readonly<Record<string, Assumption>> = {
  'grafana/loki': {
    names: { namespace: 'namespace', pod: 'pod', container: 'container', service: 'app' },
    namesKey: null,
    matchersKey: null,
    word: 'label',
    selector: braces,
  },
  'grafana/tempo': {
    names: {
      namespace: 'k8s.namespace.name',
      pod: 'k8s.pod.name',
      service: 'service.name',
      node: 'k8s.node.name',
      deployment: 'k8s.deployment.name',
    },
    namesKey: 'labels',
    matchersKey: null,
    word: 'label',
    selector: (name, value) => `{resource.${name}="${value}"}`,
  },
  'prometheus/metrics': {
    names: { namespace: 'namespace', pod: 'pod', container: 'container', service: 'service', node: 'node' },
    namesKey: null,
    matchersKey: 'additional_labels',
    word: 'label',
    selector: braces,
  },
  victorialogs: {
    names: { namespace: 'namespace', pod: 'pod', container: 'container', service: 'service' },
    namesKey: null,
    matchersKey: null,
    word: 'field',
    selector: (name, value) => `"${name}":="${value}"`,
  },
  'elasticsearch/data': {
    names: {},
    namesKey: null,
    matchersKey: null,
    word: 'field',
    selector: (name, value) => `{"term": {"${name}": "${value}"}}`,
  },
};

/** `null` for toolsets whose queries name no labels. */
export function assumptionOf(toolset: string): Assumption | null {
  return getOwn(assumptions, toolset) ?? null;
}

/** The store's names that differ from the assumed ones. */
export function differingNames(labels: Names, { names }: Assumption): Names {
  return Object.fromEntries(Object.entries(labels).filter(([meaning, name]) => getOwn(names, meaning) !== name));
}
