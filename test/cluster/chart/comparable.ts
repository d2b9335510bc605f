import { parse } from 'yaml';
import type { KubeObject } from '../parts/objects.ts';

/** Labels that the chart sets beside those of the kustomization. */
const ownLabels = ['instance', 'managed-by', 'version'].map((name) => `app.kubernetes.io/${name}`);

/** What kustomizations put on the objects of their bases alone, and the chart on all of the same part. */
const labelsOfParts = ['name', 'part-of', 'component'].map((name) => `app.kubernetes.io/${name}`);

const leftOut = new Set([...ownLabels, ...labelsOfParts, 'helm.sh/chart']);

/**
 * Objects by kind, namespace and name, as two ways to render them can be compared: without the labels of a release, the
 * hash that kustomize appends to names, and the annotation that stands for it in the chart. A Namespace is left out.
 */
export function comparable(objects: readonly KubeObject[]): Readonly<Record<string, unknown>> {
  const text = JSON.stringify(objects.filter(({ kind }) => kind !== 'Namespace'));
  const named = text.replaceAll(/dynamic-toolset-policy-[a-z0-9]{10}\b/g, 'dynamic-toolset-policy');
  const plain = JSON.parse(named, readValue) as readonly KubeObject[];
  return Object.fromEntries(
    plain.map(({ metadata, ...rest }) => [
      [rest.kind, metadata.namespace ?? '', metadata.name].join(' '),
      { ...rest, metadata: { ...metadata, labels: ownLabelsOf(metadata.labels) } },
    ]),
  );
}

/** Flags are a set, for components add theirs in an order of their own; a file is what it says. */
function readValue(key: string, value: unknown): unknown {
  if (key === 'args') return (value as readonly string[]).toSorted();
  if (key === 'policy.yaml' || key === 'plugin.yaml') return parse(value as string);
  if (key === 'checksum/policy') return undefined;
  return key === 'annotations' && Object.keys(value as object).length === 0 ? undefined : value;
}

function ownLabelsOf(labels: object = {}): object {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => !leftOut.has(name)));
}
