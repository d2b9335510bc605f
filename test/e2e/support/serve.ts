import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { EventName } from '../../../plugin/serve/events.ts';
import type { Program } from '../../cluster/support/program.ts';
import { patienceMs, until } from '../../support/until.ts';

/** One line of the log. */
export type LogEvent = Readonly<Record<string, unknown>> & { readonly event: EventName };

/** `serve` in a process of its own. */
export interface Serve {
  readonly pid: number;
  readonly url: string;
  /** Everything that it has logged so far. */
  readonly events: readonly LogEvent[];
  /** Those about one Application, after the first `from` of all. */
  readonly about: (application: string, from?: number) => readonly LogEvent[];
  /** Waits for an event after the first `from`; answers it. */
  readonly until: (event: EventName, fields?: Fields, from?: number) => Promise<LogEvent>;
  /** Ends it with SIGTERM, or as told, and answers its exit code, `null` where the signal did it. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<number | null>;
}

type Fields = Readonly<Record<string, unknown>>;

/** More than the longest pause between two tries of a watch. */

/** Starts it on a free port and waits until it has listed everything. */
export async function startServe(program: Program, args: readonly string[]): Promise<Serve> {
  const serve = spawnServe(program, args);
  try {
    const { port } = await serve.until('started');
    await serve.until('synced');
    return { ...serve, url: `http://127.0.0.1:${String(port)}` };
  } catch (error) {
    await serve.stop('SIGKILL');
    throw error;
  }
}

/** The same without waiting for anything. */
export function spawnServe(program: Program, args: readonly string[]): Omit<Serve, 'url'> {
  const { child } = program.start([
    'serve',
    '--listen',
    '127.0.0.1:0',
    '--shutdown-delay',
    '0s',
    '--log-level',
    'debug',
    ...args,
  ]);
  const events: LogEvent[] = [];
  const errors: string[] = [];
  child.stderr!.on('data', (chunk: Buffer) => errors.push(chunk.toString()));
  if (child.stdout)
    createInterface({ input: child.stdout }).on('line', (line) => events.push(JSON.parse(line) as LogEvent));
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
  return {
    pid: child.pid!,
    events,
    about: (application, from = 0) =>
      events.slice(from).filter((event) => event.application === `argocd/${application}`),
    until: async (event, fields = {}, from = 0) => {
      const find = (): LogEvent | undefined =>
        events
          .slice(from)
          .find((one) => one.event === event && Object.entries(fields).every(([key, value]) => one[key] === value));
      const title = `${event} ${JSON.stringify(fields)}`;
      await until(title, () => find() !== undefined || hasEnded(), patienceMs).catch((error: unknown) => {
        const told = events.slice(from).map((one) => JSON.stringify(one));
        throw new Error(`no ${title} among\n${told.join('\n')}`, { cause: error });
      });
      const found = find();
      if (!found) throw new Error(`serve ended before ${title}: ${errors.join('')}`);
      return found;
    },
    stop: async (signal = 'SIGTERM') => {
      if (hasEnded()) return child.exitCode;
      const exited = once(child, 'exit') as Promise<[number | null]>;
      child.kill(signal);
      return (await exited)[0];
    },
  };
}
