import { createHash } from 'node:crypto';
import type { Candidate } from '../../discovery/decision.ts';
import { urlOf } from '../../discovery/decision.ts';
import { allIndices } from '../../discovery/first-question/facts.ts';
import { isOwnCluster } from '../../lib/cluster-name.ts';
import type { Data, DataMap } from '../../lib/json.ts';
import { asString, isList, isMap } from '../../lib/json.ts';
import { compose } from '../../lib/data/merge-patch.ts';
import type { Spec } from '../../settings/schema/index.ts';
import { matchesPattern } from '../../discovery/match/glob.ts';
import type { Consumer } from '../consumer.ts';
import { declared } from '../declared/consumer.ts';
import type { ConsumerDeclaration, CredentialKey, FieldRule, EntryInputs } from '../declared/types.ts';
import { assertOneDefault, clashIssues } from './clashes.ts';
import { linksOf, withoutDeadLinks } from './links.ts';
import { ownTypes, pluginTypes } from './products.ts';

type Target = Spec['target'];

/**
 * Grafana's data sources in its provisioning format. The file never deletes a data source and sets no default one: with
 * several defaults Grafana does not start, and charts bring their own.
 */
export function grafana({ plugins }: Pick<Target, 'plugins'>, dollar: '$' | '$$'): Consumer {
  const installed = Object.entries(pluginTypes).filter(([, { kind }]) => matchesPattern(plugins, kind));
  const consumer = declared({
    ...declaration,
    products: { ...ownTypes, ...Object.fromEntries(installed) },
    entryOf: (inputs) => entryOf(inputs, dollar),
    links: (entries) => linksOf(entries, dollar),
  });
  return {
    ...consumer,
    completed: (final, generated) => ({ ...final, toolsets: withoutDeadLinks(final.toolsets, generated.toolsets) }),
    assertAccepted: assertOneDefault,
    validateNames: (file) => [...(consumer.validateNames?.(file) ?? []), ...clashIssues(file)],
  };
}

const secret = (key: string, siblings: DataMap = {}): CredentialKey => ({
  at: ['secureJsonData', key],
  with: siblings,
});
const plain = (at: readonly string[], siblings: DataMap = {}): CredentialKey => ({
  at,
  with: siblings,
  describes: true,
});

const fields: Readonly<Record<string, FieldRule>> = {
  name: { type: 'string', form: { pattern: /^.{1,190}$/u, words: 'a string of at most 190 characters' } },
  type: { type: 'string', isRequired: true },
  uid: { type: 'string', form: { pattern: /^[a-zA-Z0-9_-]{1,40}$/, words: 'at most 40 letters, digits, - and _' } },
  url: { type: 'string' },
  access: { type: 'string', form: { pattern: /^(?:proxy|direct)$/, words: 'proxy or direct' } },
  orgId: { type: 'number' },
  isDefault: { type: 'boolean' },
  editable: { type: 'boolean' },
  version: { type: 'number' },
  user: { type: 'string' },
  database: { type: 'string' },
  basicAuth: { type: 'boolean' },
  basicAuthUser: { type: 'string' },
  withCredentials: { type: 'boolean' },
  jsonData: { type: 'map' },
  secureJsonData: { type: 'map' },
};

const declaration: Omit<ConsumerDeclaration, 'products' | 'entryOf'> = {
  title: 'Grafana',
  sources: [
    'https://grafana.com/docs/grafana/latest/administration/provisioning/#data-sources',
    'https://grafana.com/docs/grafana/latest/datasources/tempo/configure-tempo-data-source/provision/',
  ],
  entries: 'each',
  usesLabels: true,
  sendsHeaders: true,
  caKey: 'tlsCACert',
  canSkipVerification: true,
  credentials: {
    basicAuthUser: plain(['basicAuthUser'], { basicAuth: true }),
    basicAuthPassword: secret('basicAuthPassword'),
    authorization: { at: null },
    tlsCACert: secret('tlsCACert', { jsonData: { tlsAuthWithCACert: true } }),
    tlsClientCert: secret('tlsClientCert', { jsonData: { tlsAuth: true } }),
    tlsClientKey: secret('tlsClientKey', { jsonData: { tlsAuth: true } }),
    user: plain(['user']),
    username: plain(['jsonData', 'username']),
    database: plain(['jsonData', 'database']),
    password: secret('password'),
  },
  nameKey: 'uid',
  fields,
  nameOf: uidOf,
  write: (entries) => ({
    apiVersion: 1,
    datasources: Object.entries(entries).map(([uid, entry]) => written(uid, entry)),
  }),
  read: ({ datasources }) => {
    if (!isList(datasources)) return null;
    const all = datasources.filter(isMap);
    return Object.fromEntries(all.map(({ uid, ...entry }) => [asString(uid) || asString(entry.name), entry]));
  },
};

/** Maximum length of a uid, and of a name. */
const maxUid = 40;
const maxName = 190;

/**
 * `namespace_name` of the Service, followed by the tenant where there are several; `cluster__` precedes it for another
 * cluster. Stable as long as the Service keeps its name, because dashboards refer to it. A uid that is too long keeps
 * its end, and a digest makes it unique.
 */
function uidOf({ service, instance, store }: Candidate): string {
  const isOneOfSeveral = (store?.tenants.length ?? 0) > 1;
  const tenant = isOneOfSeveral ? [instance.slice(instance.lastIndexOf('/') + 1)] : [];
  const { cluster, namespace, name } = service;
  const other = cluster === undefined || isOwnCluster(cluster) ? '' : `${cluster}__`;
  const whole = other + [namespace, name, ...tenant].join('_');
  if (whole.length <= maxUid && /^[a-zA-Z0-9_-]+$/.test(whole)) return whole;
  const digest = createHash('sha256').update(whole).digest('hex').slice(0, 10);
  const safe = whole.replace(/[^a-zA-Z0-9_-]/g, '-');
  const end = safe.slice(-(maxUid - digest.length - 1));
  // Drops a word that the cut would split.
  const isCut = /[a-zA-Z0-9]$/.test(safe.slice(0, -end.length));
  const kept = isCut ? end.replace(/^[a-zA-Z0-9]*[-_]+(?=.)/, '') : end.replace(/^[-_]+/, '');
  return `${kept}_${digest}`;
}

function entryOf({ backend, product, credential, certificate, name: uid }: EntryInputs, dollar: string): DataMap {
  const { detector, endpoint, instance, entryPoint, store } = backend;
  const { scheme, host, port } = endpoint;
  const url = scheme === 'mysql' || scheme === 'postgresql' ? `${host}:${String(port)}` : urlOf(endpoint);
  const name = `${detector.title} (${instance})`;
  const index = (store?.indices ?? [allIndices]).join(',');
  const { authorization } = credential;
  // Grafana numbers headers from one and stops at the first gap.
  const headers = [
    ...Object.entries(entryPoint.headers ?? {}),
    ...(typeof authorization === 'string' ? [['Authorization', authorization] as const] : []),
  ].map(([name, value], position) => ({
    jsonData: { [`httpHeaderName${String(position + 1)}`]: name },
    secureJsonData: { [`httpHeaderValue${String(position + 1)}`]: value },
  }));
  const parts: readonly DataMap[] = [
    {
      name: name.length <= maxName ? name : `${detector.title} (${uid})`,
      type: product.kind,
      access: 'proxy',
      url: url.replaceAll('$', () => dollar),
    },
    product.fields ?? {},
    ...(detector.id === 'elasticsearch' ? [{ jsonData: { index } }] : []),
    ...(detector.id === 'opensearch' ? [{ jsonData: { database: index } }] : []),
    ...(detector.id === 'clickhouse'
      ? [{ jsonData: { host, port, protocol: 'http', secure: scheme === 'https' } }]
      : []),
    ...(certificate === 'unverified' ? [{ jsonData: { tlsSkipVerify: true } }] : []),
    ...headers,
  ];
  return parts.reduce((all, part) => compose(all, part) as DataMap);
}

/** The entry as written to the file, because Git may leave out the name. */
function written(uid: string, entry: Data): DataMap {
  const { enabled: _, ...own } = isMap(entry) ? entry : {};
  return { name: uid, ...own, uid };
}
