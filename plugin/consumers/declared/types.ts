import type { Candidate } from '../../discovery/decision.ts';
import type { Data, DataMap, Path } from '../../lib/json.ts';
import type { CredentialConfig } from '../../settings/schema/credentials.ts';
import type { Spec } from '../../settings/schema/index.ts';

/** How the consumer represents one product. */
export interface ProductDeclaration {
  /** The consumer's name for it: the type of a data source, or the key for its backend. */
  readonly kind: string;
  /** Fixed keys of each entry besides its address. */
  readonly fields?: DataMap;
  /** Useless without a credential. */
  readonly needsCredential?: true;
}

/** A key of a credential in `spec.credentials`, and where an entry has its value. */
export interface CredentialKey {
  /** `null` where `entryOf` places it. */
  readonly at: Path | null;
  /** Further keys that go with it. */
  readonly with?: DataMap;
  /** Not a secret by itself: alone, it repairs nothing. */
  readonly describes?: true;
}

/** Rule for a key of an entry that Git writes. */
export interface FieldRule {
  readonly type: 'string' | 'boolean' | 'number' | 'map' | 'list';
  /** The consumer rejects an entry without it. */
  readonly isRequired?: true;
  /** Pattern for a string, and its description in words. */
  readonly form?: { readonly pattern: RegExp; readonly words: string };
}

/** A backend for which an entry is made. */
export interface EntryInputs {
  readonly backend: Candidate;
  readonly product: ProductDeclaration;
  /** Name of the entry. */
  readonly name: string;
  /**
   * The credential from the settings, in the consumer's keys; empty where there is none, or the backend is untrusted.
   */
  readonly credential: CredentialConfig;
  /** `unverified` for an https backend whose certificate is not to be verified. */
  readonly certificate: Spec['target']['certificates'] | null;
}

/** An entry with what it was made from. */
export interface MadeEntry extends EntryInputs {
  readonly entry: DataMap;
}

/** A consumer as data, plus a few functions for what data cannot express. `declared` makes a `Consumer` from it. */
export interface ConsumerDeclaration {
  /** Name in messages: `Grafana`. */
  readonly title: string;
  /** Pages and files that document the facts. */
  readonly sources: readonly string[];
  /** Supported products, by detector. */
  readonly products: Readonly<Record<string, ProductDeclaration>>;
  /** `each`: one entry per backend and tenant. `best`: one entry per kind, for the best backend. */
  readonly entries: 'each' | 'best';
  /** Whether it uses the label that a store has for namespaces, and what selects this cluster. */
  readonly usesLabels: boolean;
  /** Whether entries can set the headers that a query needs; otherwise a store that requires a tenant is useless. */
  readonly sendsHeaders: boolean;
  readonly credentials: Readonly<Record<string, CredentialKey>>;
  /** Key of a credential with the CA that verifies certificates of the cluster; `null` where there is no such key. */
  readonly caKey: string | null;
  /** Whether verification of a certificate can be switched off. */
  readonly canSkipVerification: boolean;
  /** Key of an entry that holds its name, where there is one. */
  readonly nameKey?: string;
  /** Keys that an entry may have. */
  readonly fields: Readonly<Record<string, FieldRule>>;
  /** Name of the entry for a backend; used for `each`. */
  readonly nameOf: (backend: Candidate) => string;
  readonly entryOf: (inputs: EntryInputs) => DataMap;
  /** Keys that link entries to each other; an entry's own keys take precedence over them. */
  readonly links?: (entries: readonly MadeEntry[]) => ReadonlyMap<string, DataMap>;
  /** Writes the file from all enabled entries, by name. */
  readonly write: (entries: DataMap) => Data;
  /** Parses such a file; `null` for any other. */
  readonly read: (file: DataMap) => DataMap | null;
}
