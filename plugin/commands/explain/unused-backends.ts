import type { Candidate } from '../../discovery/decision.ts';
import { keyOf } from '../../lib/object-key.ts';
import { formatLocation } from '../../lib/diagnostic.ts';
import type { DataMap } from '../../lib/json.ts';
import { getOwn, isMap } from '../../lib/json.ts';
import { sections } from '../../consumers/consumer.ts';
import { locationOf } from '../../customizations/provenance.ts';
import type { Reason } from '../../lib/messages/reason.ts';
import { reasonsFrom } from '../../lib/messages/reason.ts';
import type { PipelineResult } from '../pipeline/build-result.ts';

type Result = Pick<PipelineResult, 'consumer' | 'generated' | 'final' | 'provenance' | 'unusable' | 'leftOut'>;

/** Why a selected backend is not used; each sentence continues the names of its toolsets. */
export const unusedTable = {
  LeftOut: 'left out because it {why}',
  PrintedDisabled: 'printed disabled because it {why}',
  DisabledByTemplate: 'printed disabled, as the template of its detector says',
  DisabledInGit: 'disabled by {location}',
  RemovedInGit: 'removed by {location}',
  OverBudget: 'left out because its {tokens} tokens do not fit in target.maxToolTokens {limit}',
  ReplacedInGit: 'left out because {location} sets the address of the toolset',
} as const;

export type UnusedReason = Reason<keyof typeof unusedTable>;

const because = reasonsFrom(unusedTable);

/**
 * Why the consumer will not use a selected backend: its toolsets are printed disabled, do without it, or are removed in
 * Git. One entry per reason, with the names of the toolsets in its message; empty if all of them use it.
 */
export function unusedReasons(candidate: Candidate, result: Result): readonly UnusedReason[] {
  const found = result.consumer.entriesOf(candidate).flatMap((name) => {
    const reason = unusedReason(name, candidate, result);
    return reason ? [{ name, reason }] : [];
  });
  return [...Map.groupBy(found, ({ reason }) => reason.message)].flatMap(([message, sameReason]) => {
    const names = sameReason.map(({ name }) => name).join(', ');
    return sameReason.slice(0, 1).map(({ reason: { reason } }) => ({ reason, message: `${names}: ${message}` }));
  });
}

function unusedReason(
  name: string,
  { service, endpoint }: Candidate,
  { generated, final, provenance, unusable, leftOut: overBudget }: Result,
): UnusedReason | null {
  const beyond = overBudget.find((one) => one.name === name);
  if (beyond) return because('OverBudget', { tokens: beyond.cost.tokens, limit: beyond.limit });
  const lacking = unusable.find((one) => one.service === keyOf(service) && one.entries.includes(name));
  const leftOut = lacking ? because('LeftOut', { why: lacking.why }) : null;
  const section = sections.find((one) => getOwn(generated.file[one], name) !== undefined);
  if (!section) return leftOut;

  const removal = provenance.removalAt([section, name]);
  if (removal) return because('RemovedInGit', { location: formatLocation(locationOf(removal)) });
  if (isDisabled(final[section], name)) {
    const source = provenance.sourceOf([section, name, 'enabled']);
    if (source) return because('DisabledInGit', { location: formatLocation(locationOf(source)) });
    return lacking ? because('PrintedDisabled', { why: lacking.why }) : because('DisabledByTemplate');
  }
  const source = provenance.firstBelow([section, name]);
  const holds = (entries: DataMap): boolean => JSON.stringify(getOwn(entries, name) ?? null).includes(endpoint.host);
  if (source && holds(generated.file[section]) && !holds(final[section]))
    return because('ReplacedInGit', { location: formatLocation(locationOf(source)) });
  // A toolset that was disabled and no longer is has been fixed in Git.
  return isDisabled(generated.file[section], name) ? null : leftOut;
}

function isDisabled(entries: Result['final']['toolsets'], name: string): boolean {
  const entry = getOwn(entries, name);
  return isMap(entry) && entry.enabled === false;
}
