import { asObject, asObjects, asString } from '../../lib/json.ts';
import { digestAnnotation } from '../../customizations/config-map.ts';

/** Who wrote what of a ConfigMap last, as the API server keeps it: names of fields, no values. */
export interface ManagedFields {
  /** Every key of the data, and whether it was written by whoever applies the ConfigMap. */
  readonly keys: Readonly<Record<string, boolean>>;
  /** Keys of what was applied last, where that was recorded: not with server-side apply. */
  readonly applied: readonly string[] | null;
  /** A label or annotation that the plugin prints was last written by somebody else. */
  readonly foreignMetadata: boolean;
}

/** Argo CD's name as a writer of fields, whichever way it applies. */
const argoCd = 'argocd-controller';
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';
const ownAnnotation = 'f:kubernaut.io/toolset-';
const ownLabel = /^f:app\.kubernetes\.io\/(?:name|component|managed-by)$/;

interface Writer {
  readonly name: string;
  readonly keys: readonly string[];
  /** Fields of the metadata that the plugin prints. */
  readonly metadata: readonly string[];
}

/** Reads what the metadata of a ConfigMap says of its writers; `null` where it says nothing. */
export function managedFieldsOf(object: unknown): ManagedFields | null {
  const { managedFields, annotations } = asObject(asObject(object).metadata);
  const writers = asObjects(managedFields).map(writerOf);
  if (writers.length === 0) return null;
  const isApplier = applierAmong(writers);
  const keys: Record<string, boolean> = {};
  for (const { name, keys: written } of writers)
    for (const key of written) keys[key] = (keys[key] ?? false) || isApplier(name);
  const own = new Set(writers.filter(({ name }) => isApplier(name)).flatMap(({ metadata }) => metadata));
  return {
    keys,
    applied: appliedKeys(asString(asObject(annotations)[lastApplied])),
    foreignMetadata: writers.some(({ metadata }) => metadata.some((field) => !own.has(field))),
  };
}

function writerOf({ manager, fieldsV1 }: Readonly<Record<string, unknown>>): Writer {
  const fields = asObject(fieldsV1);
  const { 'f:labels': labels, 'f:annotations': annotations } = asObject(fields['f:metadata']);
  const data = [fields['f:data'], fields['f:binaryData']].flatMap((part) => Object.keys(asObject(part)));
  return {
    name: asString(manager),
    keys: data.flatMap((field) => (field.startsWith('f:') ? [field.slice(2)] : [])),
    metadata: [
      ...Object.keys(asObject(labels)).filter((field) => ownLabel.test(field)),
      ...Object.keys(asObject(annotations)).filter((field) => field.startsWith(ownAnnotation)),
    ],
  };
}

/** Where Argo CD is not among the writers, under its usual name, whoever wrote the digest is taken for it. */
function applierAmong(writers: readonly Writer[]): (name: string) => boolean {
  if (writers.some(({ name }) => name === argoCd)) return (name) => name === argoCd;
  const digest = `f:${digestAnnotation}`;
  const names = new Set(writers.filter(({ metadata }) => metadata.includes(digest)).map(({ name }) => name));
  return (name) => names.has(name);
}

/** Whoever may write the ConfigMap may write anything there. */
function appliedKeys(json: string): readonly string[] | null {
  if (json === '') return null;
  try {
    const { data, binaryData } = asObject(JSON.parse(json));
    return [...Object.keys(asObject(data)), ...Object.keys(asObject(binaryData))];
  } catch {
    return null;
  }
}
