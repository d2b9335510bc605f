import type { Cost } from './measure.ts';
import { measure, median } from './measure.ts';

/** A command that is measured against others. */
export interface Contender {
  readonly name: string;
  readonly command: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** What starts the command, and is not measured. */
  readonly through?: readonly string[];
}

/** Medians of one contender. Ratios are medians too, of what it cost in one round over what the peer cost in the same. */
export interface Result extends Cost {
  readonly name: string;
  readonly wallRatio: number;
  readonly peakRatio: number;
}

/**
 * Every contender once a round, one after the other, so that whatever else the machine does meets all of them.
 * A first round warms file caches and is not counted.
 */
export async function contest(contenders: readonly Contender[], peer: string, rounds: number): Promise<Result[]> {
  const costs = new Map<string, Cost[]>(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const { name, command, environment, through } of contenders) {
      const cost = await measure(command, environment, through);
      if (round > 0) costs.get(name)?.push(cost);
    }
  }
  const peers = costs.get(peer) ?? [];
  return [...costs].map(([name, own]) => ({
    name,
    wallMs: median(own.map(({ wallMs }) => wallMs)),
    cpuMs: median(own.map(({ cpuMs }) => cpuMs)),
    peakMB: median(own.map(({ peakMB }) => peakMB)),
    wallRatio: median(own.map(({ wallMs }, round) => wallMs / peers[round]!.wallMs)),
    peakRatio: median(own.map(({ peakMB }, round) => peakMB / peers[round]!.peakMB)),
  }));
}
