import { cpus } from 'node:os';

/** How many suites run at once, by how busy the processors are. */
export interface Room {
  readonly processors: number;
  /** Never more than so many. */
  readonly most: number;
  /** The time that all processors together had, and what of it they idled, in ms since some time in the past. */
  readonly measure: () => ProcessorTimes;
}

export interface ProcessorTimes {
  readonly totalMs: number;
  readonly idleMs: number;
}

/** What a suite that has just started takes shows no earlier, in ms of one processor. */
const settleMs = 5_000;
/** Beyond one suite for each processor, another starts only while so much is idle. */
const idleShare = 0.2;

/**
 * Whether another suite may start beside those that run. Suites wait for processes and times of others more than they
 * compute, so a quick machine bears more of them than it has processors; on a slow one each more only makes all slower.
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

/** Of this machine. What runs with a low priority gives way, so it counts as idle. */
export function processorTimes(): ProcessorTimes {
  const times = cpus().map((one) => one.times);
  const sum = (of: readonly (keyof (typeof times)[number])[]): number =>
    times.reduce((total, one) => total + of.reduce((ms, key) => ms + one[key], 0), 0);
  return { totalMs: sum(['user', 'nice', 'sys', 'idle', 'irq']), idleMs: sum(['nice', 'idle']) };
}
