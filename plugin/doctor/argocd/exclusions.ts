import { parse } from 'yaml';
import type { LiveConfigMap } from '../../cluster/types.ts';
import { matchesPattern } from '../../discovery/match/glob.ts';
import { ownCluster } from '../../lib/cluster-name.ts';
import { asObjects, asStrings, getOwn } from '../../lib/json.ts';
import type { Json } from '../../lib/json.ts';
import { applicationOf, patchCommand } from '../fix-commands.ts';
import type { Check } from '../reasons.ts';
import { because, finding } from '../reasons.ts';

/** The ConfigMap in Argo CD's own namespace that holds its settings. */
export const settingsName = 'argocd-cm';

const exclusionsKey = 'resource.exclusions';
const inclusionsKey = 'resource.inclusions';

/** Whether Argo CD handles ConfigMaps at all: excluded kinds are left out of the Application without an error. */
export function checkExclusions(namespace: string, settings: LiveConfigMap | null): Check[] {
  const subject = `ConfigMap ${namespace}/${settingsName}`;
  const exclusions = rulesIn(settings, exclusionsKey);
  const inclusions = rulesIn(settings, inclusionsKey);
  const isExcluded = exclusions.some(matches);
  const isIncluded = inclusions.some(matches) || !inclusions.some(isOfCluster);
  if (!isExcluded && isIncluded) return [];
  const data = {
    ...(isExcluded ? { [exclusionsKey]: textOf(exclusions.flatMap(withoutConfigMaps)) } : {}),
    ...(isIncluded ? {} : { [inclusionsKey]: textOf([...inclusions, ofConfigMaps]) }),
  };
  const fix = [patchCommand({ namespace, name: settingsName }, 'configmap', 'merge', { data })];
  const keys = Object.keys(data).join(' and ');
  return [
    finding(because('ConfigMapsExcluded', { keys }), subject, {
      fix,
      managedBy: applicationOf(settings?.annotations ?? {}),
    }),
  ];
}

const ofConfigMaps: Json = { apiGroups: [''], kinds: ['ConfigMap'], clusters: ['*'] };

/** The rules of a key; empty if the text is not YAML, which Argo CD refuses as a whole. */
function rulesIn(settings: LiveConfigMap | null, key: string): readonly Json[] {
  try {
    return asObjects(parse(getOwn(settings?.data ?? {}, key) ?? ''));
  } catch {
    return [];
  }
}

function matches(rule: Json): boolean {
  const { apiGroups, kinds } = rule;
  return (
    holds(apiGroups, (one) => matchesPattern(one, '')) &&
    holds(kinds, (one) => one === '*' || one === 'ConfigMap') &&
    isOfCluster(rule)
  );
}

/** Inclusions of another cluster alone do not limit this one. */
function isOfCluster({ clusters }: Json): boolean {
  return holds(clusters, (one) => matchesPattern(one, ownCluster.server));
}

/** As Argo CD decides it: a missing or empty list matches everything. */
function holds(list: unknown, fits: (one: string) => boolean): boolean {
  const texts = asStrings(list);
  return texts.length === 0 || texts.some(fits);
}

/** The rule without ConfigMaps; nothing if it names no other kind. */
function withoutConfigMaps(rule: Json): readonly Json[] {
  if (!matches(rule)) return [rule];
  const kinds = asStrings(rule.kinds).filter((kind) => kind !== 'ConfigMap' && kind !== '*');
  return kinds.length === 0 ? [] : [{ ...rule, kinds }];
}

/** `null` removes the key. */
function textOf(rules: readonly Json[]): string | null {
  return rules.length === 0 ? null : JSON.stringify(rules);
}
