import type { ServiceView } from '../../../../detectors/types.ts';
import { selectorOfServices, serviceName } from '../../../cluster/slice-projections.ts';
import type { NamespaceScope } from '../../../cluster/types.ts';
import type { ListSelection } from '../resources.ts';
import { namespacesOf } from '../resources.ts';
import type { KeysListener, Store } from '../store.ts';

/** Longest label selector, as encoded in a URL: proxies in front of an API server accept URLs of 8 KB. */
const maxSelectorBytes = 7_000;
/** Consecutive lists to add further names; beyond that, one list for all names is cheaper. */
const maxWidenings = 50;

/** The selected slices of one namespace, or of the whole cluster. */
interface Selection {
  /** Names of Services whose slices are listed and watched; `all` without a selector. */
  known: Names;
  /** Names that the next list adds. */
  readonly awaited: Set<string>;
  /** Number of consecutive lists that added names. */
  widenings: number;
}

export interface PointedSlicesOptions {
  readonly scope: NamespaceScope;
  /** Services that a rule points at. */
  readonly services: Pick<Store<ServiceView>, 'get' | 'values'>;
  /** Lists the slices of a namespace again with the new `select`; settles when done, and never rejects. */
  readonly relist: (namespace: string | null) => Promise<void>;
  /** Receives the keys of changed Services once their slices are known. */
  readonly onServices: KeysListener;
}

/**
 * Chooses the Services whose EndpointSlices are listed and watched: those that a rule points at, by name in a label
 * selector. In a cluster of ten thousand Services these are about a hundred, and slices are what changes most. If the
 * names are too many for a URL, or new ones come too often, all slices are watched.
 */
export class PointedSlices {
  readonly #options: PointedSlicesOptions;
  /** Keyed by namespace; `null` is the whole cluster. */
  readonly #selections: ReadonlyMap<string | null, Selection>;
  /** Changed Services whose slices are not known yet. */
  readonly #held = new Set<string>();
  #widened: Promise<unknown> = Promise.resolve();

  constructor(options: PointedSlicesOptions) {
    this.#options = options;
    const empty = (): Selection => ({ known: new Set(), awaited: new Set(), widenings: 0 });
    this.#selections = new Map(namespacesOf(options.scope).map((namespace) => [namespace, empty()]));
  }

  /** The selector with which the slices of a namespace are listed now and watched afterwards. */
  select(namespace: string | null): ListSelection {
    const selection = this.#selections.get(namespace);
    if (!selection) return { labelSelector: serviceName };
    const widenings = selection.awaited.size > 0 ? selection.widenings + 1 : 0;
    const names = this.#namesIn(namespace);
    for (const name of selection.awaited) if (!names.has(name)) selection.awaited.delete(name);
    const byName = selectorOfServices([...names].sort());
    const isTooMuch = widenings > maxWidenings || encodeURIComponent(byName).length > maxSelectorBytes;
    const requested = isTooMuch ? 'all' : names;
    // Dropped names are no longer watched from now on; new names are known once they have been listed.
    selection.known = intersection(selection.known, requested);
    return {
      labelSelector: isTooMuch ? serviceName : byName,
      onListed: () => {
        selection.known = requested;
        selection.widenings = widenings;
        for (const name of selection.awaited) if (isIn(requested, name)) selection.awaited.delete(name);
        this.#release();
      },
    };
  }

  /** Passes on changed Services: at once, or once the slices of newly selected Services have been listed. */
  servicesChanged(keys: readonly string[]): void {
    for (const key of keys) this.#held.add(key);
    this.#release();
    for (const key of keys) if (this.#held.has(key)) this.#await(key);
  }

  /** Whether the slices of a selected Service of this namespace are not known yet; `null` is the whole cluster. */
  isAwaitingIn(namespace: string | null): boolean {
    return (this.#selections.get(namespace)?.awaited.size ?? 0) > 0;
  }

  /** Settles when the slices of all Services selected so far have been listed. */
  async settled(): Promise<void> {
    await this.#widened;
  }

  #namesIn(namespace: string | null): ReadonlySet<string> {
    const names = new Set<string>();
    for (const service of this.#options.services.values())
      if (namespace === null || service.namespace === namespace) names.add(service.name);
    return names;
  }

  /** True also for a Service that no rule points at: its slices do not matter. */
  #isKnown(key: string): boolean {
    const service = this.#options.services.get(key);
    const { selection } = service ? this.#selectionOf(service) : {};
    return !service || !selection || isIn(selection.known, service.name);
  }

  #selectionOf({ namespace: own }: ServiceView): { namespace: string | null; selection: Selection | undefined } {
    const namespace = this.#selections.has(null) ? null : own;
    return { namespace, selection: this.#selections.get(namespace) };
  }

  /** Passes on all Services whose slices are known now. */
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
    this.#widened = Promise.all([this.#widened, this.#options.relist(namespace)]);
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
