import packageJson from '../package.json' with { type: 'json' };
import { constants, readFileSync, readlinkSync, writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { setFlagsFromString } from 'node:v8';
import { jobVariables, machineVariables } from './commands/flags/environment.ts';
import { run, runCommand } from './commands/run.ts';
import type { ThreadInputs } from './commands/thread.ts';
import { Progress } from './commands/terminal/progress.ts';
import { traitsOf } from './commands/terminal/terminal.ts';
import { answerInThread, threadArgument } from './commands/thread.ts';
import { bugExitCode } from './lib/codes.ts';
import { PluginError, reasonOf } from './lib/errors.ts';
import { stderrLog } from './lib/messages/log.ts';

// A list of thousands of objects is garbage as soon as it is read. By default the heap for young objects would grow
// with it, and the process would take a quarter more memory without being faster.
setFlagsFromString('--semi-space-growth-factor=1');

function stderr(text: string): void {
  try {
    writeSync(2, text);
  } catch {
    // stderr is closed: only the exit code reports the failure.
  }
}

/** In Argo CD's plugin server a printed failure becomes the condition of the Application, which people read. */
const isPlugin = process.env.ARGOCD_APP_NAME !== undefined;
const log = stderrLog(stderr, isatty(2), isatty(2) || isPlugin);

function progress(mode: 'verbose' | 'usual'): Progress {
  if (mode === 'verbose') return new Progress(stderr, 'lines');
  return new Progress(stderr, isatty(2) ? 'terminal' : 'none', () => process.stderr.columns);
}

/** Resolves once the system has accepted everything: a full disk or a closed pipe must not look like success. */
async function stdout(text: string): Promise<void> {
  if (text !== '' && isClosed(1)) {
    throw new PluginError('OUTPUT_UNWRITABLE', 'stdout is closed, or a null device that is open for reading', {
      hint: 'check what reads the output; in a shell > /dev/null throws it away',
    });
  }
  try {
    await write(text);
  } catch (cause) {
    throw new PluginError('OUTPUT_UNWRITABLE', `stdout cannot be written: ${reasonOf(cause)}`, {
      hint: 'check what reads the output',
      cause,
    });
  }
}

/**
 * At startup, Node opens /dev/null for reading and writing in place of a closed descriptor. A shell's `>
 * /dev/null` is open for writing only.
 */
function isClosed(descriptor: number): boolean {
  try {
    if (readlinkSync(`/proc/self/fd/${String(descriptor)}`) !== '/dev/null') return false;
    const info = readFileSync(`/proc/self/fdinfo/${String(descriptor)}`, 'utf8');
    const [, flags = ''] = /^flags:\s*(\d+)/m.exec(info) ?? [];
    return (Number.parseInt(flags, 8) & (constants.O_WRONLY | constants.O_RDWR)) === constants.O_RDWR;
  } catch {
    // No /proc: not Linux.
    return false;
  }
}

/** Writes directly to the descriptor: creating `process.stdout` takes a twentieth of the whole run. */
async function write(text: string): Promise<void> {
  let rest: Uint8Array = Buffer.from(text);
  try {
    while (rest.length > 0) rest = rest.subarray(writeSync(1, rest));
  } catch (error) {
    // A full non-blocking pipe: the stream knows how to wait.
    if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error;
    await writeStream(rest);
  }
}

async function writeStream(bytes: Uint8Array): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  process.stdout.once('error', reject);
  process.stdout.write(bytes, (error) => {
    if (error) reject(error);
    else resolve(undefined);
  });
  await promise;
}

/** The environment variables with a prefix, by their names without it. */
function variables(prefix: string): Readonly<Record<string, string>> {
  const named = Object.entries(process.env).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(named.map(([name, value = '']) => [name.slice(prefix.length), value]));
}

const { KUBERNETES_SERVICE_HOST: apiServerHost, KUBERNETES_SERVICE_PORT: apiServerPort = '443' } = process.env;

const environment = {
  project: process.env.ARGOCD_APP_PROJECT_NAME,
  sourcePath: process.env.ARGOCD_APP_SOURCE_PATH,
  argoCdApplication: process.env.ARGOCD_APP_NAME,
  application: { parameters: process.env.ARGOCD_APP_PARAMETERS, variables: variables('ARGOCD_ENV_') },
  defaultKubeconfig: process.env.KUBECONFIG,
  apiServer: apiServerHost === undefined ? null : { host: apiServerHost, port: apiServerPort },
  variables: { ...process.env },
  job: Object.fromEntries(jobVariables.map((name) => [name, process.env[name]])),
  machine: Object.fromEntries(machineVariables.map((name) => [name, process.env[name]])),
  terminal: traitsOf(isatty(1) ? process.stdout.columns : undefined, process.env),
};

async function start(): Promise<void> {
  const args = process.argv.slice(2);
  // Loaded only where needed: it would cost `generate` time.
  const thread = args[0] === threadArgument ? await import('node:worker_threads') : null;
  if (thread?.parentPort) {
    const { parentPort } = thread;
    await answerInThread(
      (inputs) => runCommand(inputs, packageJson.version),
      thread.workerData as ThreadInputs,
      (message) => {
        parentPort.postMessage(message);
      },
    );
    return;
  }
  // For Node, a process with nothing left to wait for has succeeded, and Argo CD would take that for an empty output.
  process.once('beforeExit', () => {
    log.failure(new Error('the run stopped before it was done'));
    process.exit(bugExitCode);
  });
  const code = await run(args, packageJson.version, { stdout, log, environment, progress });
  // Not `process.exitCode`: Argo CD must not have to wait for an exec plugin or a connection that still hangs.
  process.exit(code);
}

void start();
