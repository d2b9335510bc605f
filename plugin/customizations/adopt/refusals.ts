import type { Consumer, Section, ToolsetFile } from '../../consumers/consumer.ts';
import { matchesPattern } from '../../discovery/match/glob.ts';
import { isPluginError } from '../../lib/errors.ts';
import type { Data, Path } from '../../lib/json.ts';
import { getOwn, isMap, partsOf, valuesIn } from '../../lib/json.ts';
import { parseYamlFile } from '../../settings/yaml/parse.ts';
import type { Customizations } from '../apply.ts';

export interface Entry {
  readonly section: Section;
  readonly entry: string;
}

/** An entry of the live file that overrides may not contain. */
export interface Refusal extends Entry {
  /** Keys from the entry to the refused part. */
  readonly inside: Path;
  readonly why: string;
}

/** Maximum length of an entry in which the refused part is searched: every part is parsed again at each level. */
const maxSearched = 64 * 1024;

/** Why overrides may not contain the wanted entry; empty where they may. */
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

/** The patches in Git that target the entry, in words; `null` where none does. */
export function patchesOf({ patches, patching }: Customizations, { section, entry }: Entry): string | null {
  const names = patches
    .filter((file) =>
      file.patches.some(({ target }) => {
        const parsed = patching?.parseTarget(target);
        return parsed?.section === section && matchesPattern([parsed.pattern], entry);
      }),
    )
    .map(({ file }) => file.name);
  return names.length === 0 ? null : `${names.join(', ')} comes after the overrides and changes it again`;
}

/** Keys to the smallest part that is refused on its own. */
function refusedPart(data: Data): Path {
  const found = partsOf(data).find(([, part]) => unreadable(part) !== null);
  return found ? [found[0], ...refusedPart(found[1])] : [];
}

/** Why a file from Git may not contain the data. */
function unreadable(data: Data): string | null {
  // JSON would write it as `null`.
  if (valuesIn(data).some((one) => typeof one === 'number' && !Number.isFinite(one))) return 'is not a finite number';
  return refusedBy(() => parseYamlFile({ name: '', text: JSON.stringify(data) }, 'OVERRIDES_INVALID'));
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
