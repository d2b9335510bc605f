import { readFile } from 'node:fs/promises';
import { until } from '../../support/until.ts';
import type { Cluster } from './cluster.ts';
import type { KubeObject } from './objects.ts';

/** Applies definitions, objects or files of them, and returns once the API server serves their kinds. */
export async function define(
  cluster: Pick<Cluster, 'kubectl'>,
  ...definitions: readonly (string | KubeObject)[]
): Promise<void> {
  const texts = definitions.map(async (one) => (typeof one === 'string' ? readFile(one, 'utf8') : JSON.stringify(one)));
  const input = (await Promise.all(texts)).join('\n---\n');
  await cluster.kubectl(['apply', '--server-side', '-f', '-'], { input });
  await until('the definitions', () => areEstablished(cluster, input));
}

/** `kubectl wait` does not wait but fails where a definition has no conditions yet. */
async function areEstablished({ kubectl }: Pick<Cluster, 'kubectl'>, input: string): Promise<boolean> {
  try {
    await kubectl(['wait', '--for=condition=Established', '-f', '-'], { input });
    return true;
  } catch (error) {
    if (String(error).includes('.status.conditions accessor error')) return false;
    throw error;
  }
}

/** Argo CD's kinds without a schema: all that a list and a watch of them need. */
export const applicationDefinition = customResourceDefinition('argoproj.io/v1alpha1', 'Application', 'applications');
export const projectDefinition = customResourceDefinition('argoproj.io/v1alpha1', 'AppProject', 'appprojects');

/** Of a kind in namespaces, without a schema; `more` is what else its version says. */
export function customResourceDefinition(
  apiVersion: `${string}/${string}`,
  kind: string,
  plural: string,
  more: object = {},
): KubeObject {
  const [group, version] = apiVersion.split('/');
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      scope: 'Namespaced',
      versions: [{ name: version, served: true, storage: true, schema, ...more }],
    },
  };
}
