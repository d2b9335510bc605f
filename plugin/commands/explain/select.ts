import type { ObjectName } from '../../lib/object-key.ts';
import { compare, keyOf } from '../../lib/object-key.ts';
import type { FlagValues } from '../flags/flags.ts';
import { decisions } from '../flags/options.ts';
import type { ExplainedService } from './explanation.ts';
import { suggestion } from '../../lib/messages/did-you-mean.ts';

/** Flags that choose the Services to show, and their order. */
export type Selection = FlagValues<'namespace' | 'decision' | 'product' | 'sort-by' | 'all'>;

/** The Services to show. */
export interface SelectedServices {
  readonly shown: readonly ExplainedService[];
  /** Number of candidates that -n, --decision and --product filter out. */
  readonly filtered: number;
  /** Number of Services that nothing points at. */
  readonly ignored: number;
}

/** The Services that pass every filter, in the requested order. */
export function selectServices(services: readonly ExplainedService[], selection: Selection): SelectedServices {
  const all = selection.all || selection.decisions.includes('ignored');
  const candidates = all ? services : services.filter(({ decision }) => decision !== 'ignored');
  const shown = candidates.filter((one) => isWanted(one, selection));
  return {
    shown: sortServices(shown, selection.sortBy),
    filtered: candidates.length - shown.length,
    ignored: services.length - candidates.length,
  };
}

function isWanted(one: ExplainedService, { namespaces, decisions: kinds, products }: Selection): boolean {
  const isOf = (product: string): boolean => product === one.detector || product === one.toolset;
  return (
    (namespaces.length === 0 || namespaces.includes(one.namespace)) &&
    (kinds.length === 0 || kinds.includes(one.decision)) &&
    (products.length === 0 || products.some(isOf))
  );
}

/** Stable: the input is sorted by namespace and name. */
function sortServices(services: readonly ExplainedService[], by: Selection['sortBy']): readonly ExplainedService[] {
  if (by === 'service') return services;
  const rank = ({ decision }: ExplainedService): number => decisions.indexOf(decision);
  if (by === 'decision') return services.toSorted((a, b) => rank(a) - rank(b));
  const toolset = (one: ExplainedService): string => one.toolset ?? '\uFFFF';
  return services.toSorted((a, b) => compare(toolset(a), toolset(b)) || rank(a) - rank(b));
}

/** Filter values that no Service has, each with a suggestion. */
export function unmatchedFilters(services: readonly ExplainedService[], { namespaces, products }: Selection): string[] {
  const known = {
    '--namespace': { given: namespaces, all: services.map(({ namespace }) => namespace) },
    '--product': {
      given: products,
      all: services.flatMap(({ detector, toolset }) => [detector, toolset].filter((one) => one !== null)),
    },
  };
  return Object.entries(known).flatMap(([flag, { given, all }]) => {
    const names = new Set(all);
    return given
      .filter((one) => !names.has(one))
      .map((one) => `${flag} ${one} matches no Service${suggestion(one, [...names])}`);
  });
}

/**
 * Whether an operand names this Service: `cluster/namespace/name`, `namespace/name` in any cluster, or the bare name.
 */
export function isNamed(operand: string, service: ObjectName): boolean {
  const { namespace, name } = service;
  return [name, keyOf({ namespace, name }), keyOf(service)].includes(operand);
}
