import { maxTenants } from '../../../detectors/stores/tenants.ts';
import type { NoFactsReason } from '../../cluster/stores/question.ts';
import type { Diagnostic } from '../../lib/diagnostic.ts';
import { warning } from '../../lib/diagnostic.ts';
import { compare, keyOf } from '../../lib/object-key.ts';
import { shortened } from '../../lib/messages/text.ts';
import type { Candidate } from '../decision.ts';

/** Maximum number of Services that a warning names. */
const maxNamed = 3;

/** Why nothing was learned, and what to do about it. A store without data, or behind a credential, is not a failure. */
const sentences: Readonly<Record<NoFactsReason, string>> = {
  Silent: 'it does not answer',
  Credential: 'it answers only with a credential',
  Tenant:
    'it needs a tenant, and none of the usual ones has data: name one in spec.stores, or in annotation kubernaut.io/toolset-tenant of its Service',
  ManyTenants: `it, or its custom resource, lists more than ${String(maxTenants)} tenants: name those to ask in spec.stores`,
  TenantKind:
    'spec.stores has tenants of another kind than the store: VictoriaLogs takes account:project, such as "1:0", others take names',
  Empty: 'it has no data yet',
  TooLong: 'its list of names is longer than 512 KB: name the labels in spec.stores',
  Other: 'its answer is not that of the product',
  NotAsked: 'more stores than are asked in one run',
};

const quiet: ReadonlySet<NoFactsReason> = new Set(['Credential', 'Empty']);

/** Why nothing was learned from a store, as shown to users. */
export function noFactsSentence(reason: NoFactsReason): string {
  return sentences[reason];
}

/** Stores from which nothing could be learned in one run, reported once per cause. */
export class StoresWithoutFacts {
  readonly #stores = new Map<NoFactsReason, Set<string>>();

  note({ service }: Pick<Candidate, 'service'>, reason: NoFactsReason): void {
    this.#stores.set(reason, (this.#stores.get(reason) ?? new Set()).add(keyOf(service)));
  }

  /** Warnings about these Services, given as `namespace/name`. */
  warnings(services: ReadonlySet<string>): Diagnostic[] {
    return [...this.#stores]
      .map(([reason, stores]) => [reason, [...stores].filter((store) => services.has(store))] as const)
      .filter(([reason, stores]) => !quiet.has(reason) && stores.length > 0)
      .sort(([a], [b]) => compare(a, b))
      .map(([reason, stores]) => {
        const named = shortened(stores.sort(compare), maxNamed).join(', ');
        return warning(
          'FIRST_QUESTION_UNANSWERED',
          `what a first query of ${named} needs is not known: ${sentences[reason]}`,
        );
      });
  }
}
