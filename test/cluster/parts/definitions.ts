import { readFile } from 'node:fs/promises';
import { until } from '../../support/until.ts';
import type { Cluster } from './cluster.ts';
import { applyText } from './objects.ts';
import type { KubeObject } from './objects.ts';
import { expectSuccess } from './request.ts';

/** Definitions of kinds, as objects or files. */
export type Definitions = readonly (string | KubeObject)[];

/** Applies definitions and returns once the API server serves their kinds. */
export async function define(cluster: Pick<Cluster, 'request'>, ...definitions: Definitions): Promise<void> {
  const texts = definitions.map(async (one) => (typeof one === 'string' ? readFile(one, 'utf8') : JSON.stringify(one)));
  const input = (await Promise.all(texts)).join('\n---\n');
  for (const { metadata } of await applyText(cluster.request, input)) {
    await until(`${metadata.name} is established`, () => isEstablished(cluster, metadata.name));
  }
}

/** A new definition has no conditions. */
async function isEstablished({ request }: Pick<Cluster, 'request'>, name: string): Promise<boolean> {
  const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${name}`;
  const { status } = expectSuccess(await request('GET', path), `reading ${name}`) as Definition;
  return status?.conditions?.some((one) => one.type === 'Established' && one.status === 'True') === true;
}

interface Definition {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/** Argo CD's kinds without a schema: enough to list and watch them. */
export const applicationDefinition = customResourceDefinition('argoproj.io/v1alpha1', 'Application', 'applications');
export const projectDefinition = customResourceDefinition('argoproj.io/v1alpha1', 'AppProject', 'appprojects');

/** A namespaced kind without a schema; `more` adds to its version. */
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
