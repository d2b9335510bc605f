import type { BackendFacts, CustomResource, FieldValues, ResourceField } from '../types.ts';

/** The text of a field, or `undefined`. */
export function text(value: FieldValues[string] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** The first of a list of names, or `undefined`. */
export function first(value: FieldValues[string] | undefined): string | undefined {
  return Array.isArray(value) ? (value as readonly string[])[0] : undefined;
}

/** The Service that an operator's labels describe: `app.kubernetes.io/instance` is then the name of the object. */
export function instanceOf(...labels: readonly Readonly<Record<string, string>>[]): CustomResource['namedBy'] {
  return labels.map((own) => ({ label: 'app.kubernetes.io/instance', when: { labels: own } }));
}

/** The same of the pods that a Service selects: the Service itself may be of a chart or of a person. */
export function instanceOfPods(...terms: readonly Readonly<Record<string, string>>[]): CustomResource['namedBy'] {
  return terms.map((own) => ({ selector: 'app.kubernetes.io/instance', when: { selector: own } }));
}

/** The arguments of a program as an operator's resource has them: a map by the flag's name. */
export function extraArgs(at: readonly string[]): { readonly prefix: ResourceField; readonly tls: ResourceField } {
  return {
    prefix: { at: [...at, 'extraArgs', 'http.pathPrefix'], as: 'path' },
    tls: { at: [...at, 'extraArgs', 'tls'], as: 'flag' },
  };
}

/** Of a list of ids: those of a part that takes them as the header X-Scope-OrgID. */
export function tenantsIn(ids: FieldValues[string] | undefined): BackendFacts {
  return Array.isArray(ids) && ids.length > 0 ? { tenants: ids as readonly string[] } : {};
}
