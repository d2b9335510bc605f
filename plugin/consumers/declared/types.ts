import type { Candidate } from '../../discovery/decision.ts';
import type { Data, DataMap } from '../../lib/json.ts';
import type { Path } from '../../lib/data/json-pointer.ts';
import type { CredentialConfig } from '../../settings/schema/credentials.ts';
import type { ToolsetConfig } from '../../settings/schema/index.ts';

/** What the consumer makes of one product. */
export interface ProductDeclaration {
  /** What the consumer calls it: the type of a data source, or the key that a backend of it stands under. */
  readonly kind: string;
  /** Keys of each entry besides those that tell where it is. */
  readonly fields?: DataMap;
  /** Nothing is to be had of it without a credential. */
  readonly needsCredential?: true;
}

/** A key of a credential in `spec.credentials`, and where its value stands in an entry. */
export interface CredentialKey {
  /** `null` where `entryOf` places it. */
  readonly at: Path | null;
  /** What stands in the entry beside it. */
  readonly with?: DataMap;
  /** It is no secret of its own, so that nothing is repaired by it alone. */
  readonly describes?: true;
}

/** A key of an entry, as Git may write it. */
export interface FieldRule {
  readonly type: 'string' | 'boolean' | 'number' | 'map' | 'list';
  /** Without it the consumer refuses the entry. */
  readonly isRequired?: true;
  /** What a text has to be, and in words. */
  readonly form?: { readonly pattern: RegExp; readonly words: string };
}

/** A backend that an entry is made of. */
export interface Told {
  readonly backend: Candidate;
  readonly product: ProductDeclaration;
  /** Name of the entry. */
  readonly name: string;
  /** What the settings name for it, in the consumer's keys; empty where there is nothing, or it is not trusted. */
  readonly credential: CredentialConfig;
  /** `unverified` where it serves https with a certificate that is not to be verified. */
  readonly certificate: ToolsetConfig['spec']['target']['certificates'] | null;
}

/** An entry beside what it was made of. */
export interface MadeEntry extends Told {
  readonly entry: DataMap;
}

/** A consumer as data, with the few functions that data cannot say. `declared` makes a `Consumer` of it. */
export interface ConsumerDeclaration {
  /** For people: `Grafana`. */
  readonly title: string;
  /** Pages and files that the facts come from. */
  readonly sources: readonly string[];
  /** Products that it takes, by detector. */
  readonly products: Readonly<Record<string, ProductDeclaration>>;
  /** An entry for each backend and each of its tenants, or one for each kind, of the best backend. */
  readonly entries: 'each' | 'best';
  /** Whether it makes use of what a store calls a namespace, and what selects this cluster. */
  readonly usesLabels: boolean;
  readonly credentials: Readonly<Record<string, CredentialKey>>;
  /** Key of a credential that names the CA by which certificates of the cluster are verified; `null` without one. */
  readonly caKey: string | null;
  /** Whether it can be told not to verify a certificate. */
  readonly canSkipVerification: boolean;
  /** Key of an entry that its name is printed under, where there is one. */
  readonly nameKey?: string;
  /** Keys of an entry. */
  readonly fields: Readonly<Record<string, FieldRule>>;
  /** Name of a backend's entry, where there is one for `each`. */
  readonly nameOf: (backend: Candidate) => string;
  readonly entryOf: (told: Told) => DataMap;
  /** What entries say of each other: keys that are merged below those of an entry. */
  readonly links?: (entries: readonly MadeEntry[]) => ReadonlyMap<string, DataMap>;
  /** The file of all entries that are not switched off, by name. */
  readonly write: (entries: DataMap) => Data;
  /** What such a file says; `null` where it is no such file. */
  readonly read: (file: DataMap) => DataMap | null;
}
