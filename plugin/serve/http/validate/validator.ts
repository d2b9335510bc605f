import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { FileDiagnostic } from '../../../lib/diagnostic.ts';
import { Problem, retryAfter } from '../problem.ts';

/** Checks an Application's files, by their names. Throws a problem where they take too much time or memory. */
export type Validate = (
  files: Readonly<Record<string, string>>,
  signal: AbortSignal,
) => Promise<readonly FileDiagnostic[]>;

/** What one check may take. */
const timeoutMs = 10_000;
const resourceLimits = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 8 };
/** Checks that wait for their turn: one goes at a time, so that all together take no more than this. */
const maxWaiting = 8;

/** Checks in a thread that is made for it, and ended after it: nothing that is in a file holds up anybody else. */
export function createValidator(): Validate {
  const places = new Set<symbol>();
  let last: Promise<unknown> = Promise.resolve();
  return async (files, signal) => {
    if (places.size >= maxWaiting)
      throw new Problem('overloaded', `${String(places.size)} checks are waiting for their turn.`, retryAfter(5));
    const place = Symbol('place');
    places.add(place);
    const leave = (): void => {
      places.delete(place);
    };
    signal.addEventListener('abort', leave, { once: true });
    const turn = last.then(() => check(files, signal)).finally(leave);
    last = turn.catch(() => undefined);
    return turn;
  };
}

async function check(files: Readonly<Record<string, string>>, signal: AbortSignal): Promise<readonly FileDiagnostic[]> {
  signal.throwIfAborted();
  const worker = new Worker(workerFile(), { workerData: { files }, resourceLimits });
  const { promise, resolve, reject } = Promise.withResolvers<readonly FileDiagnostic[]>();
  const tooMuch = (what: string): void => {
    reject(new Problem('too-complex', `The files take more than ${what}: check them with dynamic-toolset validate.`));
  };
  const timer = setTimeout(tooMuch, timeoutMs, `${String(timeoutMs / 1000)} s`);
  const onAbort = (): void => {
    reject(signal.reason as Error);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  worker.once('message', resolve).once('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') tooMuch(`${String(resourceLimits.maxOldGenerationSizeMb)} MB`);
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

/** Beside this module; of the program a bundle of its own, like all that is not always needed. */
function workerFile(): string {
  const isBundled = import.meta.filename.endsWith('.cjs');
  return join(import.meta.dirname, isBundled ? 'dynamic-toolset-validate.cjs' : 'validate-worker.ts');
}
