import { asObject, asString } from '../../lib/json.ts';
import { metadataView, rememberedAt } from '../../cluster/projections.ts';
import type { MetadataView } from '../../cluster/projections.ts';
import { digestAnnotation } from '../../customizations/discovery-settings.ts';
import type { ApplicationView } from '../../argocd/application.ts';
import { argoCdManager, fieldManagersOf } from '../../argocd/field-managers.ts';
import type { FieldManager } from '../../argocd/field-managers.ts';
import type { Caches } from '../cache/index.ts';

/** A generated ConfigMap without its data: its annotations hold the settings and the digest of its discovery. */
export interface ManagedConfigMap extends MetadataView {
  /** Which writer owns which field; absent or `null` if the API server does not report it. */
  readonly managedFields?: ManagedFields | null;
  /** See LiveConfigMap. */
  readonly rememberedAt?: number;
}

/** The caches of serve. */
export type ServeCaches = Caches<ApplicationView, ManagedConfigMap>;

/** `metadata.managedFields` of a ConfigMap, reduced to whether Argo CD or another writer owns a field. No values. */
export interface ManagedFields {
  /** Every key of the data, and whether the writer that applies the ConfigMap owns it. */
  readonly keys: Readonly<Record<string, boolean>>;
  /** Keys of the last applied configuration; `null` for server-side apply, which does not record it. */
  readonly applied: readonly string[] | null;
  /** Another writer owns a label or annotation that the plugin prints. */
  readonly foreignMetadata: boolean;
}

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

/** Keeps the metadata and the field owners of a ConfigMap. */
export function managedConfigMapView(object: unknown): ManagedConfigMap | null {
  const metadata = metadataView(object);
  return (
    metadata && {
      ...metadata,
      managedFields: managedFieldsOf(object),
      ...rememberedAt(asObject(asObject(object).metadata)),
    }
  );
}

function managedFieldsOf(object: unknown): ManagedFields | null {
  const { annotations } = asObject(asObject(object).metadata);
  const writers = fieldManagersOf(object);
  if (writers.length === 0) return null;
  const isApplier = applierAmong(writers);
  const keys = new Map<string, boolean>();
  for (const { name, keys: written } of writers)
    for (const key of written) keys.set(key, (keys.get(key) ?? false) || isApplier(name));
  const own = new Set(writers.filter(({ name }) => isApplier(name)).flatMap(({ metadata }) => metadata));
  return {
    keys: Object.fromEntries(keys),
    applied: appliedKeys(asString(asObject(annotations)[lastApplied])),
    foreignMetadata: writers.some(({ metadata }) => metadata.some((field) => !own.has(field))),
  };
}

/** Argo CD's field manager or, if it is not among the writers, the writer of the digest annotation. */
function applierAmong(writers: readonly FieldManager[]): (name: string) => boolean {
  if (writers.some(({ name }) => name === argoCdManager)) return (name) => name === argoCdManager;
  const digest = `f:${digestAnnotation}`;
  const names = new Set(writers.filter(({ metadata }) => metadata.includes(digest)).map(({ name }) => name));
  return (name) => names.has(name);
}

/** The annotation is untrusted: any writer of the ConfigMap can set it. */
function appliedKeys(json: string): readonly string[] | null {
  if (json === '') return null;
  try {
    const { data, binaryData } = asObject(JSON.parse(json));
    return [...Object.keys(asObject(data)), ...Object.keys(asObject(binaryData))];
  } catch {
    return null;
  }
}
