import type { DataMap, Path } from '../lib/json.ts';
import type { CredentialConfig } from '../settings/schema/credentials.ts';
import type { Section } from './consumer.ts';

/** A key that another release of the consumer renames. */
export interface KeyRename {
  /** Keys from the entry, or the credential, to it. */
  readonly path: Path;
  readonly to: string;
  /** Whether the other release still accepts the present name. */
  readonly isStillTaken: boolean;
  /** Whether discovery prints the key under its new name, which then takes precedence. */
  readonly isPrinted: boolean;
}

/** What another release of a consumer changes, besides what it accepts and rejects, which its `Consumer` tells. */
export interface Upgrade {
  /** Added built-in toolsets and types of toolsets, without renamed ones. */
  readonly newToolsets: readonly string[];
  readonly goneToolsets: readonly string[];
  /** Toolsets that only the other release enables by default. */
  readonly comesOn: readonly string[];
  /** Toolsets that both releases have and only the present one enables by default, by their names in both. */
  readonly goesOff: readonly { readonly was: string; readonly is: string }[];
  /** The other release's name of a toolset; `null` where its name stays. */
  readonly renamedName: (name: string) => string | null;
  readonly renamedKeys: (section: Section, name: string, entry: DataMap) => readonly KeyRename[];
  readonly renamedCredential: (name: string, config: CredentialConfig) => readonly KeyRename[];
}
