import { Workload } from '../../../plugin/doctor/schemas.ts';

/** A Deployment or StatefulSet as the doctor reads it from the API server. */
export function workload(
  pod: object,
  {
    kind = 'Deployment' as const,
    metadata = {},
  }: { readonly kind?: Workload['kind']; readonly metadata?: object } = {},
): Workload {
  const object = {
    metadata: { namespace: 'holmesgpt', name: 'holmesgpt-holmes', ...metadata },
    spec: { selector: { matchLabels: { app: 'x' } }, template: { spec: pod } },
  };
  return { ...Workload.parse(object), kind };
}
