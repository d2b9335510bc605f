import { docsUrl } from '../../lib/messages/docs-url.ts';
import type { Entry, ReportInputs } from './entry.ts';
import { bounded, fingerprintsOf, linesOf, notableEntries } from './entry.ts';
import { startOf } from '../../lib/diagnostic.ts';

const levels = {
  error: 'error',
  warning: 'warning',
  unknown: 'warning',
  note: 'note',
  passed: 'none',
  skipped: 'none',
} as const;

/** SARIF 2.1.0, as GitHub code scanning accepts it. Passed checks are left out: they would show up as alerts. */
export function renderSarif(all: readonly Entry[], inputs: ReportInputs): string {
  const shown = notableEntries(all);
  const rules = [...new Map(shown.map(({ code, helpUrl }) => [code, helpUrl]))];
  const indexes = new Map(rules.map(([code], index) => [code, index]));
  const fingerprints = fingerprintsOf(shown);
  const driver = {
    name: 'dynamic-toolset',
    version: inputs.version,
    informationUri: docsUrl('cli.md'),
    rules: rules.map(([id, helpUri]) => ({ id, helpUri })),
  };
  const run = {
    tool: { driver },
    columnKind: 'utf16CodeUnits',
    originalUriBaseIds: { '%SRCROOT%': { description: { text: 'the folder in which the command was run' } } },
    results: shown.map((entry, index) => ({
      ruleId: entry.code,
      ruleIndex: indexes.get(entry.code),
      level: levels[entry.level],
      message: { text: linesOf(entry).join('\n') },
      locations: [locationOf(entry, inputs)],
      partialFingerprints: { 'dynamicToolset/v1': fingerprints[index] },
    })),
  };
  const log = { $schema: 'https://json.schemastore.org/sarif-2.1.0.json', version: '2.1.0', runs: [run] };
  return `${JSON.stringify(log, null, 2)}\n`;
}

/**
 * Code scanning shows no result without a line: a result without a location is placed at the first line of the
 * settings, with its object.
 */
function locationOf({ location, subject }: Entry, { defaultFile }: ReportInputs): object {
  const { file, line, column } = location ?? startOf(defaultFile);
  const physicalLocation = {
    artifactLocation: { uri: uriOf(file), uriBaseId: '%SRCROOT%' },
    region: { startLine: line, startColumn: column },
  };
  if (location !== null) return { physicalLocation };
  return { physicalLocation, logicalLocations: [{ fullyQualifiedName: bounded(subject), kind: 'resource' }] };
}

function uriOf(file: string): string {
  return file.toWellFormed().split('/').map(encodeURIComponent).join('/');
}
