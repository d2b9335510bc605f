import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import type { Program } from '../cluster/program.ts';

/** One line of the log. */
export type LogEvent = Readonly<Record<string, unknown>> & { readonly event: string };

export interface Serve {
  readonly pid: number;
  readonly url: string;
  /** Everything that it logged so far. */
  readonly events: readonly LogEvent[];
  /** Waits for an event after the first `from` ones. */
  readonly until: (what: string, isIt: (event: LogEvent) => boolean, from?: number) => Promise<LogEvent>;
  /** Ends it with SIGTERM, or as told, and answers its exit code. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<number | null>;
}

const deadlineMs = 20_000;

/** Starts `serve` on a free port and waits until it has listed everything. */
export async function startServe(program: Program, args: readonly string[]): Promise<Serve> {
  const { child } = program.start(['serve', '--listen', '127.0.0.1:0', ...args]);
  const events: LogEvent[] = [];
  const errors: string[] = [];
  child.stderr!.on('data', (chunk: Buffer) => errors.push(chunk.toString()));
  createInterface({ input: child.stdout! }).on('line', (line) => events.push(JSON.parse(line) as LogEvent));
  const until: Serve['until'] = async (what, isIt, from = 0) => {
    const deadline = performance.now() + deadlineMs;
    for (;;) {
      const found = events.slice(from).find(isIt);
      if (found) return found;
      if (child.exitCode !== null) throw new Error(`serve ended: ${errors.join('')}`);
      if (performance.now() > deadline)
        throw new Error(`no event ${what}: ${JSON.stringify(events.slice(from), null, 1)}`);
      await delay(10);
    }
  };
  const stop: Serve['stop'] = async (signal = 'SIGTERM') => {
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    const exited = once(child, 'exit') as Promise<[number | null]>;
    child.kill(signal);
    return (await exited)[0];
  };
  try {
    const started = await until('started', ({ event }) => event === 'started');
    await until('synced', ({ event }) => event === 'synced');
    return { pid: child.pid!, url: `http://127.0.0.1:${String(started.port)}`, events, until, stop };
  } catch (error) {
    await stop('SIGKILL');
    throw error;
  }
}
