#!/usr/bin/env node
import { fstatSync, writeFileSync, writeSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import packageJson from '../package.json' with { type: 'json' };
import { run } from './commands/run.ts';
import { PluginError } from './errors.ts';
import { stderrLog } from './log.ts';

// A list of thousands of objects is garbage as soon as it is read: without this the heap for young objects grows with
// it, and the process takes a quarter more memory for no time won.
setFlagsFromString('--semi-space-growth-factor=1');

const log = stderrLog((text) => {
  try {
    writeSync(2, text);
  } catch {
    // Nobody reads stderr: the exit code has to say it all.
  }
}, process.stderr.isTTY);

/** Resolves once everything has been handed to the system, so that a full disk or a closed pipe is no success. */
async function stdout(text: string): Promise<void> {
  try {
    await write(text);
  } catch (cause) {
    throw new PluginError('OUTPUT_UNWRITABLE', `stdout cannot be written: ${(cause as Error).message}`, {
      hint: 'check what reads the output',
      cause,
    });
  }
}

async function write(text: string): Promise<void> {
  // To `process.stdout`, a file that takes but a part of it, for the disk is full, has taken the whole.
  if (fstatSync(1).isFile()) {
    writeFileSync(1, text);
    return;
  }
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  process.stdout.once('error', reject);
  process.stdout.write(text, (error) => {
    if (error) reject(error);
    else resolve(undefined);
  });
  await promise;
}

const world = {
  project: process.env.ARGOCD_APP_PROJECT_NAME,
  columns: process.stdout.isTTY ? process.stdout.columns : undefined,
};

void run(process.argv.slice(2), packageJson.version, { stdout, log, world }).then((code) => {
  // Not `process.exitCode`: an exec plugin or a connection that still hangs must not keep Argo CD waiting.
  process.exit(code);
});
