import type { LiveConfigMap } from '../cluster/types.ts';
import type { SourceLine } from '../cluster/sources-annotation.ts';
import { sourceLines } from '../cluster/sources-annotation.ts';
import { keyOf } from '../lib/object-key.ts';
import type { Decision } from './decision.ts';
import { urlOf } from './decision.ts';
import type { Source } from './selection/previous-sources.ts';
import { lineKey, stateOf } from './selection/previous-sources.ts';

/**
 * State of a Service with regard to a ConfigMap, from the decision about it and the ConfigMap's current content:
 * - `Active`: in the ConfigMap, as it is now
 * - `Pending`: the next sync adds it, or its new address
 * - `Leaving`: in the ConfigMap, and the next sync removes it
 * - `Unhealthy`, `Unproved`: not in the ConfigMap until it is healthy, or until evidence proves its product
 * - `Excluded`: another one is preferred, or it is denied, or it is not a backend
 * - `Ignored`: no detector points at it
 */
export const phases = ['Active', 'Pending', 'Leaving', 'Unhealthy', 'Unproved', 'Excluded', 'Ignored'] as const;
export type Phase = (typeof phases)[number];

/** The phases that are counted; in the others, the ConfigMap does not wait for anything. */
export const countedPhases = ['Active', 'Pending', 'Leaving', 'Unhealthy', 'Unproved'] as const;
export type PhaseCounts = Readonly<Record<(typeof countedPhases)[number], number>>;

/** Tells the phases of Services for a ConfigMap, from its annotation. */
export interface Phases {
  readonly of: (decision: Decision) => Phase;
  /** Includes Services that are in the ConfigMap but no longer in the cluster. */
  readonly counts: (decisions: readonly Decision[]) => PhaseCounts;
}

/** Content of the annotation, which anyone who can write the ConfigMap can set. */
interface RememberedStatus {
  /** `toolset namespace/name url` of the backends in the ConfigMap. */
  readonly active: ReadonlySet<string>;
  /** The same without the URL. */
  readonly keys: ReadonlySet<string>;
  /** By `namespace/name`: `in` where it is in the ConfigMap for any toolset. */
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

function rememberedIn(lines: readonly SourceLine[]): RememberedStatus {
  const active = lines.filter((line) => stateOf(line) === 'in');
  return {
    active: new Set(active.map((line) => `${lineKey(line)} ${line.url}`)),
    keys: new Set(active.map(lineKey)),
    states: new Map([...lines, ...active].map((line) => [line.service, stateOf(line)])),
  };
}

function phaseOf(
  { service, toolset, endpoint, decision }: Decision,
  { active, keys, states }: RememberedStatus,
): Phase {
  const state = states.get(keyOf(service));
  if (decision === 'selected') {
    const key = lineKey({ toolset: toolset ?? '', service: keyOf(service) });
    // The ConfigMap remembers addresses in the cluster, not those of `target.urls`.
    const isSame = endpoint === null || endpoint.isRouted ? keys.has(key) : active.has(`${key} ${urlOf(endpoint)}`);
    return isSame ? 'Active' : 'Pending';
  }
  if (state === 'in') return 'Leaving';
  if (decision === 'unhealthy') return 'Unhealthy';
  if (state === 'unproved') return 'Unproved';
  return decision === 'ignored' ? 'Ignored' : 'Excluded';
}

/**
 * Phase counts that a generated ConfigMap can tell by itself, such as `Active 5, Unhealthy 1, Unproved 2`. They depend
 * only on its sources, so that they never cause a change on their own.
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
