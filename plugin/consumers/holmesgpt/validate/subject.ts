import type { Data, DataMap } from '../../../lib/json.ts';
import type { Section } from '../../consumer.ts';
import type { KnownToolset } from '../catalog.ts';
import { currentName, knownToolset, knownType, titleOf } from '../catalog.ts';
import { discoveredType } from '../toolset-specs.ts';

/** The toolset or type to check, by the key of its limits, and the release to check it for. */
export interface Subject {
  readonly limits: string;
  readonly known: KnownToolset;
  /** The entry's own value. */
  readonly subtype: Data | undefined;
  /** The release in messages. */
  readonly holmes: string;
  readonly minor: number;
}

/** An entry whose toolset or type the release may not know. */
export type MaybeKnown = Omit<Subject, 'known'> & { readonly known: KnownToolset | null };

/**
 * Identifies the toolset: by its type, which comes first, or as a built-in one. A toolset with
 * written-out tools is neither.
 */
export function subjectOf(
  section: Section,
  name: string,
  { type: written, subtype }: DataMap,
  minor: number,
): MaybeKnown {
  const release = { holmes: titleOf(minor), minor };
  // An override of a discovered toolset need not repeat its type.
  const builtIn = section === 'toolsets' && !isOwnType(written) ? knownToolset(name, minor) : null;
  if (builtIn) return { ...release, subtype, limits: currentName(name, minor), known: builtIn };
  const type = section === 'mcp_servers' ? 'mcp' : isOwnType(written) ? written : discoveredType(name);
  const isOwn = type === null;
  return { ...release, subtype, limits: `type:${type ?? 'custom'}`, known: isOwn ? null : knownType(type, minor) };
}

export function isOwnType(type: Data | undefined): type is string {
  return typeof type === 'string' && type !== 'built-in';
}

/** Whether the release has it built in under its name. */
export function isBuiltIn({ known, limits }: MaybeKnown): boolean {
  return known !== null && !limits.startsWith('type:');
}
