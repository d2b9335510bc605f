import type { Data, DataMap, Path } from '../../../lib/json.ts';
import { asString, getOwn, isMap } from '../../../lib/json.ts';
import type { ConsumerIssue } from '../../consumer.ts';
import type { Limits } from '../limits.ts';
import { isEmptyValue } from './limits.ts';

// Checks in HolmesGPT's own code when it starts a toolset. Its classes do not show them: they come from reading the
// code, and the judging suite compares them with the real HolmesGPT.

/** A map of a `config`, merged with what applies to it from beside its list. */
export interface CheckedMap {
  readonly map: DataMap;
  readonly path: Path;
  /** Key of its limits. */
  readonly subject: string;
  /** `subtype` of the entry. */
  readonly subtype: Data | undefined;
  readonly minor: number;
  readonly holmes: string;
}

/** Problems of keys that are each valid on their own. */
export function codeIssues(checked: CheckedMap): ConsumerIssue[] {
  const { subject, path } = checked;
  if (path.at(-1) === 'auth') return loginIssues(checked);
  if (/^kafka\/admin\.(kafka_)?clusters$/.test(subject)) return kafkaIssues(checked);
  if (subject === 'notion') return notionIssues(checked);
  return subject === 'confluence' ? confluenceIssues(checked) : clickHouseIssues(checked);
}

/** Keys with the target of requests, for which HolmesGPT's classes accept any text. */
const requested: Readonly<Record<string, Limits>> = {
  api_url: { format: 'url' },
  url: { format: 'url' },
  prometheus_url: { format: 'url' },
  management_url: { format: 'url' },
  opensearch_url: { format: 'url' },
  instance_url: { format: 'url' },
  health_check_url: { format: 'url' },
};

interface Variant {
  readonly subject: string;
  readonly keys: RegExp;
  readonly isChosen: (map: DataMap, minor: number) => boolean;
}

/** Keys that HolmesGPT reads in only one variant of a toolset, and ignores in others, whatever their value. */
const variants: readonly Variant[] = [
  { subject: 'type:mcp', keys: /^(command|args|env)$/, isChosen: ({ mode }) => mode === 'stdio' },
  {
    subject: 'type:mcp',
    keys: /^(url|headers|extra_headers|verify_ssl|oauth)$/,
    isChosen: ({ mode }) => mode !== 'stdio',
  },
  { subject: 'prometheus/metrics', keys: /^(aws_|assume_role_arn$)/, isChosen: isAws },
  { subject: 'prometheus/metrics', keys: /^azure_/, isChosen: isAzure },
  {
    subject: 'prometheus/metrics',
    keys: /^refresh_interval_seconds$/,
    isChosen: (map, minor) => isAws(map) || isAzure(map, minor),
  },
  {
    subject: 'confluence',
    keys: /^cloud_id$/,
    isChosen: ({ api_url: url }, minor) => minor < 26 || /atlassian\.net|\{\{/.test(asString(url)),
  },
  { subject: 'confluence', keys: /^user$/, isChosen: (map, minor) => minor < 26 || !isBearer(map) },
];

/** Whether HolmesGPT ignores a key in the variant that the map selects. */
export function isUnread({ subject, map, minor }: Pick<CheckedMap, 'subject' | 'map' | 'minor'>, key: string): boolean {
  return variants.some((one) => one.subject === subject && one.keys.test(key) && !one.isChosen(map, minor));
}

function isAws(map: DataMap): boolean {
  return Object.hasOwn(map, 'aws_region');
}

/** In earlier releases one of its keys was enough. */
function isAzure(map: DataMap, minor: number): boolean {
  const { azure_use_managed_id: managed } = map;
  const isManaged = managed === true || managed === 1 || /^(true|1)$/i.test(asString(managed));
  const login = ['azure_client_id', 'azure_tenant_id', 'azure_client_secret'].map((key) => getOwn(map, key) ?? null);
  if (minor < 40)
    return ['azure_client_id', 'azure_tenant_id', 'azure_use_managed_id'].some((key) => Object.hasOwn(map, key));
  return isManaged || login.every((value) => !isEmpty(value));
}

function isBearer({ auth_type: type }: DataMap): boolean {
  return /^bearer$/i.test(asString(type));
}

/** Limits of a key that only the code enforces. */
export function codeLimits(subject: string, minor: number): Limits {
  if (subject === 'type:mongodb.connection_url') return { format: 'mongodb' };
  const [, key = ''] = /\.([^.]+)$/.exec(subject) ?? [];
  // Used in a request at startup, which fails with such a timeout.
  if (/^(datadog|rabbitmq)\//.test(subject) && key.includes('timeout')) return { above: 0 };
  if (/^coralogix(\/logs)?\.api_key$/.test(subject)) return { filled: true };
  // 0.40 uses both in a request at startup; 0.24 does not.
  if (/^newrelic\.(nr_)?api_key$/.test(subject) && (minor < 18 || minor >= 40)) return { filled: true };
  if (/^newrelic\.(nr_)?account_id$/.test(subject))
    return minor >= 40 ? { format: 'digits' } : minor < 18 ? { filled: true } : {};
  if (/^kafka\/admin\..*security_protocol$/.test(subject)) return { format: 'kafka-protocol' };
  return key === 'connection_url' ? { format: 'database' } : (getOwn(requested, key) ?? {});
}

const loginKeys: Readonly<Record<string, readonly string[]>> = {
  basic: ['username', 'password'],
  digest: ['username', 'password'],
  bearer: ['token'],
  header: ['name', 'value'],
};

/** Keys that the login of an HTTP endpoint needs. */
function loginIssues({ map, path, holmes }: CheckedMap): ConsumerIssue[] {
  const { type } = map;
  if (typeof type !== 'string') return [];
  const missing = (getOwn(loginKeys, type) ?? []).filter((key) => isEmptyValue(getOwn(map, key)));
  return missing.map((key) => incomplete([...path, 'type'], `type ${type} without ${key}`, key, holmes));
}

/** The driver supports no other login, and needs both halves of a pair. */
function kafkaIssues({ map, path, holmes }: CheckedMap): ConsumerIssue[] {
  const valueOf = (key: string): string => asString(getOwn(map, key) ?? getOwn(map, `kafka_${key}`));
  const has = (key: string): boolean => valueOf(key) !== '' || valueOf(`${key}_path`) !== '';
  const halves = [
    ['ssl_client_cert', 'ssl_client_key'],
    ['ssl_client_key', 'ssl_client_cert'],
  ] as const;
  const alone = halves.filter(([one, other]) => has(one) && !has(other));
  const pairs = alone.map(([one, other]) => incomplete([...path], `${one} without ${other}`, other, holmes));
  const protocol = valueOf('security_protocol');
  const isTls = /^\s*((sasl_)?ssl)?$/i.test(protocol);
  const certificates = [...pemIssues(map, path, isTls, holmes), ...pairs];
  if (!/^\s*sasl_/i.test(protocol)) return certificates;
  const mechanism = valueOf('sasl_mechanism');
  if (mechanism === '')
    return [...certificates, incomplete(path, `${protocol} without sasl_mechanism`, 'sasl_mechanism', holmes)];
  if (!mechanisms.test(mechanism) && !mechanism.includes('{{')) {
    const message = `${holmes} fails it: its Kafka driver has no sasl_mechanism ${JSON.stringify(mechanism)}`;
    const hint = 'use PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER, in capitals';
    return [...certificates, { path, part: 'key', effect: 'rejected', message, hint }];
  }
  const missing = mechanism === 'OAUTHBEARER' ? [] : ['username', 'password'].filter((key) => valueOf(key) === '');
  return [...certificates, ...missing.map((key) => incomplete(path, `${protocol} without ${key}`, key, holmes))];
}

/** Keys that Kafka's driver reads as PEM. */
const pemKeys: Readonly<Record<string, RegExp>> = {
  ssl_ca_cert: /-----BEGIN (TRUSTED |X509 )?CERTIFICATE-----/,
  ssl_client_cert: /-----BEGIN (TRUSTED |X509 )?CERTIFICATE-----/,
  ssl_client_key: /-----BEGIN ([A-Z]+ )*PRIVATE KEY-----/,
};

/** A string that is base64 as a whole, as Python's strict decoder reads it. */
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Inline certificates and keys, as PEM in base64; a path beside one takes precedence. */
function pemIssues(map: DataMap, path: Path, isTls: boolean, holmes: string): ConsumerIssue[] {
  return Object.entries(pemKeys).flatMap(([key, pem]): ConsumerIssue[] => {
    const value = asString(getOwn(map, key));
    if (value === '' || value.includes('{{') || asString(getOwn(map, `${key}_path`)) !== '') return [];
    const isRead = base64.test(value) && (!isTls || pem.test(Buffer.from(value, 'base64').toString('latin1')));
    if (isRead) return [];
    const what = key === 'ssl_client_key' ? 'a private key' : 'a certificate';
    const message = `${holmes} fails it: invalid ${[...path, key].join('.')}: expected base64 of ${what} in PEM, in one line`;
    const hint = `write what base64 -w0 prints of the file, or name the file under ${key}_path`;
    return [{ path: [...path, key], part: 'value', effect: 'rejected', message, hint }];
  });
}

/** Confluence in the cloud, or with a login, needs a user; with a personal access token, the entry has to say so. */
function confluenceIssues({ map, path, subtype, minor, holmes }: CheckedMap): ConsumerIssue[] {
  const isToken = isBearer(map) || (subtype === 'dc-pat' && minor < 32);
  const isMissing = minor < 26 ? isEmptyValue(map.user) : map.user === undefined;
  return isToken || !isMissing || minor < 21
    ? []
    : [incomplete(path, `${path.join('.')} without user`, 'user', holmes)];
}

/** Notion's login is a header. */
function notionIssues({ map, path, holmes }: CheckedMap): ConsumerIssue[] {
  const key = 'additional_headers';
  return isEmpty(getOwn(map, key) ?? null) ? [incomplete(path, `${path.join('.')} without ${key}`, key, holmes)] : [];
}

const mechanisms = /^(PLAIN|SCRAM-SHA-(256|512)|OAUTHBEARER)$/;

function clickHouseIssues({ map, path, holmes }: CheckedMap): ConsumerIssue[] {
  const { clickhouse_use_http_json: usesJson, connection_url: url } = map;
  const isOther = typeof url === 'string' && !/clickhouse|\{\{/i.test(url);
  if (!isOther || (usesJson !== true && usesJson !== 'true')) return [];
  const key = 'clickhouse_use_http_json';
  const message = `${holmes} fails it: ${key} with a connection_url of another product`;
  return [{ path: [...path, key], part: 'key', effect: 'rejected', message, hint: 'remove it' }];
}

/** Names of `instances` have to be unique, and strings, because the model asks for an instance by name. */
export function instanceIssues(instances: readonly Data[], path: Path, holmes: string): ConsumerIssue[] {
  const names = instances.map((one, index) => (isMap(one) ? nameOf(one, index) : null));
  return names.flatMap((name, index): ConsumerIssue[] => {
    const at = [...path, index, 'name'];
    const issue = (effect: ConsumerIssue['effect'], message: string, hint: string): ConsumerIssue[] => [
      { path: at, part: 'value', effect, message: `${holmes} ${message}`, hint },
    ];
    if (isMap(name ?? undefined) || Array.isArray(name))
      return issue(
        'rejected',
        `fails it: invalid ${at.join('.')}: expected a string`,
        'correct the value, or remove it',
      );
    if (name !== null && names.indexOf(name) < index)
      return issue('rejected', `fails it: two instances with the name ${JSON.stringify(name)}`, 'give it another name');
    if (name !== null && typeof name !== 'string' && instances.length > 1)
      return issue(
        'ignored',
        `never finds the instance ${JSON.stringify(name)}: it is asked for by a string`,
        'put it in quotes',
      );
    return [];
  });
}

/** An instance without a name, or with an empty one, is named after its position. */
function nameOf({ name }: DataMap, index: number): Data {
  return name === undefined || isEmpty(name) ? `instance-${String(index)}` : name;
}

/** What HolmesGPT's code treats as missing: also zero, `false`, and an empty list or map. */
export function isEmpty(value: Data): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return isMap(value)
    ? Object.keys(value).length === 0
    : value === null || value === '' || value === 0 || value === false;
}

function incomplete(path: Path, what: string, missing: string, holmes: string): ConsumerIssue {
  return {
    path,
    part: path.at(-1) === 'type' ? 'value' : 'key',
    effect: 'incomplete',
    missing,
    isPair: true,
    message: `${holmes} fails it: ${what}`,
    hint: `add ${missing}`,
  };
}
