import type { DataMap } from '../lib/json.ts';
import type { Path } from '../lib/data/json-pointer.ts';
import type { CredentialConfig } from '../settings/schema/credentials.ts';
import type { Section } from './consumer.ts';

/** A key that another release of the consumer calls otherwise. */
export interface Renamed {
  /** Keys from the entry, or the credential, to it. */
  readonly path: Path;
  readonly to: string;
  /** Whether its present name counts in the other release as well. */
  readonly isStillTaken: boolean;
  /** Whether discovery prints the key by its new name, which then wins. */
  readonly isPrinted: boolean;
}

/** What another release of a consumer has beside what it takes and refuses, which its `Consumer` says. */
export interface Upgrade {
  /** Built-in toolsets and types of toolsets, without those that only change their name. */
  readonly newToolsets: readonly string[];
  readonly goneToolsets: readonly string[];
  /** Toolsets that only the other release enables by itself. */
  readonly comesOn: readonly string[];
  /** Those that it has, and that only the present one enables by itself: by their names in both. */
  readonly goesOff: readonly { readonly was: string; readonly is: string }[];
  /** What the other release calls a toolset; `null` where its name stays. */
  readonly renamedName: (name: string) => string | null;
  readonly renamedKeys: (section: Section, name: string, entry: DataMap) => readonly Renamed[];
  readonly renamedCredential: (name: string, config: CredentialConfig) => readonly Renamed[];
}
