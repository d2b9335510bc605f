import type { Answer, Unread } from '../../cluster/types.ts';
import type { WarningCode } from '../../lib/codes.ts';
import type { Diagnostic } from '../../lib/diagnostic.ts';
import { warning } from '../../lib/diagnostic.ts';
import { compare, keyOf } from '../../lib/object-key.ts';
import { shortened } from '../../lib/messages/text.ts';
import type { Candidate } from '../decision.ts';
import type { EvidenceAnswer, EvidenceQuestion } from './question.ts';

/** Maximum number of Services that a warning names. */
const maxNamed = 3;

/** The warning for each cause, in order; `null` where it is no failure, or only of the recording. */
const reported: Readonly<Record<Unread, readonly [code: WarningCode, what: string] | null>> = {
  Forbidden: ['EVIDENCE_FORBIDDEN', 'may not be read'],
  Unavailable: ['EVIDENCE_UNAVAILABLE', 'could not be read'],
  TooLarge: ['EVIDENCE_UNAVAILABLE', 'over 256 KB are not read'],
  NotFound: null,
  NotServed: null,
  NotItsOwn: null,
  NotRecorded: null,
};

/** `namespace/name` of Services by the resource that could not be read for them. */
type ServicesByResource = Map<string, Set<string>>;

/** What could not be read in one run, reported once. */
export class UnreadEvidence {
  /** By cause. */
  readonly #unread = new Map<string, ServicesByResource>();

  note({ service }: Pick<Candidate, 'service'>, { resource }: EvidenceQuestion, answer: EvidenceAnswer): void {
    if (resource) this.#add(`${resource.type.resource}.${resource.type.group}`, keyOf(service), answer.resource);
    this.#add('pods', keyOf(service), answer.pod);
  }

  /** Warnings about these Services, given as `namespace/name`. */
  warnings(services: ReadonlySet<string>): Diagnostic[] {
    return Object.entries(reported).flatMap(([cause, report]) => {
      if (report === null) return [];
      const [code, what] = report;
      const resources = [...(this.#unread.get(cause) ?? [])]
        .map(([resource, some]) => [resource, [...some].filter((one) => services.has(one))] as const)
        .filter(([, some]) => some.length > 0);
      if (resources.length === 0) return [];
      const kinds = resources.map(([resource]) => resource).sort(compare);
      const named = [...new Set(resources.flatMap(([, some]) => some))].sort(compare);
      const from = `route prefix, TLS and port of ${shortened(named, maxNamed).join(', ')}`;
      return [warning(code, `${kinds.join(', ')} ${what}: ${from} are taken from the Service alone`)];
    });
  }

  #add(resource: string, service: string, answer: Answer<unknown> | undefined): void {
    if (!answer || !('unread' in answer)) return;
    const ofCause: ServicesByResource = this.#unread.get(answer.unread) ?? new Map();
    this.#unread.set(answer.unread, ofCause.set(resource, (ofCause.get(resource) ?? new Set()).add(service)));
  }
}
