import type { Candidate } from '../../discovery/decision.ts';
import { keyOf } from '../../lib/object-key.ts';
import { formatLocation } from '../../lib/diagnostic.ts';
import { isMap } from '../../lib/json.ts';
import { getOwn } from '../../lib/json-pointer.ts';
import { sections } from '../../consumers/consumer.ts';
import { locationOf, removalAt } from '../../customizations/provenance.ts';
import type { PipelineResult } from '../pipeline.ts';

type Result = Pick<PipelineResult, 'consumer' | 'generated' | 'final' | 'provenance'>;

/**
 * Why the consumer will not use a backend although it was selected: its entries are printed disabled, do without it, or
 * are taken out by Git. A clause for each reason, after the names of the entries; none where it is used.
 */
export function unusedReasons(candidate: Candidate, result: Result): readonly string[] {
  const names = result.consumer.entriesOf(candidate);
  const byFate = Map.groupBy(names, (name) => fateIn(name, candidate, result));
  return [...byFate].flatMap(([fate, alike]) => (fate === null ? [] : [`${alike.join(', ')}: ${fate}`]));
}

function fateIn(name: string, { service }: Candidate, { generated, final, provenance }: Result): string | null {
  const lacking = generated.unusable.find((one) => one.service === keyOf(service) && one.entries.includes(name));
  const section = sections.find((one) => getOwn(generated.file[one], name) !== undefined);
  if (!section) return lacking ? `left out, for it ${lacking.why}` : null;

  const removal = removalAt(provenance, [section, name]);
  if (removal) return `removed by ${formatLocation(locationOf(removal))}`;
  if (isDisabled(final[section], name)) {
    const source = provenance.sourceOf([section, name, 'enabled']);
    if (source) return `disabled by ${formatLocation(locationOf(source))}`;
    return `printed disabled, ${lacking ? `for it ${lacking.why}` : 'as the template of its detector says'}`;
  }
  // Where it was disabled and is not any more, Git has mended it.
  return lacking && !isDisabled(generated.file[section], name) ? `left out, for it ${lacking.why}` : null;
}

function isDisabled(entries: Result['final']['toolsets'], name: string): boolean {
  const entry = getOwn(entries, name);
  return isMap(entry) && entry.enabled === false;
}
