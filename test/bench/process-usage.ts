import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** Of /proc: `getconf CLK_TCK` is 100 on Linux. */
const tickMs = 10;
const idleMs = 60_000;
/** V8 looks for garbage once more, some time after the last allocation. */
const settledMs = 30_000;

/** Resident memory of a process now, in MiB. */
export function rssOf(pid: number): number {
  return memoryOf(pid, 'VmRSS');
}

/** The most that it has been, in MiB. */
export function peakRssOf(pid: number): number {
  return memoryOf(pid, 'VmHWM');
}

function memoryOf(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
  return Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)?.[1]) / 1024;
}

/** CPU time that a process has taken, all of its threads together, in milliseconds. */
export function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${String(pid)}/stat`, 'utf8')
    .split(') ')[1]!
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * tickMs;
}

/** CPU time that a process takes while something is done. */
export async function cpuWhile(pid: number, work: () => Promise<unknown>): Promise<number> {
  const before = cpuOf(pid);
  await work();
  return cpuOf(pid) - before;
}

/** Waits until a process has had nothing to do for three seconds: what it waits for may take one. `watched`: so many clusters. */
export async function untilIdle(pid: number, watched = 1): Promise<void> {
  for (let second = 0, quiet = 0; second < 120; second += 1) {
    quiet = (await cpuWhile(pid, () => delay(1_000))) <= tickMs * Math.ceil(watched / 20) ? quiet + 1 : 0;
    if (quiet === 3) return;
  }
  throw new Error(`process ${String(pid)} is not idle after two minutes`);
}

/** What a process takes while nothing happens: share of one core, resident memory now and at its peak in MiB. */
export interface Rest {
  readonly idleShare: number;
  readonly rssMB: number;
  readonly peakMB: number;
}

/** Waits until the process has come to rest and V8 has looked for garbage. `watched` as of `untilIdle`. */
export async function restOf(pid: number, watched = 1): Promise<Rest> {
  await untilIdle(pid, watched);
  await delay(settledMs);
  return { idleShare: await idleShareOf(pid), rssMB: rssOf(pid), peakMB: peakRssOf(pid) };
}

/** Share of one core that a process takes in the next minute. */
export async function idleShareOf(pid: number): Promise<number> {
  return (await cpuWhile(pid, () => delay(idleMs))) / idleMs;
}
