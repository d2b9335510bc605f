import { spawn } from 'node:child_process';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { PluginError, codeOf } from '../../lib/errors.ts';
import type { GitResult } from './git-errors.ts';
import { gitFailure } from './git-errors.ts';

/** Limits of one run of git. */
export interface GitLimits {
  /** Size of the folder that git writes into, in bytes. */
  readonly folderBytes: number;
  /** Ends every command; usually a timeout. */
  readonly signal: AbortSignal;
}

/** One command of git. */
export interface GitCommand {
  readonly args: readonly string[];
  readonly input?: string;
  /** Added to the environment. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Limit of its output, in bytes. */
  readonly maxOutput?: number;
  /** Set to return the output of a failed command instead of throwing. */
  readonly mayFail?: boolean;
}

const maxStderr = 16 * 1024;
const defaultMaxOutput = 4 * 1024 * 1024;
/** Interval for checking the folder's size while git may download. */
const watchEveryMs = 100;

/** Runs the system's git in one folder, with an environment independent of the machine and of the repository. */
export class GitProcess {
  readonly #folder: string;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #limits: GitLimits;

  constructor(folder: string, environment: Readonly<Record<string, string>>, limits: GitLimits) {
    this.#folder = folder;
    this.#environment = environment;
    this.#limits = limits;
  }

  /**
   * Runs one command. Fails with GIT_MISSING, GIT_UNREACHABLE (also on a timeout), GIT_UNAUTHORIZED, GIT_FAILED, and
   * with REPOSITORY_TOO_LARGE if the folder or the output exceeds its limit.
   */
  async run(command: GitCommand): Promise<GitResult> {
    const result = await this.#spawn(command);
    if (result.status !== 0 && command.mayFail !== true) throw gitFailure(command.args, result);
    return result;
  }

  async #spawn({ args, input, variables, maxOutput = defaultMaxOutput }: GitCommand): Promise<GitResult> {
    const { signal, folderBytes } = this.#limits;
    if (signal.aborted) throw timedOut(args);
    const child = spawn('git', args, {
      cwd: this.#folder,
      env: { ...this.#environment, ...variables },
      stdio: ['pipe', 'pipe', 'pipe'],
      // A process group, to also end ssh and the helpers that git starts.
      detached: true,
    });
    const stopped: PluginError[] = [];
    const stop = (reason: PluginError): void => {
      stopped.push(reason);
      killGroup(child.pid);
    };
    const stdout = collected(child.stdout, maxOutput, () => {
      stop(tooMuch(args, maxOutput));
    });
    const stderr = lastOf(child.stderr, maxStderr);
    // Git may end before it has read everything.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input ?? '');
    const onAbort = (): void => {
      stop(timedOut(args));
    };
    signal.addEventListener('abort', onAbort);
    const watch = setInterval(() => {
      void sizeOf(this.#folder, folderBytes).then((bytes) => {
        if (bytes > folderBytes) stop(tooLarge(folderBytes));
      });
    }, watchEveryMs);
    try {
      const status = await ended(child);
      const [reason] = stopped;
      if (reason) throw reason;
      if ((await sizeOf(this.#folder, folderBytes)) > folderBytes) throw tooLarge(folderBytes);
      return { status, stdout: stdout(), stderr: stderr() };
    } finally {
      clearInterval(watch);
      signal.removeEventListener('abort', onAbort);
    }
  }
}

/** Returns a function for the text so far. Calls `onTooMuch` once the text exceeds the limit, and discards the rest. */
function collected(stream: Readable, maxBytes: number, onTooMuch: () => void): () => string {
  const chunks: Buffer[] = [];
  let bytes = 0;
  stream.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= maxBytes) chunks.push(chunk);
    else onTooMuch();
  });
  return () => Buffer.concat(chunks).toString('utf8');
}

/** Returns a function for the last bytes of the text so far: a server may print much before git says what is wrong. */
function lastOf(stream: Readable, maxBytes: number): () => string {
  let last = Buffer.alloc(0);
  stream.on('data', (chunk: Buffer) => {
    last = Buffer.concat([last, chunk]).subarray(-maxBytes);
  });
  return () => last.toString('utf8');
}

async function ended(child: ReturnType<typeof spawn>): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  child.on('error', (error) => {
    reject(
      codeOf(error) === 'ENOENT'
        ? new PluginError('GIT_MISSING', 'git is not installed here', {
            hint: 'install git 2.34 or newer, or run the image that has it: docs/propose.md',
            cause: error,
          })
        : error,
    );
  });
  child.on('close', (status) => {
    resolve(status ?? 128);
  });
  return promise;
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has already ended.
  }
}

/** Bytes of the files in a folder, counted up to `enough`. */
async function sizeOf(folder: string, enough: number): Promise<number> {
  let bytes = 0;
  const open = [folder];
  for (let next = open.pop(); next !== undefined && bytes <= enough; next = open.pop()) {
    const entries = await readdir(next, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const path = join(next, entry.name);
      if (entry.isDirectory()) open.push(path);
      // Git renames and removes files in the meantime.
      else
        bytes += await stat(path).then(
          ({ size }) => size,
          () => 0,
        );
    }
  }
  return bytes;
}

function timedOut(args: readonly string[]): PluginError {
  return new PluginError('GIT_UNREACHABLE', `git ${args[0] ?? ''} did not finish before the deadline`, {
    hint: 'check that the repository can be reached from here, or set a longer --deadline',
  });
}

function tooLarge(bytes: number): PluginError {
  return new PluginError(
    'REPOSITORY_TOO_LARGE',
    `the newest commit of the repository takes more than ${String(bytes / 1024 / 1024)} MB`,
    { hint: 'propose to a smaller repository, or one whose server supports partial clones (uploadpack.allowFilter)' },
  );
}

function tooMuch(args: readonly string[], bytes: number): PluginError {
  return new PluginError(
    'REPOSITORY_TOO_LARGE',
    `git ${args[0] ?? ''} answers with more than ${String(Math.round(bytes / 1024))} KB`,
    { hint: 'propose to a smaller file, or to a smaller repository' },
  );
}
