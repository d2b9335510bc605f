import type { ServiceView } from '../../../detectors/types.ts';
import { selectorOfServices, serviceName } from '../../cluster/projections.ts';
import type { NamespaceScope } from '../../cluster/types.ts';
import type { Selected } from './resources.ts';
import { namespacesOf } from './resources.ts';
import type { KeysListener, Store } from './store.ts';

/** Of a label selector as a URL has it: proxies in front of an API server take URLs of 8 KB. */
const maxSelectorBytes = 7_000;
/** Lists for the sake of further names, one after the other: one list for all names costs less than more of them. */
const maxWidenings = 50;

/** The slices of one namespace, or of the whole cluster. */
interface Selection {
  /** Names of Services whose slices are listed and watched; `all` where none is asked for by name. */
  known: Names;
  /** Names that the next list adds. */
  readonly awaited: Set<string>;
  /** Lists in a row that were asked for to add names. */
  widenings: number;
}

export interface PointedSlicesOptions {
  readonly scope: NamespaceScope;
  /** Services at which something points. */
  readonly services: Pick<Store<ServiceView>, 'get' | 'values'>;
  /** Lists the slices of a namespace by another `select`; settles when that is done, and never rejects. */
  readonly listAnew: (namespace: string | null) => Promise<void>;
  /** Gets the keys of changed Services once their slices are known. */
  readonly onServices: KeysListener;
}

/**
 * Of which Services the EndpointSlices are listed and watched: of those at which something points, by their names in a label
 * selector. In a cluster of ten thousand Services these are a hundred, and slices are what changes most in a cluster. Where the
 * names are too many for a URL, or further ones come too often, it is those of all Services.
 */
export class PointedSlices {
  readonly #options: PointedSlicesOptions;
  /** By namespace; `null` is the whole cluster. */
  readonly #selections: ReadonlyMap<string | null, Selection>;
  /** Changed Services whose slices are not known yet. */
  readonly #held = new Set<string>();
  #widened: Promise<unknown> = Promise.resolve();

  constructor(options: PointedSlicesOptions) {
    this.#options = options;
    const empty = (): Selection => ({ known: new Set(), awaited: new Set(), widenings: 0 });
    this.#selections = new Map(namespacesOf(options.scope).map((namespace) => [namespace, empty()]));
  }

  /** By what the slices of a namespace are listed now, and watched after that. */
  select(namespace: string | null): Selected {
    const selection = this.#selections.get(namespace);
    if (!selection) return { labelSelector: serviceName };
    selection.widenings = selection.awaited.size > 0 ? selection.widenings + 1 : 0;
    const names = this.#namesIn(namespace);
    for (const name of selection.awaited) if (!names.has(name)) selection.awaited.delete(name);
    const byName = selectorOfServices([...names].sort());
    const isTooMuch = selection.widenings > maxWidenings || encodeURIComponent(byName).length > maxSelectorBytes;
    const asked = isTooMuch ? 'all' : names;
    // What is not asked for any more is not followed from now on, and what is asked for is known when it has been listed.
    selection.known = intersection(selection.known, asked);
    return {
      labelSelector: isTooMuch ? serviceName : byName,
      onListed: () => {
        selection.known = asked;
        for (const name of selection.awaited) if (isIn(asked, name)) selection.awaited.delete(name);
        this.#release();
      },
    };
  }

  /** Passes on changes of Services: at once, or when the slices of those that are pointed at since then have been listed. */
  servicesChanged(keys: readonly string[]): void {
    for (const key of keys) this.#held.add(key);
    this.#release();
    for (const key of keys) if (this.#held.has(key)) this.#await(key);
  }

  /** Of a Service at which something points the slices are not known yet. */
  get isAwaiting(): boolean {
    return this.#selections.values().some(({ awaited }) => awaited.size > 0);
  }

  /** Settles when the slices of all Services have been listed that were pointed at before. */
  async settled(): Promise<void> {
    await this.#widened;
  }

  #namesIn(namespace: string | null): ReadonlySet<string> {
    const names = new Set<string>();
    for (const service of this.#options.services.values())
      if (namespace === null || service.namespace === namespace) names.add(service.name);
    return names;
  }

  /** Also of a Service at which nothing points: its slices do not matter. */
  #isKnown(key: string): boolean {
    const service = this.#options.services.get(key);
    const { selection } = service ? this.#selectionOf(service) : {};
    return !service || !selection || isIn(selection.known, service.name);
  }

  #selectionOf({ namespace: own }: ServiceView): { namespace: string | null; selection: Selection | undefined } {
    const namespace = this.#selections.has(null) ? null : own;
    return { namespace, selection: this.#selections.get(namespace) };
  }

  /** Passes on all whose slices are known now. */
  #release(): void {
    const known = [...this.#held].filter((key) => this.#isKnown(key));
    for (const key of known) this.#held.delete(key);
    if (known.length > 0) this.#options.onServices(known);
  }

  #await(key: string): void {
    const service = this.#options.services.get(key);
    if (!service) return;
    const { namespace, selection } = this.#selectionOf(service);
    if (!selection || selection.awaited.has(service.name)) return;
    selection.awaited.add(service.name);
    this.#widened = Promise.all([this.#widened, this.#options.listAnew(namespace)]);
  }
}

type Names = ReadonlySet<string> | 'all';

function isIn(names: Names, name: string): boolean {
  return names === 'all' || names.has(name);
}

function intersection(one: Names, other: Names): Names {
  if (one === 'all') return other;
  return other === 'all' ? one : new Set([...one].filter((name) => other.has(name)));
}
