import { configKeys, knownToolset, toolsets, types } from '../../../plugin/consumers/holmesgpt/catalog.ts';
import type { ConfigKey } from '../../../plugin/consumers/holmesgpt/catalog.ts';
import type { Section } from '../../../plugin/consumers/consumer.ts';
import type { Data, DataMap } from '../../../plugin/lib/json.ts';
import { getOwn } from '../../../plugin/lib/json.ts';
import type { Random } from '../../chaos/random.ts';

/** One entry of a toolset file in which one thing was changed. */
export interface MutatedEntry {
  readonly section: Section;
  readonly name: string;
  readonly entry: DataMap;
  /** What was changed, for people. */
  readonly change: string;
  /** Nothing of HolmesGPT says so, and yet the setting is lost: a key that it has not, or a placeholder as it stands. */
  readonly isLost: boolean;
}

/** The environment that the entries refer to. */
export const environment = { SET: 'value' };

type Keys = Readonly<Record<string, ConfigKey>>;

const samples: Readonly<Record<string, Data>> = {
  account_id: '1234567',
  broker: 'kafka.ns.svc:9092',
  kafka_broker: 'kafka.ns.svc:9092',
  domain: 'eu2.coralogix.com',
  storage_tier: 'indexes',
  storage_tiers: ['indexes'],
  builtin_allowlist: 'core',
  mode: 'streamable-http',
  hosts: ['api.ns.svc'],
  methods: ['GET'],
  security_protocol: 'PLAINTEXT',
  sasl_mechanism: 'PLAIN',
};

const texts = [
  '',
  'text',
  'full',
  '5',
  '1.5',
  '5.',
  '.',
  '1e3',
  '1_000',
  ' 5 ',
  'true',
  'no',
  '${X:-y}',
  '${SET}',
  '<your url>',
  '{{ env.SET }}',
  '{{env.SET}}text',
  '{{ env.SET | trim }}',
  '{{ SET }}',
  '{{ ENV.SET }}',
  '${{ env.SET }}',
  '$(SET)',
  '$SET',
  '{ env.SET }',
];
/** Those that HolmesGPT sends as they are, or in part. */
const unfilled = /\$\{|<your|\$\(?SET|\{\{ (SET|ENV)|(^|[^{])\{ env/;
const urls = ['example.com', 'http://', 'ftp://backend.ns.svc', 'http://backend.ns.svc:80/', 'https://backend.ns.svc'];
const numbers = [0, -1, 1.5, 5, 100_000];
// No null: an override with it removes the key.
const others: readonly Data[] = [true, [], ['text'], [1], {}, { a: 'b' }, { a: 1 }];
const pool: readonly Data[] = [...texts, ...urls, ...numbers, ...others];

const tool = { name: 'hello', description: 'Says hello', command: 'echo hello' };
/** Changes of an entry itself. */
const entryChanges: readonly (readonly [key: string, value: Data])[] = [
  ['enabled', 'maybe'],
  ['enabled', 'yes'],
  ['enabled', 1],
  ['enabled', 0],
  ['enabled', 'no'],
  ['enabled', 'False'],
  ['description', 1],
  ['description', '{{ env.SET | trim }}'],
  ['description', '{{ SET }}'],
  ['llm_instructions', 'Ask {{ SET }}, {{ env.SET }}.'],
  ['llm_instructions', 'Ask {{ env.SET | upper }}.'],
  ['tags', ['server']],
  ['tags', ['cli']],
  ['tags', ['core', 'cli']],
  ['tags', 'core'],
  ['tags', []],
  ['subtype', 'postgres'],
  ['subtype', 1],
  ['type', 'nosuch'],
  ['tools', [tool]],
  ['tools', [{ name: 'hello', command: 'echo hello' }]],
  ['tools', [{ name: 'hello', description: 'Says hello' }]],
  ['tools', ['hello']],
  ['tools', []],
  ['tools', tool],
  ['prerequisites', [{ command: 'true' }]],
  ['prerequisites', [{ env: ['SET'] }]],
  ['prerequisites', ['true']],
  ['approval_required_tools', ['*']],
  ['approval_required_tools', '*'],
  ['restricted_tools', ['*']],
  ['llm_instructions', 'Ask for no more than a day.'],
  ['llm_instructions', 1],
  ['icon_url', 1],
  ['docs_url', 'https://example.com'],
  ['expose_remotely', 'maybe'],
  ['status_refresh_interval_seconds', 0],
  ['status_refresh_interval_seconds', 1.5],
  ['status_refresh_interval_seconds', 60],
  ['meta', 'text'],
  ['experimental', true],
  ['experimental', 'maybe'],
  ['transformers', ['text']],
  ['url', 'http://backend.ns.svc:80'],
  ['url', 1],
  ['headers', { a: 'b' }],
  ['config', ['text']],
  ['config', 'text'],
];

/** Each toolset of a release once, with one change each; the same for the same random numbers. */
export function mutatedEntries(minor: number, random: Random): MutatedEntry[] {
  return subjects(minor).map((subject) => mutate(subject, random));
}

interface Subject {
  readonly section: Section;
  readonly name: string;
  readonly more: DataMap;
  readonly keys: Keys | null;
  readonly isOpen: boolean;
  /** It is not built in. */
  readonly isOwn: boolean;
}

function subjects(minor: number): Subject[] {
  const builtIn = Object.keys(toolsets).flatMap((name): Subject[] => {
    const known = knownToolset(name, minor);
    return known && isNamed(name, minor) && !isUnread(name, minor)
      ? [
          {
            section: 'toolsets',
            name,
            more: { enabled: true },
            keys: configKeys(known, minor),
            isOpen: false,
            isOwn: false,
          },
        ]
      : [];
  });
  const own = Object.entries(types).flatMap(([type, known]): Subject[] => {
    if (known.since > minor) return [];
    const section = type === 'mcp' ? 'mcp_servers' : 'toolsets';
    const more: DataMap =
      type === 'custom'
        ? { description: 'Ours', tools: [tool] }
        : { description: 'Ours', ...(type === 'mcp' ? {} : { type }) };
    return [
      {
        section,
        name: `our-${type}`,
        more,
        keys: configKeys(known, minor),
        isOpen: known.openConfig ?? false,
        isOwn: true,
      },
    ];
  });
  const off: Subject = {
    section: 'toolsets',
    name: 'no-such-toolset',
    more: { enabled: false },
    keys: null,
    isOpen: true,
    isOwn: true,
  };
  return [...builtIn, ...own, off];
}

/** Their code of 0.16 reads single keys of any map, when they are asked or where all of them are there. */
function isUnread(name: string, minor: number): boolean {
  return minor < 18 && ['internet', 'notion', 'datadog/rds', 'git'].includes(name);
}

/** Not an old name of another one: HolmesGPT would judge both as one. */
function isNamed(name: string, minor: number): boolean {
  const { since, until = minor } = toolsets[name]!;
  return since <= minor && minor <= until;
}

function mutate({ section, name, more, keys, isOpen, isOwn }: Subject, random: Random): MutatedEntry {
  const config = keys ? { ...configOf(keys, random, 0), ...basisOf(name, keys) } : {};
  const entry: DataMap = {
    ...more,
    ...(section === 'toolsets' && random() < 0.1 ? { enabled: false } : {}),
    ...(keys ? { config } : {}),
  };
  const kind = random();
  if (kind < 0.3 || (!keys && kind < 0.8)) {
    const [key, value] = pick(entryChanges, random);
    // Whatever is not `false` enables what is not built in.
    const isOn = key === 'enabled' && isOwn && ['no', 'False', 0].includes(value as string);
    const isLost = isOn || (key === 'config' && !keys && !isOpen && entry.enabled !== false);
    return { section, name, entry: { ...entry, [key]: value }, change: shown([key], value), isLost };
  }
  if (kind < 0.35 || !keys) {
    const entered = { ...entry, config: { ...config, no_such_key: 'text' } };
    return { section, name, entry: entered, change: 'config.no_such_key', isLost: !isOpen && entry.enabled !== false };
  }
  if (kind < 0.42 && Object.keys(config).length > 0) {
    const gone = pick(Object.keys(config), random);
    const { [gone]: _gone, ...others } = config;
    return { section, name, entry: { ...entry, config: others }, change: `config.${gone} removed`, isLost: false };
  }
  const { path, value, key } = changeIn(keys, random);
  // HolmesGPT enables these whatever their URL is, and then every question fails.
  const isUrl =
    ['grafana/dashboards', 'prometheus/multi-tenant-metrics'].includes(name) &&
    /^(api_|prometheus_)?url$/.test(String(path.at(-1))) &&
    !/^https?:\/\/.|\{\{/.test(JSON.stringify(value).replaceAll('"', ''));
  // What stands beside a list of instances counts for each.
  const beside = { ...(path[0] === 'instances' ? config : {}), ...valueAt(config, path.slice(0, -1)) };
  // Of an old name and a new one the new one counts, and keys of a map may be unknown.
  const first = getOwn(keys, String(path[0]))?.replacedBy;
  const isReplaced =
    (key.replacedBy !== undefined && Object.hasOwn(beside, key.replacedBy)) ||
    (first !== undefined && Object.hasOwn(config, first));
  const isUnknown =
    key.items !== undefined &&
    typeof value === 'object' &&
    !Array.isArray(value) &&
    value !== null &&
    Object.keys(value).length > 0;
  // These send nothing at the start, and then every question fails.
  const isSilent = ['grafana/dashboards', 'notion', 'our-mcp', 'our-http', 'internet', 'newrelic'].includes(name);
  const isUnsent = isSilent && /"( b| text|text\\n|b\\n)"/.test(JSON.stringify(value));
  const isText =
    isUnsent ||
    isReplaced ||
    (key.type === 'map' && isUnknown) ||
    (typeof value === 'string' && unfilled.test(value) && name !== 'bash') ||
    isUrl;
  return {
    section,
    name,
    entry: { ...entry, config: withValue(config, path, value) },
    change: shown(['config', ...path], value),
    isLost: isText && entry.enabled !== false,
  };
}

/** What a toolset needs at least, which its classes do not all tell. */
const bases: Readonly<Record<string, DataMap>> = {
  notion: { additional_headers: { Authorization: 'Bearer x' } },
  newrelic: { nr_account_id: '1234567', nr_api_key: 'text' },
  confluence: { user: 'text' },

  'our-mongodb': { connection_url: 'mongodb://db.ns.svc:27017' },
  'our-database': { connection_url: 'postgresql://user:pw@db.ns.svc:5432/app' },
  'database/sql': { connection_url: 'postgresql://user:pw@db.ns.svc:5432/app' },
};

function basisOf(name: string, keys: Keys): DataMap {
  return Object.fromEntries(
    Object.entries(bases[name] ?? {}).filter(([key]) => keys[key] !== undefined && keys[key].replacedBy === undefined),
  );
}

/** What is required, and sometimes what is not. */
function configOf(keys: Keys, random: Random, depth: number): DataMap {
  const current = Object.entries(keys).filter(
    ([name, { replacedBy }]) => replacedBy === undefined && name !== 'instances' && !ofVariants.test(name),
  );
  return Object.fromEntries(
    current
      .filter(([name, { required }]) => required === true || isNeeded(name) || random() < 0.15)
      .map(([name, key]) => [name, valueOf(name, key, random, depth)]),
  );
}

/** Without these nothing can be asked, though no class requires them. */
function isNeeded(name: string): boolean {
  return name === 'prometheus_url' || name === 'endpoints';
}

function valueOf(name: string, key: ConfigKey, random: Random, depth: number): Data {
  const sample = samples[name];
  if (sample !== undefined && Array.isArray(sample) === (key.type === 'list')) return sample;
  if (key.items !== undefined)
    return key.type === 'list' ? [configOf(key.items, random, depth + 1)] : configOf(key.items, random, depth + 1);
  switch (key.type) {
    case 'number':
      return 5;
    case 'boolean':
      return true;
    case 'list':
      return ['text'];
    case 'map':
      return { a: 'b' };
    case 'any':
    case 'string':
      // A file that is there.
      if (name.endsWith('_path')) return '/etc/hostname';
      return name.includes('url') || name === 'broker' ? 'http://backend.ns.svc:80' : 'text';
  }
}

/** Keys of a variant of the toolset, which HolmesGPT looks at only where that one is chosen. */
const ofVariants =
  /^(auth_type$|aws_|azure_|assume_|refresh_interval|cloud_id|command|args|env$|api_path_prefix|clickhouse_)/;

/** One of the keys, at any depth, and what it becomes. */
function changeIn(
  keys: Keys,
  random: Random,
): { readonly path: readonly (string | number)[]; readonly value: Data; readonly key: ConfigKey } {
  const [name, key] = pick(
    Object.entries(keys).filter(([one]) => !ofVariants.test(one)),
    random,
  );
  if (key.items !== undefined && random() < 0.6) {
    const inner = changeIn(key.items, random);
    return { ...inner, path: [name, ...(key.type === 'list' ? [0] : []), ...inner.path] };
  }
  const value = pick(likely(name, key), random);
  // What the variable holds would be wrong there, not what is written.
  const isReference =
    typeof value === 'string' && /\{\{ ?env\.SET ?\}\}/.test(value) && (key.type !== 'string' || isLimited.test(name));
  return { path: [name], value: isReference ? '5' : value, key };
}

/** Keys whose value is not any text. */
const isLimited = /url|allowlist|mechanism|protocol|mode$|^type$|hosts$|methods$/;

/** What people write there by mistake, and anything else. */
function likely(name: string, { type }: ConfigKey): readonly Data[] {
  if (name.includes('url')) return random5(urls, pool);
  if (type === 'number') return random5(numbers, pool);
  if (/^(api_key|app_key|bearer_token)$/.test(name)) return random5(['text\n', ' text'], pool);
  if (name.endsWith('headers') && name !== 'extra_headers')
    return random5([{ a: 'b\n' }, { a: ' b' }, { a: 'b' }], pool);
  return pool;
}

function random5(often: readonly Data[], all: readonly Data[]): readonly Data[] {
  return [...often, ...often, ...often, ...all];
}

function valueAt(data: Data | undefined, path: readonly (string | number)[]): DataMap | null {
  const found = path.reduce<Data | undefined>(
    (one, step) => (one as Readonly<Record<string | number, Data>> | undefined)?.[step],
    data,
  );
  return typeof found === 'object' && found !== null ? (found as DataMap) : null;
}

function withValue(data: Data | undefined, [step, ...rest]: readonly (string | number)[], value: Data): DataMap {
  const within = (inner: Data | undefined): Data => (rest.length === 0 ? value : withValue(inner, rest, value));
  if (typeof step === 'number') {
    const list: readonly Data[] = Array.isArray(data) ? (data as readonly Data[]) : [];
    return [within(list[step]), ...list.slice(1)] as unknown as DataMap;
  }
  const map = (typeof data === 'object' && data !== null && !Array.isArray(data) ? data : {}) as DataMap;
  return { ...map, [step!]: within(map[step!]) };
}

function pick<T>(from: readonly T[], random: Random): T {
  return from[Math.floor(random() * from.length)]!;
}

function shown(path: readonly (string | number)[], value: Data): string {
  return `${path.join('.')} = ${JSON.stringify(value)}`;
}
