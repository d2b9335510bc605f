import { readFileSync } from 'node:fs';
import { arch, cpus, totalmem, type } from 'node:os';
import { markdownTable } from '../../docs/markdown.ts';
import type { Result } from './compare.ts';
import type { DetectionResult } from './detection.ts';
import type { GenerateResult } from './generate.ts';
import { oneTarget, twoTargets } from './generate.ts';
import type { ImportResult } from './imports.ts';

/** One run of the benchmark. */
export interface Report {
  readonly machine: string;
  readonly generate: readonly GenerateResult[];
  readonly imports: readonly ImportResult[];
  readonly detection: DetectionResult;
}

/** What `generate`, as the image runs it, has to stay below: its cost over that of `kubectl | jq` in the same round. */
const bars: Readonly<Record<number, { readonly wall: number; readonly peak?: number }>> = {
  500: { wall: 0.5 },
  10_000: { wall: 0.1, peak: 0.28 },
};

export const judged = 'generate, compile cache filled';

/** What a reader needs to compare with a machine of their own, and nothing that names this one. */
export function describeMachine(): string {
  const [first] = cpus();
  const memory = `${String(Math.round(totalmem() / 1024 ** 3))} GB of memory`;
  return `${String(cpus().length)} × ${first?.model.trim() ?? 'unknown processor'}, ${memory}, ${distribution()} (${type()} ${arch()}), Node ${process.version}`;
}

/** The report as Markdown tables, which read well in a terminal too. */
export function renderReport({ machine, generate, imports, detection }: Report): string {
  return [
    `Measured on ${machine}.`,
    ...generate.flatMap(({ services, rounds, results }) => [
      `### ${services.toLocaleString('en-US')} Services, median of ${String(rounds)} rounds`,
      resultTable(results),
      ...verdict(services, results),
      ...targetsVerdict(results),
    ]),
    '### Detection and selection alone, Services in memory',
    detectionTable(detection),
    `Growth with the number of Services: ${detection.slope.toFixed(2)} in log-log, where 1 is linear.`,
    '### What each dependency adds to a start',
    importTable(imports),
  ].join('\n\n');
}

/** What commands cost, and their ratios to the peer. */
export function resultTable(results: readonly Result[]): string {
  return markdownTable(
    ['Command', 'Wall time', 'CPU time', 'Peak memory', 'Time ratio', 'Memory ratio'],
    results.map(({ name, wallMs, cpuMs, peakMB, wallRatio, peakRatio }) => [
      name,
      ms(wallMs),
      ms(cpuMs),
      mb(peakMB),
      wallRatio.toFixed(2),
      peakRatio.toFixed(2),
    ]),
    'numbers',
  );
}

function verdict(services: number, results: readonly Result[]): string[] {
  const bar = bars[services];
  const own = results.find(({ name }) => name === judged);
  if (!bar || !own) return [];
  const said = [
    sentence('time', own.wallRatio, bar.wall),
    ...(bar.peak === undefined ? [] : [sentence('memory', own.peakRatio, bar.peak)]),
  ];
  return [`Bar for \`${judged}\`: ${said.join('; ')}.`];
}

/** What a second target may cost: the cluster is read once for both. */
const targetsBar = 1.1;

function targetsVerdict(results: readonly Result[]): string[] {
  const [one, two] = [oneTarget, twoTargets].map((name) => results.find((result) => result.name === name));
  if (!one || !two) return [];
  const ratio = two.wallRatio / one.wallRatio;
  return [`Two targets: time ≤ ${String(targetsBar)} of one, ${held(ratio, targetsBar)} at ${ratio.toFixed(2)}.`];
}

function sentence(what: string, ratio: number, bar: number): string {
  return `${what} ≤ ${String(bar)} of kubectl and jq, ${held(ratio, bar)} at ${ratio.toFixed(2)}`;
}

/** Whether a measure stays below its bar, in words. */
export function verdictOn(what: string, measured: number | undefined, bar: number, unit: string): string {
  if (measured === undefined) return `${what} was not measured`;
  return `${what} ≤ ${String(bar)} ${unit}, ${held(measured, bar)} at ${measured.toFixed(0)} ${unit}`;
}

function held(measured: number, bar: number): string {
  return heldOrMissed(measured <= bar);
}

function detectionTable({ rows }: DetectionResult): string {
  return markdownTable(
    ['Services', 'Backends', 'Time', 'Per Service'],
    rows.map((row) => [
      row.count.toLocaleString('en-US'),
      String(row.backends),
      ms(row.ms),
      `${((row.ms * 1000) / row.count).toFixed(1)} µs`,
    ]),
    'numbers',
  );
}

function importTable(imports: readonly ImportResult[]): string {
  return markdownTable(
    ['Dependency', 'In the bundle', 'CPU time in the bundle', 'Memory', 'CPU time as a package', 'Memory'],
    imports.map(({ name, bundledKB, bundledMs, bundledMB, packageMs, packageMB }) => [
      name,
      `${bundledKB.toFixed(0)} KB`,
      ms(bundledMs),
      mb(bundledMB),
      ms(packageMs),
      mb(packageMB),
    ]),
    'numbers',
  );
}

function ms(value: number): string {
  return `${value.toFixed(0)} ms`;
}

function mb(value: number): string {
  return `${value.toFixed(0)} MB`;
}

function distribution(): string {
  try {
    return /^PRETTY_NAME="(.*)"$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'Linux';
  } catch {
    return type();
  }
}

/** Whether a bar is held, as all suites say it. */
export function heldOrMissed(isHeld: boolean): string {
  return isHeld ? '**held**' : '**missed**';
}
