import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { FileDiagnostic } from '../../../lib/diagnostic.ts';
import { problemFor } from '../problem-details.ts';

/** Limits of one validation. */
const timeoutMs = 10_000;
const resourceLimits = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 8 };
/** Waiting and running validations. They run one at a time, so these limits bound all of them together. */
const maxQueued = 8;

type Turn = PromiseWithResolvers<undefined>;

/**
 * Validates the files of an Application, each request in its own worker thread: no file can block or exhaust the
 * process.
 */
export class Validator {
  /** The first turn is the running one. */
  #turns: readonly Turn[] = [];

  /** `files` by name. Throws the HTTP problem if the queue is full, or a limit of time or memory is exceeded. */
  async validate(files: Readonly<Record<string, string>>, signal: AbortSignal): Promise<readonly FileDiagnostic[]> {
    if (this.#turns.length >= maxQueued) throw problemFor.totalLimit('queued validations', maxQueued, 5);
    signal.throwIfAborted();
    const turn = Promise.withResolvers<undefined>();
    this.#turns = [...this.#turns, turn];
    if (this.#turns[0] === turn) turn.resolve(undefined);
    // A waiting validation leaves at once, so that its files are not kept until the ones before it have ended.
    const onAbort = (): void => {
      if (this.#turns[0] !== turn) this.#leave(turn);
      turn.reject(signal.reason);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      await turn.promise;
      return await runWorker(files, signal);
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.#leave(turn);
    }
  }

  #leave(turn: Turn): void {
    const [running] = this.#turns;
    this.#turns = this.#turns.filter((one) => one !== turn);
    if (running === turn) this.#turns[0]?.resolve(undefined);
  }
}

async function runWorker(
  files: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<readonly FileDiagnostic[]> {
  signal.throwIfAborted();
  const worker = new Worker(workerFile(), { workerData: { files }, resourceLimits });
  const { promise, resolve, reject } = Promise.withResolvers<readonly FileDiagnostic[]>();
  const fail = (limit: string): void => {
    reject(problemFor.tooComplex(limit));
  };
  const timer = setTimeout(fail, timeoutMs, `${String(timeoutMs / 1000)} s`);
  const onAbort = (): void => {
    reject(signal.reason as Error);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  worker.once('message', resolve).once('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') fail(`${String(resourceLimits.maxOldGenerationSizeMb)} MB`);
    else reject(error);
  });
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    await worker.terminate();
  }
}

/** In the bundled program, the worker is a separate bundle beside this one. */
function workerFile(): string {
  const isBundled = import.meta.filename.endsWith('.cjs');
  return join(import.meta.dirname, isBundled ? 'dynamic-toolset-validate.cjs' : 'validate-worker.ts');
}
