import { createHash } from 'node:crypto';
import { PluginError } from '../../lib/errors.ts';
import type { Data, DataMap } from '../../lib/json.ts';
import { getOwn, isMap } from '../../lib/json.ts';
import { compare } from '../../lib/object-key.ts';
import type { Spec } from '../../settings/schema/index.ts';
import type { Consumer, ToolsetFile } from '../consumer.ts';
import { shownEntries } from '../consumer.ts';
import { grafana } from './index.ts';
import { withoutTrailing } from '../../lib/trailing.ts';

type Target = Spec['target'];

/** Keys of `spec.datasource` in the operator's definition. */
const operatorKeys: ReadonlySet<string> = new Set([
  ...['name', 'type', 'url', 'access', 'database', 'user', 'isDefault'],
  ...['basicAuth', 'basicAuthUser', 'editable', 'jsonData', 'secureJsonData'],
]);

/** Names of custom resources that the API server accepts. */
const resourceName = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const uidForm = /^[a-zA-Z0-9_-]{1,40}$/;

/**
 * The same data sources for grafana-operator 5: each is a GrafanaDatasource beside the ConfigMap, which holds the
 * settings and the memory of the discovery. References are filled in from one Secret.
 */
export function grafanaOperator(target: Target): Consumer {
  return {
    ...grafana(target, '$'),
    title: 'grafana-operator',
    assertAccepted: assertNames,
    objects: ({ toolsets }) => {
      const names = namesOf(Object.keys(toolsets));
      return shownEntries(toolsets).map(([uid, entry]) =>
        dataSource({ uid, name: names.get(uid) ?? uid }, entry, target),
      );
    },
  };
}

function dataSource(
  { uid, name }: { readonly uid: string; readonly name: string },
  entry: DataMap,
  { configMap, grafanaOperator: own }: Target,
): DataMap {
  const known = Object.entries(entry).filter(([key]) => operatorKeys.has(key));
  const references = credentialTexts(entry).flatMap(([targetPath, value]): DataMap[] => {
    const names = new Set([...value.matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => name));
    return [...names].map((key) => ({ targetPath, valueFrom: { secretKeyRef: { name: own.secret, key } } }));
  });
  return {
    apiVersion: 'grafana.integreatly.org/v1beta1',
    kind: 'GrafanaDatasource',
    metadata: {
      name,
      namespace: configMap.namespace,
      labels: { 'app.kubernetes.io/managed-by': 'dynamic-toolset', 'app.kubernetes.io/name': 'dynamic-toolset' },
    },
    spec: {
      uid,
      instanceSelector: { matchLabels: own.instances },
      datasource: { name: uid, ...(Object.fromEntries(known) as Record<string, Data>) },
      ...(references.length > 0 ? { valuesFrom: references } : {}),
    },
  };
}

/** Credential keys that are not secret. Of these, backends only provide an index name, which cannot contain `$`. */
const plainKeys = [
  ['basicAuthUser'],
  ['user'],
  ['database'],
  ['jsonData', 'username'],
  ['jsonData', 'database'],
] as const;

/** Texts that may hold a credential, by path in the data source: the operator needs each path by name. */
function credentialTexts(entry: DataMap): (readonly [path: string, text: string])[] {
  const secrets = Object.keys(isMap(entry.secureJsonData) ? entry.secureJsonData : {});
  return [...plainKeys, ...secrets.map((key) => ['secureJsonData', key])].flatMap((path) => {
    const value = path.reduce<Data | undefined>((data, key) => (isMap(data) ? getOwn(data, key) : undefined), entry);
    return typeof value === 'string' ? [[path.join('.'), value] as const] : [];
  });
}

/**
 * Names of the resources by uid: the uid in lower case, with dots. One that the API server would refuse, or that another uid
 * has already, gets a digest, so that no tenant's name keeps all other data sources from being printed.
 */
function namesOf(uids: readonly string[]): ReadonlyMap<string, string> {
  const taken = new Set<string>();
  return new Map(
    uids.toSorted(compare).map((uid) => {
      const plain = uid.toLowerCase().replace(/[-_]+/g, (run) => (run.includes('_') ? '.' : run));
      const isFree = resourceName.test(plain) && !taken.has(plain);
      const digest = createHash('sha256').update(uid).digest('hex').slice(0, 10);
      const named = withoutTrailing(plain.replace(/^[-.]+/, ''), '-.');
      const name = isFree ? plain : `${named}.${digest}`.replace(/^\./, '');
      taken.add(name);
      return [uid, name];
    }),
  );
}

/** Fails with OUTPUT_INVALID for what Grafana refuses as a uid. */
function assertNames({ toolsets }: ToolsetFile): void {
  const refused = Object.keys(toolsets).find((uid) => !uidForm.test(uid));
  if (refused === undefined) return;
  throw new PluginError(
    'OUTPUT_INVALID',
    `the data source ${JSON.stringify(refused.slice(0, 80))} cannot be a custom resource`,
    { hint: 'name it in overrides with at most 40 letters, digits, - and _' },
  );
}
