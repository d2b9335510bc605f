import { hostLabels, hostProducts } from '../../detectors/special-purpose.ts';
import type { ServiceView } from '../../detectors/types.ts';

const hostLabelKeys = ['release', 'app.kubernetes.io/instance', 'app.kubernetes.io/part-of'];

/** The product that brought this backend for itself, or `null` for one that serves the cluster. */
export function specialPurposeOf({ namespace, labels }: ServiceView): string | null {
  const owner = hostLabels.find((key) => labels[key] !== undefined);
  if (owner !== undefined) return owner;
  const told = [...hostLabelKeys.flatMap((key) => labels[key] ?? []), namespace];
  return (
    told.find((value) => hostProducts.has(value) || value.split('-').some((word) => hostProducts.has(word))) ?? null
  );
}
