import type { Data, DataMap, Path } from '../../../lib/json.ts';
import { getOwn, isList, isMap } from '../../../lib/json.ts';
import type { CredentialConfig } from '../../../settings/schema/credentials.ts';
import type { Section } from '../../consumer.ts';
import type { KeyRename, Upgrade } from '../../upgrade.ts';
import type { ConfigKey, KnownToolset } from '../catalog.ts';
import { configKeys, currentName, knownToolset, knownType, otherName } from '../catalog.ts';
import { credentialKeys, nameIn } from '../credentials/keys.ts';
import { toolsetOfCredential } from '../credentials/validate.ts';
import { discoveredType, isDiscoverable, specOfName } from '../toolset-specs.ts';
import type { ReleaseChange, Releases } from './changes.ts';
import { releaseChanges, renamedKey } from './changes.ts';

type Keys = Readonly<Record<string, ConfigKey>>;

/** What another release of HolmesGPT renames, adds or enables by default, besides what it rejects. */
export function upgradeBetween(releases: Releases): Upgrade {
  const { from } = releases;
  const ofToolsets = releaseChanges(releases).filter(({ key }) => key === null);
  const named = (kind: ReleaseChange['kind']): string[] =>
    ofToolsets.filter((change) => change.kind === kind).map(({ subject }) => subject);
  return {
    newToolsets: named('new'),
    goneToolsets: named('gone'),
    comesOn: named('on'),
    goesOff: named('off').map((is) => ({
      was: knownToolset(is, from) ? currentName(is, from) : (otherName(is, from) ?? is),
      is,
    })),
    renamedName: (name) => renamedToolset(name, releases),
    renamedKeys: (section, name, entry) => renamedIn(section, name, entry, releases),
    renamedCredential: (name, config) => renamedCredential(name, config, releases),
  };
}

function renamedToolset(name: string, { from, to }: Releases): string | null {
  const [was, is] = [currentName(name, from), currentName(name, to)];
  return was === name && is !== name && knownToolset(name, from) && knownToolset(is, to) ? is : null;
}

/** Keys of an entry that another release renames, whether or not it still accepts the former name. */
function renamedIn(section: Section, name: string, { type, config }: DataMap, { from, to }: Releases): KeyRename[] {
  const own = typeof type === 'string' && type !== 'built-in' ? type : null;
  const knownIn = (minor: number): KnownToolset | null =>
    section === 'mcp_servers'
      ? knownType('mcp', minor)
      : ((own === null ? knownToolset(name, minor) : null) ?? knownType(own ?? discoveredType(name) ?? '', minor));
  const [was, is] = [knownIn(from), knownIn(to)];
  if (!was || !is || !isMap(config)) return [];
  const keys = [configKeys(was, from) ?? {}, configKeys(is, to) ?? {}] as const;
  const isPrinted = section === 'toolsets' && isDiscoverable(name);
  return renamedKeys(config, keys, { ...was.config, ...is.config }, ['config']).map((one) => ({ ...one, isPrinted }));
}

function renamedKeys(
  map: DataMap,
  [was, is]: readonly [Keys, Keys],
  all: Keys,
  path: Path,
): Omit<KeyRename, 'isPrinted'>[] {
  return Object.entries(map).flatMap(([key, value]) => {
    const to =
      Object.hasOwn(was, key) && getOwn(was, key)?.replacedBy === undefined ? renamedKey(key, [was, is], all) : null;
    const at = [...path, key];
    const inner = [getOwn(was, key)?.items, getOwn(is, to ?? key)?.items] as const;
    const hasNewName = to !== null && Object.hasOwn(map, to);
    return [
      ...(to === null || hasNewName ? [] : [{ path: at, to, isStillTaken: Object.hasOwn(is, key) }]),
      ...(inner[0] && inner[1] ? partsOf(value, at) : []).flatMap(([part, place]) =>
        renamedKeys(
          part,
          [inner[0] ?? {}, inner[1] ?? {}],
          { ...inner[0], ...getOwn(all, key)?.items, ...getOwn(all, to ?? key)?.items },
          place,
        ),
      ),
    ];
  });
}

/** The map itself, or the maps in a list. */
function partsOf(value: Data, path: Path): (readonly [DataMap, Path])[] {
  if (isMap(value)) return [[value, path]];
  if (!isList(value)) return [];
  return value.flatMap((one, index) => (isMap(one) ? [[one, [...path, index]] as const] : []));
}

/** Keys of a credential that are printed under another name in the other release. */
function renamedCredential(name: string, config: CredentialConfig, { from, to }: Releases): KeyRename[] {
  const toolset = toolsetOfCredential(name);
  const spec = toolset === null ? null : specOfName(toolset);
  if (toolset === null || !spec) return [];
  const [was, is] = [credentialKeys(toolset, spec, from), credentialKeys(toolset, spec, to)];
  if (!was || !is) return [];
  return Object.keys(config).flatMap((key) => {
    const [before, after] = [was, is].map(({ own, shared, all }) => nameIn({ ...own, ...shared }, all, key));
    if (before === after || typeof before !== 'string' || typeof after !== 'string') return [];
    return [{ path: [key], to: after, isStillTaken: true, isPrinted: true }];
  });
}
