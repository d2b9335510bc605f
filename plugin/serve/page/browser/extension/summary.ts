import type { Application } from '../api/responses.ts';
import { formatCount } from '../elements/format.ts';
import type { AnnotationContent } from './annotations.ts';

/** Text and state for an Application's status panel. */
export interface Summary {
  readonly kind: 'good' | 'warn' | 'bad' | 'unknown';
  readonly title: string;
  readonly lines: readonly string[];
}

/** Most urgent first. */
const states = ['failing', 'empty', 'behind', 'attention', 'good'] as const;
type State = (typeof states)[number];

const titles: Readonly<Record<State, Pick<Summary, 'kind' | 'title'>>> = {
  failing: { kind: 'bad', title: 'Failing' },
  empty: { kind: 'bad', title: 'Empty' },
  behind: { kind: 'warn', title: 'Out of date' },
  attention: { kind: 'warn', title: 'Needs attention' },
  good: { kind: 'good', title: 'Up to date' },
};

/** The most urgent state of an Application's ConfigMaps, and counts. `total` includes those left out. */
export function summaryOf(configMaps: readonly Application[], total: number): Summary {
  if (configMaps.length === 0) return { kind: 'unknown', title: 'None yet', lines: ['no ConfigMap has been synced'] };
  const of = configMaps.map(stateOf);
  const state = states.find((one) => of.includes(one)) ?? 'good';
  const sum = (count: (one: Application) => number): number => configMaps.reduce((all, one) => all + count(one), 0);
  const unhealthy = sum(({ services }) => services?.unhealthy ?? 0);
  const warnings = sum((one) => one.warnings.length);
  const affected = of.filter((one) => one === state).length;
  return {
    ...titles[state],
    lines: [
      ...(total > 1 ? [`${String(affected)} of ${formatCount(total, 'ConfigMap')}`] : []),
      `${formatCount(
        sum(({ services }) => services?.selected ?? 0),
        'Service',
      )} selected`,
      ...(unhealthy > 0 ? [`${String(unhealthy)} left out as unhealthy`] : []),
      ...(warnings > 0 ? [formatCount(warnings, 'warning')] : []),
    ],
  };
}

function stateOf({ desired, reason, outOfDate }: Application): State {
  if (desired === null || reason === 'GenerationFailed' || reason === 'SyncFailed') return 'failing';
  if (reason === 'NothingDiscovered') return 'empty';
  if (outOfDate) return 'behind';
  return reason === null ? 'good' : 'attention';
}

/** Without `serve`, nothing shows whether the ConfigMap is out of date. */
export function summaryOfAnnotations({ selected, warnings }: AnnotationContent): Summary {
  const isEmpty = warnings.some(({ code }) => code === 'NOTHING_DISCOVERED');
  return {
    ...(isEmpty ? titles.empty : { kind: 'unknown', title: 'As of the last sync' }),
    lines: [
      `${formatCount(selected, 'Service')} selected`,
      ...(warnings.length > 0 ? [formatCount(warnings.length, 'warning')] : []),
    ],
  };
}
