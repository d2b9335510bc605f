import { readFileSync } from 'node:fs';
import type { KubeObject } from '../cluster/parts/objects.ts';

interface Entry {
  readonly stack: string;
  readonly service: KubeObject;
}

/**
 * `count` Services as a busy cluster has them: observability stacks out of the corpus, each in a namespace of its own,
 * among ordinary applications as Helm installs them, numbered from `first`. The first ones are the same whatever the count.
 */
export function realisticServices(count: number, first = 0): KubeObject[] {
  const known = fromCorpus().slice(0, Math.floor(count / 10));
  return [...known, ...Array.from({ length: count - known.length }, (_, index) => application(first + index))];
}

function fromCorpus(): KubeObject[] {
  const file = new URL('../corpus/services.json', import.meta.url);
  const entries = JSON.parse(readFileSync(file, 'utf8')) as readonly Entry[];
  return entries.map(({ stack, service }) => {
    // A server refuses owners without the uid that only a live one has.
    const { ownerReferences: _, ...metadata } = service.metadata as KubeObject['metadata'] & {
      ownerReferences?: unknown;
    };
    return { ...service, metadata: { ...metadata, namespace: stack.toLowerCase().replace(/[^a-z0-9]+/g, '-') } };
  });
}

function application(index: number): KubeObject {
  const team = `team-${String(index % 50)}`;
  const name = `${words[index % words.length]!}-${words[(index * 7 + 3) % words.length]!}-${String(index)}`;
  const selector = { 'app.kubernetes.io/name': name, 'app.kubernetes.io/instance': team };
  const labels = {
    ...selector,
    'app.kubernetes.io/managed-by': 'Helm',
    'app.kubernetes.io/version': `1.${String(index % 30)}.0`,
    'helm.sh/chart': `application-2.${String(index % 9)}.1`,
  };
  const annotations = { 'meta.helm.sh/release-name': name, 'meta.helm.sh/release-namespace': team };
  const http = { name: 'http', port: 80, targetPort: 'http' };
  const metrics = { name: 'metrics', port: 9090, targetPort: 'metrics' };
  const ports = index % 3 === 0 ? [http, metrics] : [http];
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: team, labels, annotations },
    spec: { type: 'ClusterIP', ports, selector },
  };
}

const words = [
  ...['checkout', 'cart', 'billing', 'search', 'catalog', 'profile', 'session', 'inventory', 'shipping', 'pricing'],
  ...['gateway', 'worker', 'api', 'frontend', 'backend', 'scheduler', 'mailer', 'audit', 'events', 'reports'],
];
