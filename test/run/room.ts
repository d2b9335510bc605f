import { cpus } from 'node:os';

/** How many suites run at once, depending on how busy the processors are. */
export interface Room {
  readonly processors: number;
  /** Upper limit. */
  readonly most: number;
  /** Total time of all processors, and its idle part, in ms since some time in the past. */
  readonly measure: () => ProcessorTimes;
}

export interface ProcessorTimes {
  readonly totalMs: number;
  readonly idleMs: number;
}

/** Until then, the load of a newly started suite is not visible; in ms of one processor. */
const settleMs = 5_000;
/** Beyond one suite per processor, another starts only while this share is idle. */
const idleShare = 0.2;

/**
 * Whether another suite may start beside those running. Suites spend more time waiting, for processes and time limits
 * of others, than computing, so a fast machine can run more of them than it has processors; on a slow one, each
 * additional suite only slows down all others.
 */
export function roomOf({ processors, most, measure }: Room): (running: number) => boolean {
  let last = measure();
  return (running) => {
    if (running >= most) return false;
    const now = measure();
    const totalMs = now.totalMs - last.totalMs;
    const isIdle = totalMs >= settleMs * processors && (now.idleMs - last.idleMs) / totalMs > idleShare;
    const hasRoom = running < processors || isIdle;
    if (hasRoom || totalMs >= 2 * settleMs * processors) last = now;
    return hasRoom;
  };
}

/** Of this machine. Low-priority processes yield, so they count as idle. */
export function processorTimes(): ProcessorTimes {
  const times = cpus().map((one) => one.times);
  const sum = (of: readonly (keyof (typeof times)[number])[]): number =>
    times.reduce((total, one) => total + of.reduce((ms, key) => ms + one[key], 0), 0);
  return { totalMs: sum(['user', 'nice', 'sys', 'idle', 'irq']), idleMs: sum(['nice', 'idle']) };
}
