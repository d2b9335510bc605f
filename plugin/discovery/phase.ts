import type { LiveConfigMap } from '../cluster/types.ts';
import type { SourceLine } from '../cluster/sources-annotation.ts';
import { sourceLines } from '../cluster/sources-annotation.ts';
import { keyOf } from '../lib/object-key.ts';
import type { Decision } from './decision.ts';
import { urlOf } from './decision.ts';
import type { Source } from './selection/previous-sources.ts';
import { stateOf } from './selection/previous-sources.ts';

/**
 * What became of a Service for a ConfigMap, by the decision about it and by what the ConfigMap says now:
 * - `Active`: it is in, as it is now
 * - `Pending`: the next sync adds it, or its new address
 * - `Leaving`: it is in, and the next sync removes it
 * - `Unhealthy`, `Unproved`: it is not in before it is healthy, or before evidence proves what it is
 * - `Excluded`: another is the better one, or it is denied, or it is no backend
 * - `Ignored`: nothing points at it
 */
export const phases = ['Active', 'Pending', 'Leaving', 'Unhealthy', 'Unproved', 'Excluded', 'Ignored'] as const;
export type Phase = (typeof phases)[number];

/** Those that are counted: a Service in one of the others is nothing that the ConfigMap waits for. */
export const countedPhases = ['Active', 'Pending', 'Leaving', 'Unhealthy', 'Unproved'] as const;
export type PhaseCounts = Readonly<Record<(typeof countedPhases)[number], number>>;

/** What tells phases of Services for a ConfigMap, by its annotation. */
export interface Phases {
  readonly of: (decision: Decision) => Phase;
  /** With those that are in the ConfigMap and not in the cluster any more. */
  readonly counts: (decisions: readonly Decision[]) => PhaseCounts;
}

/** What the annotation says, which any writer of the ConfigMap can set. */
interface Remembered {
  /** `toolset namespace/name url` of those that are in. */
  readonly active: ReadonlySet<string>;
  /** The same without the URL. */
  readonly keys: ReadonlySet<string>;
  /** By `namespace/name`: in where it is in for any toolset. */
  readonly states: ReadonlyMap<string, Source['state']>;
}

export function phasesFor({ annotations }: Pick<LiveConfigMap, 'annotations'>): Phases {
  const remembered = rememberedIn(sourceLines(annotations));
  return {
    of: (decision) => phaseOf(decision, remembered),
    counts: (decisions) => {
      const counts = { Active: 0, Pending: 0, Leaving: 0, Unhealthy: 0, Unproved: 0 };
      for (const decision of decisions) {
        const phase = phaseOf(decision, remembered);
        if (phase !== 'Excluded' && phase !== 'Ignored') counts[phase] += 1;
      }
      const known = new Set(decisions.map(({ service }) => keyOf(service)));
      for (const [service, state] of remembered.states) if (state === 'in' && !known.has(service)) counts.Leaving += 1;
      return counts;
    },
  };
}

function rememberedIn(lines: readonly SourceLine[]): Remembered {
  const active = lines.filter((line) => stateOf(line) === 'in');
  const keyIn = ({ toolset, service }: SourceLine): string => `${toolset} ${service}`;
  return {
    active: new Set(active.map((line) => `${keyIn(line)} ${line.url}`)),
    keys: new Set(active.map(keyIn)),
    states: new Map([...lines, ...active].map((line) => [line.service, stateOf(line)])),
  };
}

function phaseOf({ service, toolset, endpoint, decision }: Decision, { active, keys, states }: Remembered): Phase {
  const state = states.get(keyOf(service));
  if (decision === 'selected') {
    const key = `${toolset ?? ''} ${keyOf(service)}`;
    // The ConfigMap remembers addresses in the cluster.
    const isSame = endpoint === null || endpoint.isRouted ? keys.has(key) : active.has(`${key} ${urlOf(endpoint)}`);
    return isSame ? 'Active' : 'Pending';
  }
  if (state === 'in') return 'Leaving';
  if (decision === 'unhealthy') return 'Unhealthy';
  if (state === 'unproved') return 'Unproved';
  return decision === 'ignored' ? 'Ignored' : 'Excluded';
}

/**
 * The counts of the phases that a generated ConfigMap has by itself, such as `Active 5, Unhealthy 1, Unproved 2`: those of its
 * sources and nothing else, so that it never changes for itself.
 */
export function writeStatus(sources: readonly Pick<Source, 'state'>[]): string {
  const count = (state: Source['state']): number => sources.filter((source) => source.state === state).length;
  const [unhealthy, unproved] = [count('evicted'), count('unproved')];
  return [
    `Active ${String(count('in'))}`,
    ...(unhealthy > 0 ? [`Unhealthy ${String(unhealthy)}`] : []),
    ...(unproved > 0 ? [`Unproved ${String(unproved)}`] : []),
  ].join(', ');
}
