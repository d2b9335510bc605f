import { meanings } from '../../../detectors/stores/types.ts';
import type { Candidate } from '../decision.ts';
import { notes } from '../reasons.ts';
import type { FactOrigin, StoreFacts } from './facts.ts';
import { unlearnedSentence } from './unlearned.ts';

const origins: Readonly<Record<FactOrigin, string>> = {
  setting: 'settings',
  annotation: 'annotation',
  resource: 'custom resource',
  asked: 'its answer',
  remembered: 'its answer, remembered',
};

/** Notes for users: what a first query of the backend needs and where that comes from, or why it is unknown. */
export function factNotesOf({ store, learned, unlearned }: Candidate): string[] {
  const isUnknown = learned?.cluster?.value === null && store?.from.cluster === undefined;
  return [
    ...(store ? [notes('FirstQuery', { facts: factsText(store) })] : []),
    ...(unlearned ? [notes('FirstQueryUnknown', { why: unlearnedSentence(unlearned) })] : []),
    ...(learned?.cluster && isUnknown ? [notes('ClusterUnknown', { label: learned.cluster.label })] : []),
  ].map(({ message }) => message);
}

function factsText({ tenants, labels, cluster, indices = [], from }: StoreFacts): string {
  const names = meanings.flatMap((meaning) => {
    const name = labels[meaning];
    return name === undefined ? [] : [name === meaning ? name : `${meaning} is ${name}`];
  });
  return [
    told(tenants.length > 0 ? [`tenant ${tenants.join(', ')}`] : [], from.tenants),
    told(names, from.labels),
    told(cluster ? [`${cluster.label} is ${cluster.value}`] : [], from.cluster),
    told(indices.length > 0 ? [`index ${indices.join(', ')}`] : [], from.indices),
  ]
    .filter((text) => text !== '')
    .join('; ');
}

function told(facts: readonly string[], origin: FactOrigin | undefined): string {
  return facts.length === 0 || origin === undefined ? '' : `${facts.join(', ')} (${origins[origin]})`;
}
