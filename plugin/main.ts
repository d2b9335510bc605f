#!/usr/bin/env node
import packageJson from '../package.json' with { type: 'json' };
import { writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { setFlagsFromString } from 'node:v8';
import { run } from './commands/run.ts';
import { PluginError, reasonOf } from './lib/errors.ts';
import { stderrLog } from './lib/log.ts';

// A list of thousands of objects is garbage as soon as it is read: without this the heap for young objects grows with
// it, and the process takes a quarter more memory for no time won.
setFlagsFromString('--semi-space-growth-factor=1');

const log = stderrLog((text) => {
  try {
    writeSync(2, text);
  } catch {
    // stderr is closed: the exit code alone reports the failure.
  }
}, isatty(2));

/** Resolves once everything has been handed to the system, so that a full disk or a closed pipe is no success. */
async function stdout(text: string): Promise<void> {
  try {
    await write(text);
  } catch (cause) {
    throw new PluginError('OUTPUT_UNWRITABLE', `stdout cannot be written: ${reasonOf(cause)}`, {
      hint: 'check what reads the output',
      cause,
    });
  }
}

/** Straight to the descriptor: making `process.stdout` takes a twentieth of the whole run. */
async function write(text: string): Promise<void> {
  let rest: Uint8Array = Buffer.from(text);
  try {
    while (rest.length > 0) rest = rest.subarray(writeSync(1, rest));
  } catch (error) {
    // A pipe that does not block and is full: the stream knows how to wait.
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

/** Those of the environment with a prefix, without it. */
function variables(prefix: string): Readonly<Record<string, string>> {
  const named = Object.entries(process.env).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(named.map(([name, value = '']) => [name.slice(prefix.length), value]));
}

const environment = {
  project: process.env.ARGOCD_APP_PROJECT_NAME,
  sourcePath: process.env.ARGOCD_APP_SOURCE_PATH,
  application: { parameters: process.env.ARGOCD_APP_PARAMETERS, variables: variables('ARGOCD_ENV_') },
  kubeconfig: process.env.KUBECONFIG,
  columns: isatty(1) ? process.stdout.columns : undefined,
};

void run(process.argv.slice(2), packageJson.version, { stdout, log, environment }).then((code) => {
  // Not `process.exitCode`: an exec plugin or a connection that still hangs must not keep Argo CD waiting.
  process.exit(code);
});
