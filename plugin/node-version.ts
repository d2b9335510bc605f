import { writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { exitCodes } from './lib/codes.ts';

/** Whether a Node is older than `engines.node` of package.json says, such as `>=22.20`. */
export function isTooOld(current: string, needed: string): boolean {
  const [major = 0, minor = 0] = numbersIn(current);
  const [neededMajor = 0, neededMinor = 0] = numbersIn(needed);
  return major < neededMajor || (major === neededMajor && minor < neededMinor);
}

/**
 * Ends the process on a Node that is too old, with one line. build.ts puts the call before everything else of the
 * program, which would otherwise fail at the first function that this Node lacks.
 */
export function assertNodeVersion(needed: string): void {
  const current = process.versions.node;
  if (!isTooOld(current, needed)) return;
  const code = 'NODE_TOO_OLD';
  const message = `Node.js ${current} is too old: dynamic-toolset needs ${needed}`;
  const hint = 'install a newer Node.js, or use the container image';
  const line = isatty(2) ? `${message}; ${hint} (${code})` : JSON.stringify({ level: 'error', code, message, hint });
  writeSync(2, `${line}\n`);
  process.exit(exitCodes[code]);
}

function numbersIn(version: string): number[] {
  return version
    .replace(/^[^0-9]+/, '')
    .split('.')
    .map(Number);
}
