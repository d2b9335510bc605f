#!/usr/bin/env -S node --no-concurrent-recompilation --no-concurrent-sparkplug
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire, getCompileCacheDir } from 'node:module';
import { dirname, join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { constants, Script } from 'node:vm';

/**
 * Runs the bundle of the program. Where Node keeps compiled code (NODE_COMPILE_CACHE), that of all functions which one run has
 * used is kept there as well: Node's own cache has those alone that V8 compiles with the file, and every start compiles the
 * others anew, which is a sixth of the CPU time of a `generate`. `build` is that of the very bundle: V8 compares lengths alone.
 */
function start(bundle: string, build: string): void {
  const require = createRequire(bundle);
  const folder = getCompileCacheDir();
  if (folder === undefined) {
    require(bundle);
    return;
  }
  const kept = join(folder, `dynamic-toolset-${build}.bin`);
  const cachedData = read(kept);
  const before = '(function (exports, require, module, __filename, __dirname) {';
  // One byte for each character, which the build asserts.
  const script = new Script(`${before}${readFileSync(bundle, 'latin1')}\n})`, {
    filename: bundle,
    columnOffset: -before.length,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    ...(cachedData ? { cachedData } : {}),
  });
  // What was refused, by flags of V8 that differ, is left to those for whom it is right.
  if (!cachedData) {
    const flags = flagsOf(new Script(''));
    process.on('exit', () => {
      keep(script, kept, flags);
    });
  }
  const program = { exports: {} };
  const run = script.runInThisContext() as (...parts: readonly unknown[]) => void;
  run(program.exports, require, program, bundle, dirname(bundle));
}

function read(file: string): Buffer | null {
  try {
    return readFileSync(file);
  } catch {
    return null;
  }
}

/** V8's hash of its flags, in the head of compiled code (SerializedCodeData in its code-serializer.h). */
function flagsOf(script: Script): number {
  return script.createCachedData().readUInt32LE(12);
}

/**
 * In one step, for others may start meanwhile; a folder that may not be written is none to fail for. V8 takes code with the
 * flags alone that it was made with, which commands change: what the next start would refuse is not kept.
 */
function keep(script: Script, file: string, flags: number): void {
  try {
    // As it is by default: `generate` has changed nothing else.
    setFlagsFromString('--semi-space-growth-factor=2');
    if (flagsOf(new Script('')) !== flags) return;
    mkdirSync(dirname(file), { recursive: true });
    const own = `${file}.${String(process.pid)}`;
    writeFileSync(own, script.createCachedData(), { mode: 0o600 });
    renameSync(own, file);
  } catch {
    // The next start compiles again.
  }
}

declare const buildOfBundle: string;

start(join(import.meta.dirname, 'dynamic-toolset-program.cjs'), buildOfBundle);
