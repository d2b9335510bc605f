import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { median } from './measure.ts';

/** Who writes 1,000 toolsets and reads them back. */
export const writers = [
  'renderYaml',
  'js-yaml: dump, load',
  'yaml: stringify, parse',
  'JSON: stringify, parse',
] as const;
export type Writer = (typeof writers)[number];

export const writingPeer: Writer = 'js-yaml: dump, load';

/**
 * Milliseconds to write and read back: the first time in a new process, which is what `generate` does, and once the code
 * is compiled. Ratios are medians of those to the peer in the same round.
 */
export interface RenderingResult {
  readonly name: Writer;
  readonly firstMs: number;
  readonly laterMs: number;
  readonly firstRatio: number;
  readonly laterRatio: number;
}

/** Each writer once a round, in a process of its own. */
export function benchRendering(rounds: number): RenderingResult[] {
  const all = Array.from({ length: rounds }, () => new Map(writers.map((name) => [name, timesOf(name)])));
  return writers.map((name) => {
    const own = all.map((round) => round.get(name)!);
    const peers = all.map((round) => round.get(writingPeer)!);
    return {
      name,
      firstMs: median(own.map(({ first }) => first)),
      laterMs: median(own.map(({ later }) => later)),
      firstRatio: median(own.map(({ first }, round) => first / peers[round]!.first)),
      laterRatio: median(own.map(({ later }, round) => later / peers[round]!.later)),
    };
  });
}

function timesOf(name: Writer): { readonly first: number; readonly later: number } {
  const child = join(import.meta.dirname, 'rendering-child.ts');
  const said = execFileSync(process.execPath, [child, name], { encoding: 'utf8' });
  const [first = Number.NaN, ...others] = JSON.parse(said) as readonly number[];
  return { first, later: median(others.slice(-10)) };
}
