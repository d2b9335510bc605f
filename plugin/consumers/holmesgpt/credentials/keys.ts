import { getOwn } from '../../../lib/json.ts';
import type { ConfigKey } from '../catalog.ts';
import { configKeys, knownToolset, knownType } from '../catalog.ts';
import type { ToolsetSpec } from '../toolset-specs.ts';

type Keys = Readonly<Record<string, ConfigKey>>;

/** Credential keys that a release accepts: in the backend's own part of `config`, and in `config` beside a list. */
export interface CredentialKeys {
  /** Keys in this release. */
  readonly own: Keys;
  readonly shared: Keys;
  /** Keys of all releases, to find renamed ones. */
  readonly all: Keys;
}

const sharedKeys = ['client_cert_path', 'client_key_path'];

/** The keys except those that discovery sets: address and name of the backend. */
export function credentialKeys(toolset: string, { kind, type }: ToolsetSpec, minor: number): CredentialKeys | null {
  const known =
    kind === 'mcp' ? knownType('mcp', minor) : (knownToolset(toolset, minor) ?? knownType(type ?? '', minor));
  const keys = known && configKeys(known, minor);
  if (!known?.config || !keys) return null;
  if (kind === 'http') {
    const own = { ...keys.endpoints?.items?.auth?.items, ...pick(keys, (key) => key === 'default_headers') };
    return { own, shared: pick(keys, (key) => sharedKeys.includes(key)), all: known.config };
  }
  const isList = kind === 'clusters';
  const itemsIn = (map: Keys): Keys => Object.values(map).find(({ items }) => items)?.items ?? {};
  const own = pick(isList ? itemsIn(keys) : keys, (key) => !discovered.test(key));
  return { own, shared: {}, all: isList ? itemsIn(known.config) : known.config };
}

const discovered =
  /^(?:name|id|instances|url|api_url|prometheus_url|management_url|(?:kafka_)?broker|mode|command|args|env)$/;

function pick(keys: Keys, isWanted: (key: string) => boolean): Keys {
  return Object.fromEntries(Object.entries(keys).filter(([key]) => isWanted(key)));
}

/** The key's name in the release; `null` where the release has none. */
export function nameIn(known: Keys, all: Keys, key: string): string | null {
  const own = getOwn(known, key);
  if (own) return own.replacedBy !== undefined && Object.hasOwn(known, own.replacedBy) ? own.replacedBy : key;
  const old = Object.entries(all).find(([name, { replacedBy }]) => replacedBy === key && Object.hasOwn(known, name));
  return old?.[0] ?? null;
}

/** The key that HolmesGPT requires together with this one. */
export function partnerOf(key: string): string | null {
  for (const [one, other] of pairs) {
    if (key.endsWith(one) || key.endsWith(`${one}_path`)) return key.replace(one, other);
    if (key.endsWith(other) || key.endsWith(`${other}_path`)) return key.replace(other, one);
  }
  return null;
}

const pairs = [
  ['username', 'password'],
  ['client_cert', 'client_key'],
] as const;
