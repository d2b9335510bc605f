import { getOwn } from '../../lib/json.ts';
import limits from './limits.json' with { type: 'json' };

/** What HolmesGPT rejects in a value or an entry whose keys and types are right. */
export interface Limits {
  /** Limits of a number. */
  readonly integer?: true;
  readonly min?: number;
  readonly max?: number;
  readonly above?: number;
  /** The only strings that it accepts; for a list, of each item. */
  readonly enum?: readonly string[];
  readonly format?: 'url' | 'host' | 'database' | 'mongodb' | 'digits' | 'kafka-protocol';
  /** Neither an empty string nor an empty list is accepted. */
  readonly filled?: true;
  /** Type of the items of a list in an entry, and the keys that each item needs. */
  readonly of?: 'string' | 'number' | 'integer' | 'boolean' | 'map' | 'list';
  readonly requires?: readonly string[];
  /** Keys of a `config` that are only accepted together with another one. */
  readonly needs?: Readonly<Record<string, string>>;
  /** Keys of a `config` that are not accepted together. */
  readonly excludes?: readonly (readonly [string, string])[];
  /** A server ignores the toolset, because its tags are for the command line. */
  readonly cliOnly?: true;
  /** Keys of other entries that an entry of this type may not have. */
  readonly refuses?: readonly string[];
  readonly subtypes?: readonly string[];
  /** Toolsets that were removed and are silently ignored. */
  readonly names?: readonly string[];
}

/**
 * By subject: a toolset (`bash`), a type (`type:http`), a key of its config (`bash.allow`), a key of an entry
 * (`entry.tags`), or what was `removed`; each with the first and the last minor release of 0.x.
 */
export type LimitsFile = Readonly<
  Record<string, readonly (Limits & { readonly since: number; readonly until?: number })[]>
>;

// Checked by test/holmesgpt/catalog.test.ts against the library.
const file = limits as unknown as LimitsFile;
const none: Limits = {};

/** The limits of a subject in a minor release of 0.x. */
export function limitsOf(subject: string, minor: number): Limits {
  return getOwn(file, subject)?.find(({ since, until = minor }) => since <= minor && minor <= until) ?? none;
}
