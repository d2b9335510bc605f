import type { Data, DataMap } from '../../lib/json.ts';
import { getOwn, isMap } from '../../lib/json.ts';
import { shortened } from '../../lib/messages/text.ts';
import type { Consumer, Section } from '../../consumers/consumer.ts';

/** Keys at the top level that show what else was pasted into the file, and what to do with it. */
export interface ForeignKeys {
  readonly keys: readonly string[];
  readonly message: string;
  readonly hint: string;
}

/** One finding for each kind of text that people paste, at its first key; keys of no such kind are not included. */
export function foreignKeys(
  file: DataMap,
  { sections, otherFileOf = () => null }: Pick<Consumer, 'sections' | 'otherFileOf'>,
): readonly ForeignKeys[] {
  const manifest = manifestIn(file);
  if (manifest) return manifest;
  if (sections === 'top') return wrappedIn(file);
  const unknown = Object.keys(file).filter((key) => !sections.some((section) => section === key));
  const wrapper = unknown.find((key) => isAround(getOwn(file, key) ?? null, sections));
  const areValues = wrapper !== undefined || unknown.some((key) => otherFileOf(key) === 'values');
  const keys = Map.groupBy(unknown, (key): Kind | null => {
    const value = getOwn(file, key) ?? null;
    if (/^(?:x-|\.)/.test(key)) return 'anchor';
    if (key === 'spec' && isMap(value)) return 'settings';
    const other = otherFileOf(key);
    if (key !== wrapper && other !== 'values' && isToolset(key, value)) return 'name';
    return areValues ? 'values' : other;
  });
  const kept = `keep only ${sections.join(' and ')}`;
  return kinds.flatMap((kind) => {
    const some = keys.get(kind);
    return some ? [{ keys: some, ...described(kind, some, kept, wrapper) }] : [];
  });
}

/** What a key shows: Helm values, HolmesGPT's own file, the name of a toolset, settings, a key that only holds an anchor. */
type Kind = (typeof kinds)[number];
const kinds = ['values', 'config', 'name', 'settings', 'anchor'] as const;

function described(
  kind: Kind,
  keys: readonly string[],
  kept: string,
  wrapper: string | undefined,
): Pick<ForeignKeys, 'message' | 'hint'> {
  const are = listed(keys);
  switch (kind) {
    case 'values': {
      const from = wrapper === undefined ? '' : `, moved from ${JSON.stringify(wrapper)} to the top level`;
      const hint = `${kept}${from}; leave the rest in the values of HolmesGPT's chart`;
      return { message: `looks like Helm values: ${are} not read here`, hint };
    }
    case 'config':
      return {
        message: `looks like HolmesGPT's config.yaml: ${are} not read here`,
        hint: `${kept}; leave the rest there`,
      };
    case 'name':
      return { message: `${are} at the top level of the file`, hint: 'indent below toolsets: what belongs there' };
    case 'settings':
      return {
        message: 'has the settings of toolset.yaml: spec is not read here',
        hint: `move them there; ${kept}`,
      };
    case 'anchor':
      return { message: `${are} not read here`, hint: 'define an anchor at the value that uses it first' };
  }
}

/** Whether a section is one level too deep, as in the values of a chart around HolmesGPT's. */
function isAround(value: Data, sections: readonly Section[]): boolean {
  return isMap(value) && sections.some((section) => isMap(getOwn(value, section) ?? null));
}

/** A Kubernetes manifest, or the settings file: all of its keys are one mistake. */
function manifestIn(file: DataMap): ForeignKeys[] | null {
  const { kind, data } = file;
  if (typeof kind !== 'string' || !(Object.hasOwn(file, 'apiVersion') || Object.hasOwn(file, 'metadata'))) return null;
  const keys = Object.keys(file);
  if (kind === 'ToolsetConfig')
    return [{ keys, message: 'has the settings of toolset.yaml', hint: 'move them to that file' }];
  const texts = isMap(data) ? Object.keys(data) : [];
  const below = texts.length === 1 ? `data.${String(texts[0])}` : 'its data';
  const message = `is a whole manifest of kind ${JSON.stringify(kind.slice(0, 40))}`;
  return [{ keys, message, hint: `keep only the text below ${below}` }];
}

/** Consumers other than HolmesGPT have the names at the top level, without the key around them. */
function wrappedIn({ toolsets = null }: DataMap): ForeignKeys[] {
  const entries = isMap(toolsets) ? Object.entries(toolsets) : [];
  const areEntries = entries.every(([key, one]) => !entryKeys.test(key) && (one === null || isMap(one)));
  if (entries.length === 0 || !areEntries) return [];
  const message = 'has the key "toolsets" around the toolsets';
  return [{ keys: ['toolsets'], message, hint: 'move their names to the top level, without it' }];
}

function isToolset(name: string, entry: Data): boolean {
  if (name.includes('/')) return entry === null || isMap(entry);
  return isMap(entry) && ['enabled', 'config'].some((key) => Object.hasOwn(entry, key));
}

/** `a, b, and 2 more are`. */
function listed(keys: readonly string[]): string {
  const quoted = keys.map((key) => JSON.stringify(key.slice(0, 80)));
  return `${shortened(quoted, maxListed).join(', ')} ${keys.length === 1 ? 'is' : 'are'}`;
}

const maxListed = 5;

const entryKeys = /^(?:enabled|config|type|endpoint|metadata|toolset|url)$/;
