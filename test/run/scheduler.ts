/** A suite of tests, or the build of a real part that suites need. */
export interface Task {
  readonly title: string;
  /** Titles of tasks that must have ended first, successfully or not: a suite itself reports what it lacks. */
  readonly after?: readonly string[];
}

export type TaskState = 'waiting' | 'running' | 'passed' | 'failed';

export interface TaskStatus<T extends Task> {
  readonly task: T;
  readonly state: TaskState;
  /** Titles of tasks that it waits for, besides a free slot. */
  readonly waitsFor: readonly string[];
  /** Start and duration, by the scheduler's clock. */
  readonly startedMs: number | null;
  readonly tookMs: number | null;
}

export interface SchedulerOptions<T extends Task> {
  /** Whether another task may run beside this many. */
  readonly hasRoom: (running: number) => boolean;
  /** Runs a task to its end; returns whether it succeeded. */
  readonly run: (task: T) => Promise<boolean>;
  /** Called after each change of a state. */
  readonly onChange?: (status: TaskStatus<T>) => void;
  readonly now: () => number;
}

interface Entry<T> {
  readonly task: T;
  state: TaskState;
  startedMs: number | null;
  tookMs: number | null;
}

/** Runs tasks in the given order, a few at a time, each once the tasks it comes after have ended. */
export class Scheduler<T extends Task> {
  readonly #entries: readonly Entry<T>[];
  readonly #options: SchedulerOptions<T>;
  #finished = Promise.withResolvers<undefined>();

  constructor(tasks: readonly T[], options: SchedulerOptions<T>) {
    assertOrder(tasks);
    this.#entries = tasks.map((task) => ({ task, state: 'waiting', startedMs: null, tookMs: null }));
    this.#options = options;
  }

  /** Settles with the last task. A rejection of `run` only fails its own task. */
  async runAll(): Promise<readonly TaskStatus<T>[]> {
    this.startNext();
    await this.#finished.promise;
    return this.status();
  }

  status(): readonly TaskStatus<T>[] {
    return this.#entries.map((entry) => this.#statusOf(entry));
  }

  /** Starts as many tasks as there is room for: after each end, and whenever there may be more room. */
  startNext(): void {
    for (const entry of this.#entries) {
      if (entry.state !== 'waiting' || this.#waitsFor(entry).length > 0) continue;
      if (!this.#options.hasRoom(this.#count('running'))) return;
      this.#start(entry);
    }
    if (this.#count('waiting') + this.#count('running') === 0) this.#finished.resolve(undefined);
  }

  #start(entry: Entry<T>): void {
    const startedMs = this.#options.now();
    Object.assign(entry, { state: 'running', startedMs });
    this.#options.onChange?.(this.#statusOf(entry));
    const end = (isGood: boolean): void => {
      Object.assign(entry, { state: isGood ? 'passed' : 'failed', tookMs: this.#options.now() - startedMs });
      this.#options.onChange?.(this.#statusOf(entry));
      this.startNext();
    };
    this.#options.run(entry.task).then(end, () => {
      end(false);
    });
  }

  #waitsFor({ task, state }: Entry<T>): readonly string[] {
    if (state !== 'waiting') return [];
    const ended = (title: string): boolean =>
      this.#entries.some((other) => other.task.title === title && other.tookMs !== null);
    return (task.after ?? []).filter((title) => !ended(title));
  }

  #count(state: TaskState): number {
    return this.#entries.filter((entry) => entry.state === state).length;
  }

  #statusOf(entry: Entry<T>): TaskStatus<T> {
    return { ...entry, waitsFor: this.#waitsFor(entry) };
  }
}

/** Each task comes after those it depends on: so none waits for itself, or for a task that does not exist. */
function assertOrder(tasks: readonly Task[]): void {
  const earlier = new Set<string>();
  for (const { title, after = [] } of tasks) {
    const unknown = after.filter((other) => !earlier.has(other));
    if (unknown.length > 0) throw new Error(`"${title}" comes after ${unknown.join(', ')}, which is not listed before`);
    earlier.add(title);
  }
}
