import { getOwn } from '../lib/json.ts';
import type { LabelSelector } from '../../detectors/types.ts';

/** Whether labels match a Kubernetes label selector; an empty selector matches everything. */
export function matchesSelector(labels: Readonly<Record<string, string>>, selector: LabelSelector): boolean {
  return (
    Object.entries(selector.matchLabels).every(([key, value]) => getOwn(labels, key) === value) &&
    selector.matchExpressions.every((expression) => fulfilsOne(getOwn(labels, expression.key), expression))
  );
}

/** Whether the selector has no condition, and so matches everything. */
export function isEmptySelector({ matchLabels, matchExpressions }: LabelSelector): boolean {
  return Object.keys(matchLabels).length + matchExpressions.length === 0;
}

function fulfilsOne(
  value: string | undefined,
  { operator, values }: LabelSelector['matchExpressions'][number],
): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
  }
}
