import type { Answer, Unread } from '../../cluster/types.ts';
import type { Diagnostic } from '../../lib/diagnostic.ts';
import { warning } from '../../lib/diagnostic.ts';
import { compare, keyOf } from '../../lib/object-key.ts';
import { shortened } from '../../lib/text.ts';
import type { Candidate } from '../decision.ts';
import type { EvidenceAnswer, EvidenceQuestion } from './question.ts';

/** Services that a warning names. */
const maxNamed = 3;

/** What could not be read of one run, told once. */
export class UnreadEvidence {
  readonly #forbidden = new Map<string, Set<string>>();
  readonly #unavailable = new Map<string, Set<string>>();
  readonly #tooLarge = new Map<string, Set<string>>();

  note({ service }: Pick<Candidate, 'service'>, { resource }: EvidenceQuestion, answer: EvidenceAnswer): void {
    if (resource) this.#add(`${resource.type.resource}.${resource.type.group}`, keyOf(service), answer.resource);
    this.#add('pods', keyOf(service), answer.pod);
  }

  warnings(): Diagnostic[] {
    return [
      ...told('EVIDENCE_FORBIDDEN', this.#forbidden, 'may not be read'),
      ...told('EVIDENCE_UNAVAILABLE', this.#unavailable, 'could not be read'),
      ...told('EVIDENCE_UNAVAILABLE', this.#tooLarge, 'of more than 256 KB are not read'),
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

function told(
  code: 'EVIDENCE_FORBIDDEN' | 'EVIDENCE_UNAVAILABLE',
  resources: ReadonlyMap<string, ReadonlySet<string>>,
  what: string,
): Diagnostic[] {
  if (resources.size === 0) return [];
  const services = [...new Set([...resources.values()].flatMap((some) => [...some]))].sort(compare);
  const named = shortened(services, maxNamed).join(', ');
  return [
    warning(
      code,
      `${[...resources.keys()].sort(compare).join(', ')} ${what}: route prefix, TLS and port of ${named} are taken from the Service alone`,
    ),
  ];
}
