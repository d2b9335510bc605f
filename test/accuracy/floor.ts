import { readFileSync } from 'node:fs';
import type { Outcomes } from './outcomes.ts';

/** What is never given up again: at least as many right, at most as many wrong and needless. */
export type Floor = Pick<Outcomes, 'right' | 'wrong' | 'needless'>;

const file = 'test/accuracy/floor.json';

/** By the set's file, and for the sets together with literals left out. */
export function readFloors(): Readonly<Record<string, Floor>> {
  return JSON.parse(readFileSync(new URL('floor.json', import.meta.url), 'utf8')) as Record<string, Floor>;
}

/** What is worse than the floor, and what is better, so that it has to be raised. */
export function compareWithFloor(name: string, measured: Floor, floor: Floor): readonly string[] {
  const better = { right: 1, wrong: -1, needless: -1 } as const;
  return (['right', 'wrong', 'needless'] as const).flatMap((count) => {
    const change = (measured[count] - floor[count]) * better[count];
    if (change === 0) return [];
    const figures = `${name}: ${String(measured[count])} ${count}, and ${String(floor[count])} in ${file}`;
    return [change < 0 ? `worse: ${figures}` : `better: ${figures}; raise the floor to what was reached`];
  });
}
