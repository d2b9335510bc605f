import { PluginError } from '../../lib/errors.ts';
import type { Data, DataMap } from '../../lib/json.ts';
import { getOwn, isMap } from '../../lib/json.ts';
import { compareEntries } from '../../lib/object-key.ts';
import type { ToolsetConfig } from '../../settings/schema/index.ts';
import type { Consumer, ToolsetFile } from '../consumer.ts';
import { grafana } from './index.ts';

type Target = ToolsetConfig['spec']['target'];

/** Keys of `spec.datasource` that the operator's definition has. */
const operatorKeys: ReadonlySet<string> = new Set([
  ...['name', 'type', 'url', 'access', 'database', 'user', 'isDefault'],
  ...['basicAuth', 'basicAuthUser', 'editable', 'jsonData', 'secureJsonData'],
]);

/** A name of a custom resource, as the API server takes it. */
const resourceName = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const uidForm = /^[a-zA-Z0-9_-]{1,40}$/;

/**
 * The same data sources for grafana-operator 5, each a GrafanaDatasource beside the ConfigMap, which has the settings and the
 * memory of the discovery. References are filled in from one Secret.
 */
export function grafanaOperator(target: Target): Consumer {
  return {
    ...grafana(target, '$'),
    title: 'grafana-operator',
    assertAccepted: assertNames,
    objects: ({ toolsets }) =>
      Object.entries(toolsets)
        .sort(compareEntries)
        .flatMap(([uid, entry]) => (isMap(entry) && entry.enabled !== false ? [dataSource(uid, entry, target)] : [])),
  };
}

function dataSource(uid: string, entry: DataMap, { configMap, grafanaOperator: own }: Target): DataMap {
  const known = Object.entries(entry).filter(([key]) => operatorKeys.has(key));
  const references = credentialTexts(entry).flatMap(([targetPath, value]): DataMap[] => {
    const names = new Set([...value.matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => name));
    return [...names].map((key) => ({ targetPath, valueFrom: { secretKeyRef: { name: own.secret, key } } }));
  });
  return {
    apiVersion: 'grafana.integreatly.org/v1beta1',
    kind: 'GrafanaDatasource',
    metadata: {
      name: nameOf(uid),
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

/** Keys of a credential that are no secret of their own. What a backend tells there is an index, in which no `$` can stand. */
const plainKeys = [
  ['basicAuthUser'],
  ['user'],
  ['database'],
  ['jsonData', 'username'],
  ['jsonData', 'database'],
] as const;

/** Texts that a credential may stand in, by their path in the data source: what the operator fills in is named one by one. */
function credentialTexts(entry: DataMap): (readonly [path: string, text: string])[] {
  const secrets = Object.keys(isMap(entry.secureJsonData) ? entry.secureJsonData : {});
  return [...plainKeys, ...secrets.map((key) => ['secureJsonData', key])].flatMap((path) => {
    const value = path.reduce<Data | undefined>((data, key) => (isMap(data) ? getOwn(data, key) : undefined), entry);
    return typeof value === 'string' ? [[path.join('.'), value] as const] : [];
  });
}

function nameOf(uid: string): string {
  return uid.toLowerCase().replace(/-*_[-_]*/g, '.');
}

/** Fails with OUTPUT_INVALID for what the API server would refuse, or would take for one object. */
function assertNames({ toolsets }: ToolsetFile): void {
  const taken = new Set<string>();
  for (const uid of Object.keys(toolsets)) {
    const name = nameOf(uid);
    if (uidForm.test(uid) && resourceName.test(name) && !taken.has(name)) {
      taken.add(name);
      continue;
    }
    throw new PluginError(
      'OUTPUT_INVALID',
      `the data source ${JSON.stringify(uid.slice(0, 80))} cannot be a custom resource`,
      {
        hint: 'name it in overrides with at most 40 letters, digits, - and _, and no two alike but for their case',
      },
    );
  }
}
