import { join } from 'node:path';
import type { ErrorCode } from '../lib/codes.ts';
import { isPluginError, PluginError } from '../lib/errors.ts';
import type { CommandOutput } from './command.ts';
import type { Environment } from './flags/environment.ts';

/** Argument with which the program starts in a thread. */
export const threadArgument = '--in-thread';

/** Together with the main thread, below 300 MB. */
const resourceLimits = { maxOldGenerationSizeMb: 144, maxYoungGenerationSizeMb: 8 };

/** The command has to be run again in a thread. */
export class ThreadNeeded extends Error {
  override readonly name = 'ThreadNeeded';
  readonly deadlineMs: number;

  constructor(deadlineMs: number) {
    super('the files from Git are too large for the main thread');
    this.deadlineMs = deadlineMs;
  }
}

/** Inputs of the thread. */
export interface ThreadInputs {
  readonly args: readonly string[];
  readonly environment: Environment;
}

/** Messages of the thread: its current stage, and finally its result. */
export type ThreadMessage =
  | { readonly stage: string }
  | { readonly output: CommandOutput }
  | { readonly failure: { readonly code: ErrorCode; readonly message: string; readonly hint: string } }
  | { readonly bug: { readonly message: string; readonly stack: string } };

/**
 * Runs a command in a thread, which is terminated at the deadline whatever it is doing. Fails with DEADLINE_EXCEEDED
 * and WORK_TOO_LARGE, naming the current stage, and as the command does.
 */
export async function runInThread(inputs: ThreadInputs, deadlineMs: number, elapsedMs: number): Promise<CommandOutput> {
  const { promise, resolve, reject } = Promise.withResolvers<CommandOutput>();
  const { Worker } = await import('node:worker_threads');
  const { onStage, ...environment } = inputs.environment;
  const workerData = { ...inputs, environment };
  const worker = new Worker(programFile(), { argv: [threadArgument], workerData, resourceLimits });
  let stage = 'starting';
  const timer = setTimeout(
    () => {
      reject(deadlineExceeded(deadlineMs, stage));
    },
    Math.max(0, deadlineMs - elapsedMs),
  );
  worker.on('message', (message: ThreadMessage) => {
    if ('stage' in message) {
      ({ stage } = message);
      onStage?.(stage);
    } else if ('output' in message) resolve(message.output);
    else reject(errorOf(message));
  });
  worker.on('error', (error: NodeJS.ErrnoException) => {
    reject(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? workTooLarge(stage) : error);
  });
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    await worker.terminate();
  }
}

/** Runs the command inside the thread. */
export async function answerInThread(
  work: (inputs: ThreadInputs) => Promise<CommandOutput>,
  { args, environment }: ThreadInputs,
  say: (message: ThreadMessage) => void,
): Promise<void> {
  const onStage = (stage: string): void => {
    say({ stage });
  };
  try {
    say({ output: await work({ args, environment: { ...environment, inThread: true, onStage } }) });
  } catch (error) {
    if (isPluginError(error)) say({ failure: { code: error.code, message: error.message, hint: error.hint } });
    else say({ bug: { message: String(error), stack: error instanceof Error ? (error.stack ?? '') : '' } });
  }
}

/** In the bundle, the single file that contains all of the program. */
function programFile(): string {
  const isBundled = !import.meta.filename.endsWith('.ts');
  return isBundled ? import.meta.filename : join(import.meta.dirname, '../main.ts');
}

function errorOf(message: Extract<ThreadMessage, { failure: unknown } | { bug: unknown }>): Error {
  if ('failure' in message) {
    const { code, message: text, hint } = message.failure;
    return new PluginError(code, text, { hint });
  }
  return Object.assign(new Error(message.bug.message), { stack: message.bug.stack });
}

function deadlineExceeded(deadlineMs: number, stage: string): PluginError {
  return new PluginError(
    'DEADLINE_EXCEEDED',
    `not finished within ${String(deadlineMs / 1000)} s: ended while ${stage}`,
    {
      hint: 'make the files smaller, or set a longer --deadline',
    },
  );
}

function workTooLarge(stage: string): PluginError {
  const { maxOldGenerationSizeMb: limit } = resourceLimits;
  return new PluginError('WORK_TOO_LARGE', `takes more than ${String(limit)} MB of memory: ended while ${stage}`, {
    hint: 'make the files smaller, or narrow spec.discovery.namespaces',
  });
}
