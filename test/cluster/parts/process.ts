import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { NetConnectOpts } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pauseAfter } from '../../support/until.ts';

const graceMs = 10_000;

export interface Component {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  readonly isRunning: () => boolean;
  /** Sends the stop signal, then SIGKILL, and returns once the process is gone. */
  readonly stop: () => Promise<void>;
  /** Lets this process end while the component runs. */
  readonly unref: () => void;
}

export interface StartOptions {
  /** The whole environment; defaults to this process's own. */
  readonly env?: NodeJS.ProcessEnv;
  /** The program's own name as it sees it, instead of its path. */
  readonly argv0?: string;
  /** Signal that asks it to end; SIGTERM by default. */
  readonly stopSignal?: NodeJS.Signals;
}

/**
 * Environment for Go programs started by a test: the heap may grow to five times its live size instead of twice, so
 * that it is collected less often.
 */
export const rareCollection = { GOGC: '400' } as const;

/** Starts a program whose output goes to `<folder>/<name>.log`. */
export async function startComponent(
  program: string,
  name: string,
  args: readonly string[],
  folder: string,
  { stopSignal = 'SIGTERM', ...options }: StartOptions = {},
): Promise<Component> {
  const logFile = join(folder, `${name}.log`);
  const log = openSync(logFile, 'a');
  const child = spawn(program, args, { cwd: folder, stdio: ['ignore', log, log], ...options });
  closeSync(log);
  const spawned = Promise.withResolvers<undefined>();
  child.once('spawn', () => {
    spawned.resolve(undefined);
  });
  child.once('error', spawned.reject);
  await spawned.promise;
  return {
    name,
    pid: child.pid!,
    logFile,
    isRunning: () => isRunning(child),
    stop: () => stop(child, stopSignal),
    unref: () => {
      child.unref();
    },
  };
}

/**
 * Polls until `isReady` returns true. If the component ends or takes too long, throws an error with the end of its log.
 */
export async function waitUntilReady(
  component: Component,
  deadlineMs: number,
  isReady: () => Promise<boolean>,
): Promise<void> {
  const start = performance.now();
  while (!(await isReady())) {
    const waitedMs = performance.now() - start;
    if (!component.isRunning())
      throw new Error(`${component.name} ended while it started:\n${tail(component.logFile)}`);
    if (waitedMs > deadlineMs) {
      throw new Error(`${component.name} was not ready after ${deadlineMs} ms:\n${tail(component.logFile)}`);
    }
    await pauseAfter(waitedMs);
  }
}

/** Whether a URL responds with success: for `waitUntilReady`. */
export async function isAnswering(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(1000) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

/** Whether a process of this machine is still running. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Whether connections are accepted there: for `waitUntilReady`. */
export async function isListening(place: NetConnectOpts): Promise<boolean> {
  const socket = connect(place);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** A loopback port without a listener, below the range used for outgoing connections. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = randomInt(10_000, 30_000);
    if (await canListen(port)) return port;
  }
  throw new Error('no free port found on 127.0.0.1 between 10000 and 30000');
}

/**
 * Ends the added processes and removes the folder when this process is gone, for whatever reason (including SIGKILL):
 * the guard notices the end of its standard input.
 */
export interface Guard {
  readonly add: (pid: number) => void;
  /** Lets this process end: the guard stays until it has finished. */
  readonly unref: () => void;
  readonly release: () => void;
}

/** repo-server removes all permissions, even its own, from the folders into which it unpacks repositories. */
const remove = 'chmod -R u+rwX "$1"; rm -rf "$1"';

/** Removes a folder with everything that components wrote into it. */
export async function removeFolder(folder: string): Promise<void> {
  await promisify(execFile)('sh', ['-c', remove, 'remove', folder]);
}

export function startGuard(folder: string): Guard {
  const script = `while read -r pid; do pids="$pids $pid"; done; kill -KILL $pids; sleep 0.5; ${remove}`;
  const guard = spawn('sh', ['-c', script, 'guard', folder], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.unref();
  return {
    add: (pid) => {
      guard.stdin.write(`${pid}\n`);
    },
    unref: () => {
      // A pipe, although its type does not say so.
      (guard.stdin as typeof guard.stdin & { readonly unref: () => void }).unref();
    },
    release: () => {
      guard.kill('SIGKILL');
    },
  };
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}

async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (!isRunning(child)) return;
  const exited = Promise.withResolvers<undefined>();
  child.ref();
  child.once('exit', () => {
    exited.resolve(undefined);
  });
  child.kill(signal);
  const insist = setTimeout(() => child.kill('SIGKILL'), graceMs);
  await exited.promise;
  clearTimeout(insist);
}

function tail(logFile: string): string {
  return readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-25).join('\n');
}

async function canListen(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const server = createServer();
  server.once('error', () => {
    resolve(false);
  });
  server.listen(port, '127.0.0.1', () => {
    server.close(() => {
      resolve(true);
    });
  });
  return promise;
}
