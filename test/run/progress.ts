import type { Task, TaskStatus } from './scheduler.ts';

/** `0:07`, `12:30`. */
export function formatElapsed(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return `${String(Math.floor(seconds / 60))}:${String(seconds % 60).padStart(2, '0')}`;
}

/** One line when a task starts or ends, for a log. */
export function changeLine({ task, state, tookMs }: TaskStatus<Task>, elapsedMs: number): string {
  const took = tookMs === null ? '' : ` (${formatElapsed(tookMs)})`;
  const words = { waiting: 'waits', running: 'started', passed: 'passed', failed: 'FAILED' } as const;
  return `[${formatElapsed(elapsedMs)}] ${task.title}: ${words[state]}${took}`;
}

/** Everything running and waiting, on one line: from time to time in a log, always at a terminal. */
export function summaryLine(all: readonly TaskStatus<Task>[], elapsedMs: number): string {
  const running = all.filter(({ state }) => state === 'running');
  const waiting = all.filter(({ state }) => state === 'waiting');
  const ended = all.length - running.length - waiting.length;
  const parts = [
    `${String(ended)} of ${String(all.length)} done`,
    running.length > 0 ? `running: ${running.map((one) => runningFor(one, elapsedMs)).join(', ')}` : '',
    waiting.length > 0 ? `waiting: ${waiting.map(waitingFor).join(', ')}` : '',
  ];
  return `[${formatElapsed(elapsedMs)}] ${parts.filter((part) => part !== '').join('; ')}`;
}

/** Duration of each task, longest first. */
export function timesTable(all: readonly TaskStatus<Task>[]): string {
  const ended = all.filter(({ tookMs }) => tookMs !== null).toSorted((a, b) => (b.tookMs ?? 0) - (a.tookMs ?? 0));
  return ended
    .map(({ task, tookMs, state }) => `  ${formatElapsed(tookMs ?? 0).padStart(6)}  ${task.title}${mark(state)}`)
    .join('\n');
}

function runningFor({ task, startedMs }: TaskStatus<Task>, elapsedMs: number): string {
  return `${task.title} ${formatElapsed(elapsedMs - (startedMs ?? elapsedMs))}`;
}

function waitingFor({ task, waitsFor }: TaskStatus<Task>): string {
  return waitsFor.length === 0 ? task.title : `${task.title} (for ${waitsFor.join(', ')})`;
}

function mark(state: TaskStatus<Task>['state']): string {
  return state === 'failed' ? '  FAILED' : '';
}

/** Where lines go: a terminal keeps the last one up to date, a log gets a new one from time to time. */
export class ProgressWriter {
  readonly #write: (text: string) => void;
  readonly #isTerminal: boolean;
  readonly #columns: () => number;
  #hasStatusLine = false;

  constructor(write: (text: string) => void, isTerminal: boolean, columns: () => number = () => 80) {
    this.#write = write;
    this.#isTerminal = isTerminal;
    this.#columns = columns;
  }

  /** Prints permanent text. */
  print(text: string): void {
    this.#clear();
    this.#write(`${text}\n`);
  }

  /** A line that the next one replaces at a terminal; elsewhere it is printed as is. */
  status(line: string): void {
    if (!this.#isTerminal) {
      this.#write(`${line}\n`);
      return;
    }
    this.#clear();
    this.#write(line.slice(0, Math.max(this.#columns() - 1, 20)));
    this.#hasStatusLine = true;
  }

  #clear(): void {
    // Back to the first column, and erase the line.
    if (this.#hasStatusLine) this.#write('\r\u001b[2K');
    this.#hasStatusLine = false;
  }
}
