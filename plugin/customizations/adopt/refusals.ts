import type { Consumer, Section, ToolsetFile } from '../../consumers/consumer.ts';
import { matchesPattern } from '../../discovery/match/glob.ts';
import { isPluginError } from '../../lib/errors.ts';
import type { Data, Path } from '../../lib/json.ts';
import { getOwn, isMap } from '../../lib/json.ts';
import { parseYamlFile } from '../../settings/yaml/parse.ts';
import type { Customizations } from '../apply.ts';

export interface Entry {
  readonly section: Section;
  readonly entry: string;
}

/** An entry of the live file that no file of overrides may hold. */
export interface Refusal extends Entry {
  /** Keys from the entry to what is refused. */
  readonly inside: Path;
  readonly why: string;
}

/** Characters of an entry in which what is refused is looked for: each part is read once more for each level. */
const maxSearched = 64 * 1024;

/** Why no file of overrides may hold the entry as it is to be; empty where it may. */
export function refusalOf({ section, entry }: Entry, wanted: ToolsetFile, consumer: Consumer): Refusal[] {
  const value = getOwn(wanted[section], entry);
  if (value === undefined || value === null) return [];
  const inside = (path: Path, why: string): Refusal[] => [{ section, entry, inside: path, why }];
  if (!isMap(value)) return inside([], 'a toolset is a map');
  const why = unreadable(value);
  if (why !== null) {
    const isSmall = JSON.stringify(value).length <= maxSearched;
    return inside(isSmall ? refusedPart(value) : [], `it ${why}`);
  }
  const own = { toolsets: {}, mcp_servers: {}, [section]: { [entry]: value } };
  const reason = refusedBy(() => {
    consumer.assertAccepted(own);
  });
  return reason === null ? [] : inside([], reason);
}

/** What of Git's patches means the entry, in words; `null` where nothing does. */
export function patchesOf({ patches, patching }: Customizations, { section, entry }: Entry): string | null {
  const names = patches
    .filter((file) =>
      file.patches.some(({ target }) => {
        const meant = patching?.parseTarget(target);
        return meant?.section === section && matchesPattern([meant.pattern], entry);
      }),
    )
    .map(({ file }) => file.name);
  return names.length === 0 ? null : `${names.join(', ')} comes after the overrides and changes it again`;
}

/** The keys to the smallest part that is refused by itself. */
function refusedPart(data: Data): Path {
  const parts: [string | number, Data][] = isMap(data)
    ? Object.entries(data)
    : Array.isArray(data)
      ? [...(data as readonly Data[]).entries()]
      : [];
  const found = parts.find(([, part]) => unreadable(part) !== null);
  return found ? [found[0], ...refusedPart(found[1])] : [];
}

/** Why a file from Git may not hold the data. */
function unreadable(data: Data): string | null {
  if (holdsInfinite(data)) return 'is not a finite number';
  return refusedBy(() => parseYamlFile({ name: '', text: JSON.stringify(data) }, 'OVERRIDES_INVALID'));
}

/** JSON would make `null` of it. */
function holdsInfinite(data: Data): boolean {
  if (typeof data === 'number') return !Number.isFinite(data);
  if (Array.isArray(data)) return (data as readonly Data[]).some(holdsInfinite);
  return isMap(data) && Object.values(data).some(holdsInfinite);
}

function refusedBy(read: () => unknown): string | null {
  try {
    read();
    return null;
  } catch (error) {
    if (!isPluginError(error)) throw error;
    return error.diagnostics[0]?.message ?? error.message;
  }
}
