import { diagnosticsError } from '../lib/errors.ts';
import type { DataMap } from '../lib/json.ts';
import { getOwn, isMap } from '../lib/json.ts';
import type { FileDiagnostic } from '../lib/diagnostic.ts';
import type { Basis } from './basis/basis.ts';
import type { CustomizedBackends } from './basis/customize.ts';
import type { IssueText } from './findings.ts';
import { toDiagnostic } from './findings.ts';
import type { Consumer, DiscoveredBackends, Generated, Section, Unusable } from '../consumers/consumer.ts';
import { sections } from '../consumers/consumer.ts';
import type { Path } from '../lib/data/json-pointer.ts';
import type { Provenance } from './provenance.ts';
import { locationOf } from './provenance.ts';

/** What Git says that the consumer would refuse or pass over, or that is about what was not discovered. */
export function conflictsOf(
  { generated, backends }: Pick<Basis, 'generated' | 'backends'>,
  { final, provenance, unusable }: Pick<CustomizedBackends, 'final' | 'provenance' | 'unusable'>,
  consumer: Consumer,
): FileDiagnostic[] {
  const discovered: DiscoveredBackends = (name) => {
    const { basis = [], others = [] } = backends.get(name) ?? {};
    return [...basis, ...others];
  };
  const names = consumer.validateNames?.(final) ?? [];
  const ofNames = names.flatMap(({ section, name, issue }) =>
    finding(provenance, [section, name, ...issue.path], issue),
  );
  const ofEntries = sections.flatMap((section) =>
    Object.entries(final[section]).flatMap(([name, entry]) => {
      const path = [section, name];
      if (!isMap(entry) || !provenance.touches(path)) return [];
      const isDiscovered = getOwn(generated.file[section], name) !== undefined;
      if (entry.enabled === false) {
        const idle = !isDiscovered && consumer.isKnown(section, name) && !consumer.isOnByDefault(section, name);
        return idle ? finding(provenance, path, nothingToDisable(consumer)) : [];
      }
      const issues = [
        ...consumer.validateEntry(section, name, entry),
        ...consumer.validateRequests(section, name, entry, discovered),
      ];
      // What it lacks besides is told instead, where that would come with a backend as well.
      const isWhole = issues.every(({ effect }) => effect !== 'incomplete');
      const enabled = isDisabled(generated, section, name)
        ? unusable.find(({ entries }) => entries.includes(name))
        : null;
      return [
        ...issues.flatMap((issue) => finding(provenance, [...path, ...issue.path], issue)),
        ...(enabled ? finding(provenance, [...path, 'enabled'], stillUnusable(enabled)) : []),
        ...(isWhole && isLeftOff(section, name, entry, consumer)
          ? finding(provenance, path, leftOff(consumer, name))
          : []),
      ];
    }),
  );
  return [...ofEntries, ...ofNames];
}

/** Fails with OVERRIDE_CONFLICT where the settings want no change that comes to nothing. */
export function assertNoConflicts(findings: readonly FileDiagnostic[], conflict: 'warn' | 'error'): void {
  const conflicts = findings.filter(({ severity }) => severity === 'warning');
  if (conflict === 'warn' || conflicts.length === 0) return;
  throw diagnosticsError(
    'OVERRIDE_CONFLICT',
    conflicts.map(({ location, message, hint }) => ({ location, message: `${message}; ${hint}` })),
    'fix the lines, or set spec.overrides.conflict: warn in toolset.yaml',
  );
}

/** Only what Git wrote is a finding: the rest is ours to answer for. */
function finding(provenance: Provenance, path: Path, issue: IssueText): FileDiagnostic[] {
  const source = provenance.sourceOf(path) ?? provenance.firstBelow(path);
  if (!source) return [];
  return [toDiagnostic(issue, locationOf(source))];
}

function nothingToDisable({ title }: Consumer): IssueText {
  return {
    effect: 'unused',
    message: 'disables what was not discovered, and is off in any case',
    hint: `remove it, or keep it for the day that there is one; ${title} does not mind`,
  };
}

/** Whether such an entry says something of a toolset that stays off, and not that it does. */
export function isLeftOff(section: Section, name: string, entry: DataMap, consumer: Consumer): boolean {
  return (entry.enabled ?? null) === null && !consumer.isEnabled(section, name, entry);
}

/** What is discovered is enabled by that: until then it is worth knowing. */
export function leftOff({ title, isDiscoverable }: Consumer, name: string): IssueText {
  return {
    effect: 'unused',
    message: `${title} leaves it off without enabled: true`,
    hint: isDiscoverable(name) ? 'add it, or keep this for the day that it is discovered' : 'add it',
  };
}

function isDisabled(generated: Generated, section: Section, name: string): boolean {
  const before = getOwn(generated.file[section], name);
  return isMap(before) && before.enabled === false;
}

function stillUnusable({ message }: Unusable): IssueText {
  return { effect: 'rejected', message: 'enables what the consumer would only fail', hint: message };
}
