import { diagnosticsError } from '../lib/errors.ts';
import type { DataMap, Path } from '../lib/json.ts';
import { getOwn, isMap } from '../lib/json.ts';
import type { FileDiagnostic } from '../lib/diagnostic.ts';
import type { Basis } from './basis/basis.ts';
import type { CustomizedBackends } from './basis/customize.ts';
import type { IssueText } from './findings.ts';
import { toDiagnostic } from './findings.ts';
import type { Consumer, DiscoveredBackends, Generated, Section, Unusable } from '../consumers/consumer.ts';
import { sections } from '../consumers/consumer.ts';
import type { Provenance } from './provenance.ts';
import { locationOf } from './provenance.ts';

/** Customizations that the consumer would reject or ignore, or that concern something that was not discovered. */
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
        return idle ? finding(provenance, path, nothingToDisable, 'note') : [];
      }
      const issues = [
        ...consumer.validateEntry(section, name, entry),
        ...consumer.validateRequests(section, name, entry, discovered),
      ];
      // For an incomplete entry only the missing parts are reported: a backend that brings them also enables it.
      const isWhole = issues.every(({ effect }) => effect !== 'incomplete');
      const enabled = isDisabled(generated, section, name)
        ? unusable.find(({ entries }) => entries.includes(name))
        : null;
      return [
        ...issues.flatMap((issue) => finding(provenance, [...path, ...issue.path], issue)),
        ...(enabled ? finding(provenance, [...path, 'enabled'], stillUnusableIssue(enabled)) : []),
        ...(isWhole && isLeftOff(section, name, entry, consumer)
          ? finding(provenance, path, leftOffIssue(consumer, name))
          : []),
      ];
    }),
  );
  return [...ofEntries, ...ofNames];
}

/** Throws OVERRIDE_CONFLICT if the settings do not allow changes without effect. */
export function assertNoConflicts(findings: readonly FileDiagnostic[], conflict: 'warn' | 'error'): void {
  const conflicts = findings.filter(({ severity }) => severity === 'warning');
  if (conflict === 'warn' || conflicts.length === 0) return;
  throw diagnosticsError(
    'OVERRIDE_CONFLICT',
    conflicts.map(({ location, message, hint }) => ({ location, message: `${message}; ${hint}` })),
    'fix the lines, or set spec.overrides.conflict: warn in toolset.yaml',
  );
}

/** Only Git's own text is a finding: generated parts are the plugin's responsibility. */
function finding(
  provenance: Provenance,
  path: Path,
  issue: IssueText,
  severity: FileDiagnostic['severity'] = 'warning',
): FileDiagnostic[] {
  const source = provenance.sourceOf(path) ?? provenance.firstBelow(path);
  if (!source) return [];
  return [{ ...toDiagnostic(issue, locationOf(source)), severity }];
}

/** A note, as it matters once a backend is discovered, and live files that were written by hand often have it. */
const nothingToDisable: IssueText = {
  effect: 'unused',
  message: 'disables what was not discovered, and is off in any case',
  hint: 'keep it if it is to stay off once it is discovered; else remove it',
};

/** Whether the entry configures a toolset that stays off, without setting `enabled`. */
export function isLeftOff(section: Section, name: string, entry: DataMap, consumer: Consumer): boolean {
  return (entry.enabled ?? null) === null && !consumer.isEnabled(section, name, entry);
}

/** Reported while nothing is discovered, because discovery would enable the toolset. */
export function leftOffIssue({ title, isDiscoverable }: Consumer, name: string): IssueText {
  return {
    effect: 'unused',
    message: `${title} leaves it off without enabled: true`,
    hint: isDiscoverable(name) ? 'add it, or keep this until it is discovered' : 'add it',
  };
}

function isDisabled(generated: Generated, section: Section, name: string): boolean {
  const before = getOwn(generated.file[section], name);
  return isMap(before) && before.enabled === false;
}

function stillUnusableIssue({ message }: Unusable): IssueText {
  return { effect: 'rejected', message: 'enables what the consumer would only fail', hint: message };
}
