import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** Of /proc: `getconf CLK_TCK` is 100 on Linux. */
const tickMs = 10;

/** Resident memory of a process now, in MiB. */
export function rssOf(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'))?.[1]) / 1024;
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

/** Waits until a process has had nothing to do for three seconds: what it waits for may take one. */
export async function untilIdle(pid: number): Promise<void> {
  for (let second = 0, quiet = 0; second < 120; second += 1) {
    quiet = (await cpuWhile(pid, () => delay(1_000))) <= tickMs ? quiet + 1 : 0;
    if (quiet === 3) return;
  }
  throw new Error(`process ${String(pid)} has not come to rest in two minutes`);
}
