import type { BackendFacts, CustomResource, FieldValues, ResourceField } from '../types.ts';

/** The value where it is a string, else `undefined`. */
export function text(value: FieldValues[string] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** The first name of a list, or `undefined`. */
export function first(value: FieldValues[string] | undefined): string | undefined {
  return Array.isArray(value) ? (value as readonly string[])[0] : undefined;
}

/** For a Service with these labels of an operator, `app.kubernetes.io/instance` is the name of the custom resource. */
export function instanceOf(labels: Readonly<Record<string, string>>): CustomResource['namedBy'] {
  return [{ label: 'app.kubernetes.io/instance', when: { labels } }];
}

/** The same by the terms of the pod selector: the Service itself may come from a chart or be written by hand. */
export function instanceOfPods(selector: Readonly<Record<string, string>>): CustomResource['namedBy'] {
  return [{ selector: 'app.kubernetes.io/instance', when: { selector } }];
}

/** Where an operator's resource keeps a program's arguments: a map keyed by flag name. */
export function extraArgs(at: readonly string[]): { readonly prefix: ResourceField; readonly tls: ResourceField } {
  return {
    prefix: { at: [...at, 'extraArgs', 'http.pathPrefix'], as: 'path' },
    tls: { at: [...at, 'extraArgs', 'tls'], as: 'flag' },
  };
}

/** Tenant ids of a component that takes them in the header X-Scope-OrgID. */
export function tenantsIn(ids: FieldValues[string] | undefined): BackendFacts {
  return Array.isArray(ids) && ids.length > 0 ? { tenants: ids as readonly string[] } : {};
}
