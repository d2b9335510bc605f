import { detectors } from '../detectors/index.ts';
import type { Detector } from '../detectors/types.ts';
import { unusedTable } from '../plugin/commands/explain/unused-backends.ts';
import { reasonsByVerdict } from '../plugin/discovery/reasons.ts';
import { code, markdownTable, withSections } from './markdown.ts';

/** docs/detection.md with tables generated from the detectors. */
export function detectionGuide(): string {
  return withSections('detection.md', { detectors: tables(), reasons: reasonTable() });
}

function tables(): string {
  const products = detectors.map((detector) => [
    detector.title,
    code(detector.id),
    code(detector.toolset),
    detector.byDefault,
    probeOf(detector),
    sourcesOf(detector),
  ]);
  const evidence = detectors.map((detector) => [
    detector.title,
    [...new Set(detector.evidence.map(({ rule }) => rule))].join(', '),
    entryPointsOf(detector),
    portsOf(detector),
  ]);
  return [
    markdownTable(['Product', 'Id', 'Toolset', 'Default', 'Proves itself by', 'Facts from'], products),
    markdownTable(['Product', 'Evidence, strongest first', 'Entry points, best first', 'Ports, best first'], evidence),
  ].join('\n\n');
}

/** Every reason of a decision, followed by those only used by `explain`, which knows the files in Git. */
function reasonTable(): string {
  const discovered = Object.entries(reasonsByVerdict).flatMap(([verdict, reasons]) =>
    Object.entries(reasons).map(([reason, message]) => [code(reason), code(verdict), message]),
  );
  const unused = Object.entries(unusedTable).map(([reason, message]) => [
    code(reason),
    `${code('selected')}, in ${code('explain')}`,
    message,
  ]);
  return markdownTable(['Reason', 'Decision', 'Message'], [...discovered, ...unused]);
}

function probeOf({ probe }: Detector): string {
  if (!probe) return 'readiness';
  const texts = probe.contains.map(code).join(', ');
  return `${code(probe.path)} with ${texts}`;
}

function sourcesOf({ sources }: Detector): string {
  return sources.map((source, index) => `[${String(index + 1)}](${source})`).join(' ');
}

function entryPointsOf({ entryPoints }: Detector): string {
  const named = entryPoints.map(({ name, path = '' }) => (path === '' ? name : `${name} (${code(path)})`));
  return [...new Set(named)].join(', ');
}

function portsOf({ ports: { names, numbers } }: Detector): string {
  return [...names.map(code), ...numbers.map(String)].join(', ');
}
