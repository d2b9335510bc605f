import type { Entry, ReportInputs } from './entry.ts';
import { bounded, fingerprintsOf, linesOf, notableEntries } from './entry.ts';

const severities = {
  error: 'major',
  warning: 'minor',
  unknown: 'minor',
  note: 'info',
  passed: 'info',
  skipped: 'info',
} as const;

/** GitLab's code quality report, which a merge request shows at the affected lines. It lists only what did not pass. */
export function renderCodeQuality(all: readonly Entry[], { defaultFile }: ReportInputs): string {
  const shown = notableEntries(all);
  const fingerprints = fingerprintsOf(shown);
  const list = shown.map((entry, index) => ({
    description: descriptionOf(entry),
    check_name: entry.code,
    fingerprint: fingerprints[index],
    severity: severities[entry.level],
    location: {
      path: bounded(entry.location?.file ?? defaultFile),
      lines: { begin: entry.location?.line ?? 1 },
    },
    content: { body: `${linesOf(entry).join('\n')}\n${entry.helpUrl}` },
  }));
  return `${JSON.stringify(list, null, 2)}\n`;
}

function descriptionOf({ location, subject, message }: Entry): string {
  return bounded(location === null ? `${subject}: ${message}` : message);
}
