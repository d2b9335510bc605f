import type { Candidate } from '../decision.ts';
import type { BackendCheck } from './check-backend.ts';
import type { Redundancy, Selection } from './deduplicate.ts';
import { deduplicate } from './deduplicate.ts';

/** An intermediate selection and its checks; the candidates include what the checks found out. */
interface CheckedSelection extends Selection {
  readonly checks: readonly BackendCheck[];
}

type Check = (candidate: Candidate) => BackendCheck | Promise<BackendCheck>;

/** Takes the best healthy entry point of each backend. */
export async function settle(candidates: readonly Candidate[], check: Check): Promise<CheckedSelection> {
  const started = startChecks(candidates, check);
  const checks = new Map<Candidate, BackendCheck>();
  for (;;) {
    const selection = deduplicate(candidates.filter((one) => (checks.get(one)?.verdict ?? 'healthy') === 'healthy'));
    const open = selection.backends.filter((candidate) => !checks.has(candidate));
    if (open.length === 0) return withChecks(selection, checks);
    for (const candidate of open) checks.set(candidate, await (started.get(candidate) ?? check(candidate)));
  }
}

function withChecks(
  { backends, redundant }: Selection,
  checks: ReadonlyMap<Candidate, BackendCheck>,
): CheckedSelection {
  const checked = (candidate: Candidate): Candidate => checks.get(candidate)?.candidate ?? candidate;
  return {
    backends: backends.map(checked),
    redundant: redundant.map((one): Redundancy => ({ ...one, winner: checked(one.winner) })),
    checks: [...checks.values()],
  };
}

/**
 * Checks the best entry point of each backend, and the next best where that is unhealthy or not known yet: no backend
 * waits for the probe of another one or of its own better entry point. Checks start in the order of the candidates, so
 * that namespaces share the limits of a run.
 */
function startChecks(
  candidates: readonly Candidate[],
  check: Check,
): ReadonlyMap<Candidate, BackendCheck | Promise<BackendCheck>> {
  const started = new Map<Candidate, BackendCheck | Promise<BackendCheck>>();
  const isOpen = (candidate: Candidate): boolean => {
    const result = started.get(candidate);
    return result === undefined || (!(result instanceof Promise) && result.verdict === 'healthy');
  };
  for (;;) {
    const { backends } = deduplicate(candidates.filter(isOpen));
    const open = new Set(backends.filter((candidate) => !started.has(candidate)));
    if (open.size === 0) return started;
    for (const candidate of candidates) if (open.has(candidate)) started.set(candidate, check(candidate));
  }
}
