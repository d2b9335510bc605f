import fc from 'fast-check';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cpuBound, cpuMs } from '../support/cpu-time.ts';

/** One part of the program that reads foreign data. An input is plain JSON, so that it can be printed and stored. */
export interface Target<Input> {
  readonly name: string;
  /** What holds for every input, as the title of a test. */
  readonly law: string;
  readonly inputs: fc.Arbitrary<Input>;
  /** Rejects if the law does not hold. */
  readonly check: (input: Input) => Promise<void>;
}

/** Options of one run; `npm run fuzz` passes them in the environment. */
interface RunOptions {
  /** Without it, a run ends after a fixed number of inputs, always the same ones. */
  readonly seconds: number | undefined;
  readonly seed: number;
  /** Path of a single input to run, as printed by a failure. */
  readonly path: string | undefined;
  /** Name under which a failing input is stored. */
  readonly save: string | undefined;
}

export const variables = { seconds: 'FUZZ_SECONDS', seed: 'FUZZ_SEED', path: 'FUZZ_PATH', save: 'FUZZ_SAVE' } as const;

/** Inputs per seed: further ones use the next seed, so that a seed alone reproduces a failure. */
const inputsPerSeed = 100;
const seedsInTests = 4;
const firstSeedInTests = 1;
/** An endless run counts as hung after this time. */
const maxSecondsInTests = 300;
/** Most attempts to shrink a counterexample. */
const maxShrinks = 500;
/** CPU time limit of one input: far above what any input takes. */
const maxCpuMs = 3_000;
/** Characters of a counterexample that are printed. */
const maxShown = 4_000;

/**
 * The test of a target: first the inputs that once failed, then generated ones, either a fixed set or new ones until
 * the time is up.
 */
export function fuzz<Input>(target: Target<Input>): void {
  it(target.law, async function () {
    const options = optionsOf(process.env);
    this.timeout(((options.seconds ?? 0) + maxSecondsInTests) * 1_000);
    for (const { file, input } of storedInputs(target.name)) {
      await checkBounded(target, input as Input).catch((cause: unknown) => {
        throw new Error(`the stored input ${file} fails again`, { cause });
      });
    }

    const { runs, seed, failure } = await run(target, options);

    if (failure) throw new Error(failureText(target.name, failure, options), { cause: failure.errorInstance });
    process.stdout.write(`  fuzz ${target.name}: ${runs} inputs, seeds ${options.seed} to ${seed}\n`);
  });
}

interface Outcome<Input> {
  readonly runs: number;
  /** Seed of the last inputs. */
  readonly seed: number;
  readonly failure: fc.RunDetails<[Input]> | null;
}

async function run<Input>(target: Target<Input>, { seconds, seed: first, path }: RunOptions): Promise<Outcome<Input>> {
  const end = seconds === undefined ? Infinity : performance.now() + seconds * 1_000;
  const inputs = fc.limitShrink(target.inputs, maxShrinks);
  const state = { isOver: false, hasFailed: false, runs: 0 };
  const property = fc.asyncProperty(inputs, async (made) => {
    // In stored form: plain JSON, whatever the arbitraries generated.
    const input = JSON.parse(JSON.stringify(made)) as Input;
    state.isOver = path === undefined && !state.hasFailed && performance.now() > end;
    if (state.isOver) return;
    state.runs += 1;
    try {
      await checkBounded(target, input);
    } catch (error) {
      // From now on, smaller inputs are searched for, regardless of the time.
      state.hasFailed = true;
      throw error;
    }
  });
  for (let seed = first; ; seed += 1) {
    const one = path === undefined ? { numRuns: inputsPerSeed } : { path, numRuns: 1 };
    const details = await fc.check(property, { seed, ...one });
    if (details.failed) return { runs: state.runs, seed, failure: details };
    const isLast = state.isOver || path !== undefined || (seconds === undefined && seed === first + seedsInTests - 1);
    if (isLast) return { runs: state.runs, seed, failure: null };
  }
}

/** The law of the target, and what holds for all targets: bounded work, and no change to the prototype of objects. */
async function checkBounded<Input>(target: Target<Input>, input: Input): Promise<void> {
  const start = cpuMs();
  await target.check(input);
  const spent = cpuMs() - start;
  if (spent > cpuBound(maxCpuMs)) throw new Error(`took ${Math.round(spent)} ms of CPU, more than ${maxCpuMs}`);
  for (const [index, owner] of shared.entries()) {
    const added = Reflect.ownKeys(owner).filter((key) => !sharedKeys[index]!.has(key));
    if (added.length > 0) throw new Error(`added ${added.map(String).join(', ')} to the prototype of all objects`);
  }
}

const shared: readonly object[] = [Object.prototype, Array.prototype, Function.prototype, String.prototype, Object];
const sharedKeys = shared.map((owner) => new Set(Reflect.ownKeys(owner)));

function optionsOf(env: NodeJS.ProcessEnv): RunOptions {
  const { [variables.seconds]: seconds, [variables.seed]: seed, [variables.path]: path, [variables.save]: save } = env;
  const seedWithout = seconds === undefined ? firstSeedInTests : Math.floor(Math.random() * 2 ** 30);
  return {
    seconds: seconds === undefined ? undefined : Number(seconds),
    seed: seed === undefined ? seedWithout : Number(seed),
    path,
    save,
  };
}

function failureText<Input>(name: string, failure: fc.RunDetails<[Input]>, { save }: RunOptions): string {
  const { seed, counterexamplePath, counterexample, errorInstance, numRuns, numShrinks } = failure;
  const text = JSON.stringify(counterexample?.[0], null, 1);
  if (save !== undefined) store(name, save, text);
  const again = `npm run fuzz -- ${name} --seed ${seed} --path ${counterexamplePath ?? ''}`;
  return [
    `${name}: ${errorInstance instanceof Error ? errorInstance.message : String(errorInstance)}`,
    `input ${numRuns} of seed ${seed}, made smaller ${numShrinks} times:`,
    text.length > maxShown ? `${text.slice(0, maxShown)}… (${text.length} characters)` : text,
    `repeat it: ${again}`,
    `store it for every later run: ${again} --save NAME`,
  ].join('\n');
}

function store(target: string, name: string, text: string): void {
  const folder = join(foundFolder, target);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.json`), `${text}\n`);
}

/** Inputs that once failed: one folder per target, one JSON file per input. */
const foundFolder = join(import.meta.dirname, 'found');

function storedInputs(target: string): readonly { readonly file: string; readonly input: unknown }[] {
  const folder = join(foundFolder, target);
  if (!existsSync(folder)) return [];
  return readdirSync(folder).map((file) => ({
    file,
    input: JSON.parse(readFileSync(join(folder, file), 'utf8')) as unknown,
  }));
}
