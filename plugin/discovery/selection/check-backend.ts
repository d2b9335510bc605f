import type { Candidate } from '../decision.ts';
import { probedParts } from '../decision.ts';
import { withIssuersName } from '../endpoint.ts';
import type { EvidenceInputs } from '../evidence/backend-evidence.ts';
import { withBackendEvidence } from '../evidence/backend-evidence.ts';
import type { HealthInputs, HealthResult } from '../health.ts';
import { checkHealth } from '../health.ts';
import type { StoreInputs } from '../first-question/store-facts.ts';
import { withStoreFacts } from '../first-question/store-facts.ts';
import { factNotesOf } from '../first-question/notes.ts';
import type { Reason } from '../reasons.ts';
import { notes } from '../reasons.ts';
import { whenKnown } from '../../lib/when-known.ts';

/** Everything that the check of a backend reads. */
export type CheckInputs = Omit<HealthInputs, 'previouslyAdmitted'> & EvidenceInputs & StoreInputs;

/** Whether a candidate may be in the ConfigMap, and why. */
export interface BackendCheck {
  /** The candidate with what evidence and the probe found out. */
  readonly candidate: Candidate;
  readonly verdict: 'healthy' | 'unhealthy' | 'rejected' | 'denied';
  /** For `healthy` and `unhealthy`, the message continues the Service's name. */
  readonly because: Reason;
  /** What the probe found out, as shown to users. */
  readonly notes?: readonly string[];
}

/**
 * Reads evidence about the backend, then checks its health, then finds out what a first query of it needs. Returns a
 * promise only where something has to be awaited.
 */
export function checkBackend(candidate: Candidate, inputs: CheckInputs): BackendCheck | Promise<BackendCheck> {
  const known = candidate.proofs ? candidate : withBackendEvidence(candidate, inputs);
  return whenKnown(known, (backend): BackendCheck | Promise<BackendCheck> => {
    if ('reason' in backend) return { candidate, verdict: verdictOf(backend), because: backend };
    const named = withIssuersName(backend);
    const health = checkHealth(named, { ...inputs, previouslyAdmitted: inputs.memory.admitted });
    return whenKnown(health, (one) => withFacts(checkOf(named, one), inputs));
  });
}

/** Reasons for keeping a backend although none of its Pods is ready. */
const unreadyReasons: ReadonlySet<string> = new Set(['UnreadySinceUnknown', 'UnreadyRecently']);

/** Adds what a first query needs to a healthy backend. A store without a ready Pod is not asked. */
function withFacts(check: BackendCheck, inputs: CheckInputs): BackendCheck | Promise<BackendCheck> {
  if (check.verdict !== 'healthy') return check;
  const stores = unreadyReasons.has(check.because.reason) ? null : inputs.stores;
  return whenKnown(withStoreFacts(check.candidate, { ...inputs, stores }), (known): BackendCheck =>
    'reason' in known
      ? { ...check, verdict: 'unhealthy', because: known }
      : { ...check, candidate: known, notes: [...(check.notes ?? []), ...factNotesOf(known)] },
  );
}

function verdictOf({ reason }: Reason): 'unhealthy' | 'rejected' | 'denied' {
  if (reason === 'EvidencePending') return 'unhealthy';
  return reason === 'UntrustedEvidence' ? 'denied' : 'rejected';
}

/** Asks a suspect for the product's identity; `null` where probing is off or it cannot be asked. */
export function identify(suspect: Candidate, inputs: CheckInputs): HealthResult | Promise<HealthResult> | null {
  if (
    inputs.fromOutside ||
    inputs.prober === null ||
    inputs.spec.health.check !== 'http' ||
    suspect.detector.probe === null
  )
    return null;
  return checkHealth(suspect, { ...inputs, previouslyAdmitted: new Map() });
}

/** The candidate with what its probe found out. */
function checkOf(candidate: Candidate, health: HealthResult): BackendCheck {
  const { scheme, prefix, host, needsTenant, needsCredential = candidate.needsCredential } = health;
  const { endpoint } = candidate;
  const found = { path: prefix !== undefined, host: host !== undefined };
  const probed = probedParts.filter((part) => found[part]);
  return {
    candidate: {
      ...candidate,
      needsCredential,
      ...(needsTenant === true ? { needsTenant } : {}),
      endpoint: {
        ...endpoint,
        ...(scheme === undefined ? {} : { scheme, schemeFrom: 'the probe' }),
        host: host ?? endpoint.host,
        path: `${prefix ?? ''}${endpoint.path}`,
        ...(probed.length > 0 ? { probed } : {}),
      },
    },
    verdict: health.healthy ? 'healthy' : 'unhealthy',
    because: health,
    notes: notesOf(health),
  };
}

function notesOf({ prefix, host, certificateNames }: HealthResult): string[] {
  return [
    ...(prefix === undefined ? [] : [notes('RoutePrefix', { prefix })]),
    ...(host === undefined ? [] : [notes('HostName', { host })]),
    ...(certificateNames === undefined ? [] : [notes('CertificateNames', { names: certificateNames })]),
  ].map(({ message }) => message);
}
