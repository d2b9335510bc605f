import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

const intervalMs = 10;

/** What a process and its children had at the worst moment. */
export interface Peak {
  /** Of all together; pages that come from files, which they share, are counted once for each program. */
  readonly totalMB: number;
  /** How many children ran at that moment. */
  readonly children: number;
  /** The largest child of all moments, its shared pages included. */
  readonly largestChildMB: number;
}

interface Memory {
  /** Of the program. */
  readonly name: string;
  readonly anonymousKB: number;
  readonly fileKB: number;
}

/** Looks at the memory of a process and its children until `work` has ended. */
export async function peakWhile(pid: number, work: () => Promise<void>): Promise<Peak> {
  let peak: Peak = { totalMB: 0, children: 0, largestChildMB: 0 };
  const worked = work().then(() => true);
  do {
    peak = worse(peak, now(pid));
  } while (!(await Promise.race([worked, delay(intervalMs, false)])));
  return peak;
}

function now(pid: number): Peak {
  const own = memoryOf(pid);
  if (!own) throw new Error(`process ${pid} has exited`);
  // Before a child starts its program it still is the parent, memory included.
  const children = childrenOf(pid)
    .flatMap((child) => memoryOf(child) ?? [])
    .filter(({ name }) => name !== own.name);
  const anonymous = children.reduce((sum, child) => sum + child.anonymousKB, own.anonymousKB);
  const files = own.fileKB + Math.max(0, ...children.map(({ fileKB }) => fileKB));
  const largest = Math.max(0, ...children.map(({ anonymousKB, fileKB }) => anonymousKB + fileKB));
  return { totalMB: (anonymous + files) / 1024, children: children.length, largestChildMB: largest / 1024 };
}

function worse(a: Peak, b: Peak): Peak {
  const { totalMB, children } = b.totalMB > a.totalMB ? b : a;
  return { totalMB, children, largestChildMB: Math.max(a.largestChildMB, b.largestChildMB) };
}

/** Linux tells the children of each thread. */
function childrenOf(pid: number): readonly number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((thread) => {
    const text = read(`/proc/${pid}/task/${thread}/children`) ?? '';
    return text.split(' ').filter(Boolean).map(Number);
  });
}

/** `null` for a process that has ended meanwhile. */
function memoryOf(pid: number): Memory | null {
  const status = read(`/proc/${pid}/status`) ?? '';
  const field = (name: string): string | undefined => new RegExp(`^${name}:\\s+(\\S+)`, 'm').exec(status)?.[1];
  const [name, anonymous, file] = ['Name', 'RssAnon', 'RssFile'].map(field);
  // One that has ended and is not collected yet has no memory.
  if (name === undefined || anonymous === undefined) return null;
  return { name, anonymousKB: Number(anonymous), fileKB: Number(file) };
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
