import type { Answer, Unread } from '../../cluster/types.ts';
import type { Diagnostic } from '../../lib/diagnostic.ts';
import { warning } from '../../lib/diagnostic.ts';
import { compare, keyOf } from '../../lib/object-key.ts';
import { shortened } from '../../lib/messages/text.ts';
import type { Candidate } from '../decision.ts';
import type { EvidenceAnswer, EvidenceQuestion } from './question.ts';

/** Maximum number of Services that a warning names. */
const maxNamed = 3;

/** What could not be read in one run, reported once. */
export class UnreadEvidence {
  readonly #forbidden = new Map<string, Set<string>>();
  readonly #unavailable = new Map<string, Set<string>>();
  readonly #tooLarge = new Map<string, Set<string>>();

  note({ service }: Pick<Candidate, 'service'>, { resource }: EvidenceQuestion, answer: EvidenceAnswer): void {
    if (resource) this.#add(`${resource.type.resource}.${resource.type.group}`, keyOf(service), answer.resource);
    this.#add('pods', keyOf(service), answer.pod);
  }

  /** Warnings about these Services, given as `namespace/name`. */
  warnings(services: ReadonlySet<string>): Diagnostic[] {
    return [
      ...warningsFor('EVIDENCE_FORBIDDEN', this.#forbidden, services, 'may not be read'),
      ...warningsFor('EVIDENCE_UNAVAILABLE', this.#unavailable, services, 'could not be read'),
      ...warningsFor('EVIDENCE_UNAVAILABLE', this.#tooLarge, services, 'over 256 KB are not read'),
    ];
  }

  #add(resource: string, service: string, answer: Answer<unknown> | undefined): void {
    if (!answer || !('unread' in answer)) return;
    const map = this.#mapOf(answer.unread);
    if (!map) return;
    const services = map.get(resource) ?? new Set();
    map.set(resource, services.add(service));
  }

  #mapOf(unread: Unread): Map<string, Set<string>> | null {
    switch (unread) {
      case 'Forbidden':
        return this.#forbidden;
      case 'Unavailable':
        return this.#unavailable;
      case 'TooLarge':
        return this.#tooLarge;
      case 'NotFound':
      case 'NotServed':
      case 'NotItsOwn':
      case 'NotRecorded':
        return null;
    }
  }
}

function warningsFor(
  code: 'EVIDENCE_FORBIDDEN' | 'EVIDENCE_UNAVAILABLE',
  unread: ReadonlyMap<string, ReadonlySet<string>>,
  services: ReadonlySet<string>,
  what: string,
): Diagnostic[] {
  const resources = [...unread]
    .map(([resource, some]) => [resource, [...some].filter((one) => services.has(one))] as const)
    .filter(([, some]) => some.length > 0);
  if (resources.length === 0) return [];
  const kinds = resources.map(([resource]) => resource).sort(compare);
  const named = [...new Set(resources.flatMap(([, some]) => some))].sort(compare);
  const from = `route prefix, TLS and port of ${shortened(named, maxNamed).join(', ')}`;
  return [warning(code, `${kinds.join(', ')} ${what}: ${from} are taken from the Service alone`)];
}
