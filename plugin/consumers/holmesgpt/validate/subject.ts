import type { Data, DataMap } from '../../../lib/json.ts';
import type { Section } from '../../consumer.ts';
import type { KnownToolset } from '../catalog.ts';
import { currentName, knownToolset, knownType } from '../catalog.ts';
import { discoveredType } from '../toolset-specs.ts';

/** What is looked at: a toolset or a type, by the name of its limits, and for which release. */
export interface Subject {
  readonly limits: string;
  readonly known: KnownToolset;
  /** As the entry has it. */
  readonly subtype: Data | undefined;
  readonly holmes: string;
  readonly minor: number;
}

/** An entry, whether or not the release knows what it is. */
export type MaybeKnown = Omit<Subject, 'known'> & { readonly known: KnownToolset | null };

/** What a toolset is: of a type, which counts before the name, or built in. Toolsets of tools written out are neither. */
export function subjectOf(
  section: Section,
  name: string,
  { type: written, subtype }: DataMap,
  release: Pick<Subject, 'holmes' | 'minor'>,
): MaybeKnown {
  const { minor } = release;
  // An override of what is discovered need not repeat its type.
  const builtIn = section === 'toolsets' && !isOwnType(written) ? knownToolset(name, minor) : null;
  if (builtIn) return { ...release, subtype, limits: currentName(name, minor), known: builtIn };
  const type = section === 'mcp_servers' ? 'mcp' : isOwnType(written) ? written : discoveredType(name);
  const isOwn = type === null;
  return { ...release, subtype, limits: `type:${type ?? 'custom'}`, known: isOwn ? null : knownType(type, minor) };
}

export function isOwnType(type: Data | undefined): type is string {
  return typeof type === 'string' && type !== 'built-in';
}

/** Whether the release has it under its name. */
export function isBuiltIn({ known, limits }: MaybeKnown): boolean {
  return known !== null && !limits.startsWith('type:');
}
