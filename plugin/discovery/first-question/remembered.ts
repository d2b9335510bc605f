import type { Detector } from '../../../detectors/types.ts';
import { gitTenantWord, maxTenants } from '../../../detectors/stores/tenants.ts';
import { meanings } from '../../../detectors/stores/types.ts';
import { clusterForm } from '../../cluster/stores/question.ts';
import type { LearnedFacts } from './facts.ts';
import { labelNames, maxIndexPatterns } from './facts.ts';

/** Marks that the store was asked, with the label that the settings named. */
const asked = 'asked';
/** Tenants of every kind, including those of Git, which may join several. */
export const tenantForm = /^[A-Za-z0-9][A-Za-z0-9._:|-]{0,127}$/;
const indexForm = /^(?:\*|[a-z0-9][a-z0-9._-]{0,127}\*?)$/;
const labelForm = /^[A-Za-z_][A-Za-z0-9_.:@/-]{0,127}$/;

/** What was learned from a store, as words of its line in the memory: `asked tenant=1 namespace=k8s_namespace_name`. */
export function wordsOf({ tenants, labels, cluster, indices, askedFor }: LearnedFacts): string[] {
  return [
    askedFor === '' ? asked : `${asked}=${askedFor}`,
    ...(tenants.length > 0 ? [`tenant=${tenants.join(',')}`] : []),
    ...meanings.flatMap((meaning) => {
      const name = labels[meaning];
      return name === undefined ? [] : [`${meaning}=${name}`];
    }),
    ...(cluster ? [`cluster=${cluster.label}${cluster.value === null ? '' : `=${cluster.value}`}`] : []),
    ...(indices ? [`index=${indices.join(',')}`] : []),
  ];
}

/** Parses these words; `null` where the store was not asked. */
export function learnedIn(words: readonly string[]): LearnedFacts | null {
  const fields = new Map(words.map((word) => splitAt(word)));
  const askedFor = fields.get(asked);
  if (askedFor === undefined) return null;
  const [label, value] = splitAt(fields.get('cluster') ?? '');
  const tenants = (fields.get('tenant') ?? '').split(',').filter((tenant) => tenantForm.test(tenant));
  const indices = (fields.get('index') ?? '').split(',').filter((index) => indexForm.test(index));
  return {
    tenants: tenants.slice(0, maxTenants),
    labels: labelNames((meaning) => [fields.get(meaning) ?? ''].find((name) => labelForm.test(name))),
    ...(labelForm.test(label) ? { cluster: { label, value: clusterForm.test(value) ? value : null } } : {}),
    ...(indices.length > 0 ? { indices: indices.slice(0, maxIndexPatterns) } : {}),
    askedFor: labelForm.test(askedFor) ? askedFor : '',
  };
}

function splitAt(word: string): readonly [key: string, value: string] {
  const at = word.indexOf('=');
  return at < 0 ? [word, ''] : [word.slice(0, at), word.slice(at + 1)];
}

/**
 * Anyone who can write the ConfigMap can write these words: only tenants of the store's kind and labels that a store of
 * this product may have been asked for count.
 */
export function plausibleFacts(
  { tenants, labels, cluster, indices, ...others }: LearnedFacts,
  { store }: Detector,
): LearnedFacts | null {
  if (!store) return null;
  const isKnown = (label: string): boolean => store.clusterLabels.includes(label) || label === others.askedFor;
  return {
    ...others,
    tenants: tenants.filter((tenant) => gitTenantWord(store.tenantKind, tenant) === tenant),
    labels: labelNames((meaning) => store.labels[meaning]?.find((name) => name === labels[meaning])),
    ...(cluster && isKnown(cluster.label) ? { cluster } : {}),
    ...(indices && store.indices !== undefined ? { indices } : {}),
  };
}
