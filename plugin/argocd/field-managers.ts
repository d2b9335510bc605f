import { asObject, asObjects, asString } from '../lib/json.ts';
import type { Json } from '../lib/json.ts';

/** Argo CD's field manager, for client-side and server-side apply. */
export const argoCdManager = 'argocd-controller';

/** A writer of a ConfigMap, with the fields that `metadata.managedFields` says it owns. No values. */
export interface FieldManager {
  readonly name: string;
  /** Keys of the data and of the binary data. */
  readonly keys: readonly string[];
  /** Labels and annotations that the plugin prints, each with the prefix `f:`. */
  readonly metadata: readonly string[];
}

const ownLabel = /^f:app\.kubernetes\.io\/(?:name|component|managed-by)$/;
const ownAnnotation = 'f:kubernaut.io/toolset-';

/** The writers of a ConfigMap in the order of the API server, which has an entry for each kind of their requests. */
export function fieldManagersOf(object: unknown): readonly FieldManager[] {
  return asObjects(asObject(asObject(object).metadata).managedFields).map(fieldManagerOf);
}

/** Whether it owns an annotation that the plugin prints. */
export function ownsAnnotations({ metadata }: FieldManager): boolean {
  return metadata.some((field) => field.startsWith(ownAnnotation));
}

function fieldManagerOf({ manager, fieldsV1 }: Json): FieldManager {
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
