import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { markdownTable } from '../../docs/markdown.ts';
import { BareRepository } from '../support/bare-repository.ts';
import { commandOf } from '../support/built-program.ts';
import { measure, spread } from './measure.ts';
import type { Spread } from './measure.ts';
import { describeMachine, verdictOn } from './report.ts';
import { realisticServices } from './services.ts';

/** Runs of `propose` against a bare repository on this machine's disk. */
export interface ProposeResult {
  readonly services: number;
  readonly runs: number;
  /** From the start of the run that finds a change settled, to the end of it: its commit is on the branch. */
  readonly commit: Spread;
  /** Of a run that finds nothing to do. */
  readonly nothing: Spread;
  readonly flaps: number;
  /** Commits and branches that these left. */
  readonly commitsOfFlaps: number;
}

/** A commit has to be there so soon after its change has settled. */
const barMs = 5_000;
const [services, runs, flaps] = [1_000, 40, 100];

/** `program` is the built one; what it works on stands in `folder`. */
export async function benchPropose(program: string, folder: string): Promise<ProposeResult> {
  const place = join(folder, 'propose');
  mkdirSync(place);
  const repository = new BareRepository(place);
  repository.commit({ 'README.md': 'fleet\n' });
  const cluster = join(place, 'cluster.json');
  const record = (backends: number): void => {
    const more = Array.from({ length: backends }, (_, index) => backend(index));
    writeFileSync(cluster, JSON.stringify({ kind: 'List', items: [...realisticServices(services), ...more] }));
  };
  const environment = { NODE_COMPILE_CACHE: join(folder, 'compile-cache') };
  const common = ['--repository', repository.path, '--file', 'prod/toolsets.yaml', '--path', place];
  const propose = (settle: string): readonly string[] => {
    const flags = [...common, '--snapshot', cluster, '--settle', settle, '-o', 'json'];
    return [...commandOf(program), 'propose', ...flags];
  };
  const [commits, idle]: [number[], number[]] = [[], []];
  for (let run = 0; run <= runs; run += 1) {
    record(1 + (run % 2));
    const before = tips(repository);
    const { wallMs } = await measure(propose('0s'), environment);
    if (tips(repository) === before) throw new Error('a change that has lasted long enough made no commit');
    const again = await measure(propose('0s'), environment);
    // The first one fills caches.
    if (run > 0) {
      commits.push(wallMs);
      idle.push(again.wallMs);
    }
  }
  const before = tips(repository);
  const made = repository.commits();
  for (let flap = 0; flap < flaps; flap += 1) {
    record(3 + (flap % 2));
    await measure(propose('10m'), environment);
  }
  const commitsOfFlaps = repository.commits() - made + (tips(repository) === before ? 0 : 1);
  return { services, runs, commit: spread(commits), nothing: spread(idle), flaps, commitsOfFlaps };
}

/** The same as Markdown. */
export function renderPropose({ commit, nothing, ...result }: ProposeResult): string {
  const row = (title: string, { medianMs, p95Ms }: Spread): string[] => [
    title,
    `${medianMs.toFixed(0)} ms`,
    `${p95Ms.toFixed(0)} ms`,
  ];
  return [
    `Measured on ${describeMachine()}, ${String(result.runs)} runs with ${result.services.toLocaleString('en-US')} Services.`,
    markdownTable(
      ['Run', 'Median', 'p95'],
      [row('finds a change settled, and commits it', commit), row('finds nothing to do', nothing)],
      'numbers',
    ),
    `${verdictOn('p95 to the commit', commit.p95Ms, barMs, 'ms')}. A backend that came or went ${String(result.flaps)} times, seen each time: ${String(result.commitsOfFlaps)} commits.`,
  ].join('\n\n');
}

/** One that no other Service of the cluster is. */
function backend(index: number): object {
  const name = `bench-loki-${String(index)}`;
  const labels = { 'app.kubernetes.io/name': 'loki' };
  const metadata = { namespace: name, name, labels };
  return { apiVersion: 'v1', kind: 'Service', metadata, spec: { ports: [{ name: 'http', port: 3100 }] } };
}

/** Branches with what they point at, without the reference that remembers what is waited for. */
function tips(repository: BareRepository): string {
  return repository.git('for-each-ref', 'refs/heads');
}
