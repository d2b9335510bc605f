import { getOwn } from '../../lib/json.ts';
import limits from './limits.json' with { type: 'json' };

/** What HolmesGPT refuses of a value, or of an entry, whose keys and types are right. */
export interface Limits {
  /** Of a number. */
  readonly integer?: true;
  readonly min?: number;
  readonly max?: number;
  readonly above?: number;
  /** The only texts that it takes, of a list for each item. */
  readonly enum?: readonly string[];
  readonly format?: 'url' | 'host' | 'database' | 'mongodb' | 'digits' | 'kafka-protocol';
  /** It takes no empty text, or no empty list. */
  readonly filled?: true;
  /** Type of the items of a list of an entry, and the keys that each needs. */
  readonly of?: 'string' | 'number' | 'integer' | 'boolean' | 'map' | 'list';
  readonly requires?: readonly string[];
  /** Keys of a `config` that it takes beside another one alone. */
  readonly needs?: Readonly<Record<string, string>>;
  /** Keys of a `config` that it does not take together. */
  readonly excludes?: readonly (readonly [string, string])[];
  /** A server leaves the toolset out: its tags are of the command line. */
  readonly cliOnly?: true;
  /** Keys of other entries that it refuses in one of this type. */
  readonly refuses?: readonly string[];
  readonly subtypes?: readonly string[];
  /** Toolsets that it no longer has, and passes over in silence. */
  readonly names?: readonly string[];
}

/**
 * By what they are about: a toolset (`bash`), a type (`type:http`), a key of its config (`bash.allow`), a key of an
 * entry (`entry.tags`), or what was `removed`; each with the minor releases of 0.x, the first and the last.
 */
export type LimitsFile = Readonly<
  Record<string, readonly (Limits & { readonly since: number; readonly until?: number })[]>
>;

// As it was checked: test/holmesgpt/catalog.test.ts compares it with the library.
const file = limits as unknown as LimitsFile;
const none: Limits = {};

/** The limits of a minor release of 0.x. */
export function limitsOf(subject: string, minor: number): Limits {
  return getOwn(file, subject)?.find(({ since, until = minor }) => since <= minor && minor <= until) ?? none;
}
