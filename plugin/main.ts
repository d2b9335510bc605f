#!/usr/bin/env node
import { writeSync } from 'node:fs';
import packageJson from '../package.json' with { type: 'json' };
import { run } from './commands/run.ts';
import { PluginError } from './errors.ts';
import { stderrLog } from './log.ts';

const log = stderrLog((text) => {
  try {
    writeSync(2, text);
  } catch {
    // Nobody reads stderr: the exit code has to say it all.
  }
}, process.stderr.isTTY);

/** Resolves once everything has been handed to the system, so that a full disk or a closed pipe is no success. */
function stdout(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (cause: Error): void => {
      reject(
        new PluginError('OUTPUT_UNWRITABLE', `stdout cannot be written: ${cause.message}`, {
          hint: 'check what reads the output',
          cause,
        }),
      );
    };
    process.stdout.once('error', fail);
    process.stdout.write(text, (error) => {
      if (error) fail(error);
      else resolve();
    });
  });
}

void run(process.argv.slice(2), packageJson.version, { stdout, log }).then((code) => {
  // Not `process.exitCode`: an exec plugin or a connection that still hangs must not keep Argo CD waiting.
  process.exit(code);
});
