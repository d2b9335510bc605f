import type { ApplicationView } from '../../../../plugin/argocd/application.ts';
import type { Attempts } from '../../../../plugin/serve/argocd/attempts.ts';
import { requested } from '../../../../plugin/serve/argocd/attempts.ts';
import type { Step } from '../../../../plugin/serve/argocd/sync-state-machine.ts';
import { nextStep } from '../../../../plugin/serve/argocd/sync-state-machine.ts';

/** How long Argo CD takes to generate, and to apply. */
const generationMs = 150;
const syncMs = 200;

export interface Change {
  /** After the change before. */
  readonly afterMs: number;
  readonly kind: 'cluster' | 'generation breaks' | 'generation works' | 'hand edit' | 'window closes' | 'window opens';
}

export interface Outcome {
  /** What was asked for, and when. */
  readonly requests: readonly { readonly request: 'refresh' | 'sync'; readonly at: number }[];
  readonly desired: number;
  readonly live: number;
  readonly faults: readonly string[];
}

interface State {
  version: number;
  desired: number;
  generated: number;
  live: number;
  refreshing: number | null;
  /** What the generation that is running has seen of the cluster. */
  seen: number;
  syncing: number | null;
  broken: boolean;
  failed: boolean;
  closed: boolean;
}

/**
 * Lets the driver's rule drive an Argo CD that behaves as the real one was seen to: a generation sees the cluster as it
 * is when it begins, a request that arrives meanwhile is lost with it, a sync applies what was generated last, and a
 * closed sync window holds it. Time is virtual, and passes in steps of 50 ms.
 */
export function simulate(changes: readonly Change[], selfHeal: boolean, restMs: number): Outcome {
  const state: State = {
    version: 1,
    desired: 0,
    generated: 0,
    live: 0,
    seen: 0,
    refreshing: null,
    syncing: null,
    broken: false,
    failed: false,
    closed: false,
  };
  const requests: { request: 'refresh' | 'sync'; at: number }[] = [];
  const faults: string[] = [];
  let attempts: Attempts | null = null;
  const queue = [...changes];
  let nextChange = queue[0]?.afterMs ?? Infinity;
  const end = changes.reduce((sum, { afterMs }) => sum + afterMs, 0) + restMs;
  for (let now = 0; now <= end; now += 50) {
    while (now >= nextChange) {
      const change = queue.shift();
      if (change) apply(change.kind, state);
      nextChange += queue[0]?.afterMs ?? Infinity;
    }
    advance(state, now);
    const behind = state.live === state.desired ? [] : [{ namespace: 'h', name: 'c', desired: String(state.desired) }];
    const next: { readonly step: Step; readonly attempts: Attempts | null } = nextStep(
      viewOf(state, selfHeal),
      behind,
      attempts,
      now,
    );
    attempts = next.attempts;
    const { kind } = next.step;
    if (attempts === null || (kind !== 'refresh' && kind !== 'sync')) continue;
    if (state.refreshing !== null) faults.push(`${kind} while refreshing at ${now}`);
    if (state.syncing !== null) faults.push(`${kind} while syncing at ${now}`);
    requests.push({ request: kind, at: now });
    attempts = requested(attempts, kind, String(state.version), now);
    if (kind === 'refresh') begin(state, now);
    else state.syncing = now;
    state.version += 1;
  }
  return { requests, desired: state.desired, live: state.live, faults };
}

function apply(kind: Change['kind'], state: State): void {
  switch (kind) {
    case 'cluster':
      state.desired += 1;
      return;
    case 'generation breaks':
      state.broken = true;
      return;
    case 'generation works':
      state.broken = false;
      return;
    case 'hand edit':
      state.version += 1;
      return;
    case 'window closes':
      state.closed = true;
      return;
    case 'window opens':
      state.closed = false;
  }
}

function begin(state: State, now: number): void {
  state.refreshing = now;
  state.seen = state.desired;
}

function advance(state: State, now: number): void {
  if (state.refreshing !== null && now >= state.refreshing + generationMs) {
    state.refreshing = null;
    state.failed = state.broken;
    if (!state.broken) state.generated = state.seen;
    state.version += 1;
  }
  if (state.syncing !== null && !state.closed && now >= state.syncing + syncMs) {
    state.syncing = null;
    state.live = state.generated;
    state.version += 1;
  }
}

function viewOf(state: State, selfHeal: boolean): ApplicationView {
  const status = state.generated === state.live ? 'Synced' : 'OutOfSync';
  const held = state.closed ? 'Sync operation blocked by sync window' : '';
  return application({
    resourceVersion: String(state.version),
    refresh: state.refreshing === null ? null : 'hard',
    selfHeal,
    operation: state.syncing === null ? null : { message: held },
    configMaps: [{ namespace: 'h', name: 'c', status }],
    generationError: state.failed ? 'failed to generate manifest' : null,
  });
}

/** An Application in which nothing is going on. */
export function application(differences: Partial<ApplicationView> = {}): ApplicationView {
  return {
    namespace: 'argocd',
    name: 'one',
    plugins: [{ name: 'dynamic-toolset', pointer: '/spec/source/plugin/name', source: null }],
    parent: null,
    uid: 'u',
    resourceVersion: '1',
    project: 'default',
    otherCluster: null,
    argoCdNamespace: 'argocd',
    deleting: false,
    skipped: false,
    refresh: null,
    automated: true,
    selfHeal: true,
    syncOptions: [],
    syncStatus: 'Synced',
    revisions: ['abc'],
    multiSource: false,
    operation: null,
    lastOperation: null,
    configMaps: [{ namespace: 'h', name: 'c', status: 'Synced' }],
    conditions: [],
    generationError: null,
    reconciledAt: '2026-01-01T00:00:00Z',
    ...differences,
  };
}
