import { meanings } from '../../../detectors/stores/types.ts';
import type { Candidate } from '../decision.ts';
import { notes } from '../reasons.ts';
import type { FactOrigin, StoreFacts } from './facts.ts';
import { noFactsSentence } from './stores-without-facts.ts';

const origins: Readonly<Record<FactOrigin, string>> = {
  setting: 'settings',
  annotation: 'annotation',
  resource: 'custom resource',
  asked: 'its answer',
  remembered: 'its answer, remembered',
};

/** Notes for users: what a first query of the backend needs and where that comes from, or why it is unknown. */
export function factNotesOf({ store, learned, noFacts }: Candidate): string[] {
  const isUnknown = learned?.cluster?.value === null && store?.from.cluster === undefined;
  return [
    ...(store ? [notes('FirstQuery', { facts: factsText(store) })] : []),
    ...(noFacts ? [notes('FirstQueryUnknown', { why: noFactsSentence(noFacts) })] : []),
    ...(learned?.cluster && isUnknown ? [notes('ClusterUnknown', { label: learned.cluster.label })] : []),
  ].map(({ message }) => message);
}

function factsText({ tenants, labels, cluster, indices = [], from }: StoreFacts): string {
  const names = meanings.flatMap((meaning) => {
    const name = labels[meaning];
    return name === undefined ? [] : [name === meaning ? name : `${meaning} is ${name}`];
  });
  return [
    factWithOrigin(tenants.length > 0 ? [`tenant ${tenants.join(', ')}`] : [], from.tenants),
    factWithOrigin(names, from.labels),
    factWithOrigin(cluster ? [`${cluster.label} is ${cluster.value}`] : [], from.cluster),
    factWithOrigin(indices.length > 0 ? [`index ${indices.join(', ')}`] : [], from.indices),
  ]
    .filter((text) => text !== '')
    .join('; ');
}

function factWithOrigin(facts: readonly string[], origin: FactOrigin | undefined): string {
  return facts.length === 0 || origin === undefined ? '' : `${facts.join(', ')} (${origins[origin]})`;
}
