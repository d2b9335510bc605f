import { spawn } from 'node:child_process';
import { openSync } from 'node:fs';

/** What one run of one command cost. `peakMB` is that of its largest process, `cpuMs` is of all its processes. */
export interface Cost {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly peakMB: number;
}

/** Linux numbers of clock_gettime and getrusage. */
const systemCalls: Readonly<Record<string, readonly [clock: number, usage: number]>> = {
  x64: [228, 98],
  arm64: [113, 165],
};

/**
 * Node cannot ask for the resource usage of a child. Perl can by a bare system call, and perl-base is in every Debian,
 * the slim images included, where GNU time and Python are not.
 */
const wrapper = `
my ($clock, $usage, @command) = @ARGV;
my ($start, $end, $used) = ("\\0" x 16, "\\0" x 16, "\\0" x 144);
syscall($clock, 1, $start);
my $status = system { $command[0] } @command;
syscall($clock, 1, $end);
syscall($usage, -1, $used);
my ($s, $sn) = unpack("q2", $start);
my ($e, $en) = unpack("q2", $end);
my @u = unpack("q5", $used);
open(my $out, ">&=", 3) or die;
printf $out "%d %.3f %.3f %d\\n", $status, ($e - $s) * 1e3 + ($en - $sn) / 1e6, ($u[0] + $u[2]) * 1e3 + ($u[1] + $u[3]) / 1e3, $u[4];
`;

/** What `timeout` ends with where it had to end the command. */
const timedOut = 124;

let discarded: number | undefined;

/**
 * Runs a command to its end with its output thrown away. A command that fails is an error: its time means nothing.
 * What starts it, `through`, is not measured.
 */
export async function measure(
  command: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  through: readonly string[] = [],
): Promise<Cost> {
  const { errors, ending } = await measureCommand(command, environment, through);
  if (ending?.code !== 0 || ending.isKilled) throw new Error(`${command.join(' ')} failed: ${errors}`);
  return ending;
}

/** The cost of a run, however it ended. */
export interface Ending extends Cost {
  readonly code: number;
  /** Whether it had not ended in the time that it was given. */
  readonly isKilled: boolean;
}

/** The same for a command that may fail, and is ended by SIGTERM after some seconds: `timeout` waits for it then. */
export async function measureEnding(command: readonly string[], seconds: number): Promise<Ending> {
  const { errors, ending } = await measureCommand(['/usr/bin/timeout', String(seconds), ...command], {});
  if (!ending) throw new Error(`${command.join(' ')} was not measured: ${errors}`);
  return ending;
}

async function measureCommand(
  command: readonly string[],
  environment: Readonly<Record<string, string>>,
  through: readonly string[] = [],
): Promise<{ readonly errors: string; readonly ending: Ending | null }> {
  const calls = process.platform === 'linux' ? systemCalls[process.arch] : undefined;
  if (!calls)
    throw new Error(`the benchmark measures on Linux (x64, arm64), not on ${process.platform} ${process.arch}`);
  // Not `ignore`: the program takes a null device that is open for reading for a closed stdout.
  discarded ??= openSync('/dev/null', 'w');
  const [program = '', ...args] = [...through, 'perl', '-e', wrapper, ...calls.map(String), ...command];
  const child = spawn(program, args, {
    env: { ...process.env, ...environment },
    stdio: ['ignore', discarded, 'pipe', 'pipe'],
  });
  const [, , stderr, report] = child.stdio;
  const [errors, line] = await Promise.all([textOf(stderr), textOf(report)]);
  const [status, wallMs, cpuMs, peakKB] = line.split(' ').map(Number);
  const isMeasured = status !== undefined && wallMs !== undefined && cpuMs !== undefined && peakKB !== undefined;
  if (!isMeasured) return { errors: errors.trim() || line, ending: null };
  const code = status >> 8;
  const isKilled = code === timedOut;
  return { errors: errors.trim() || line, ending: { wallMs, cpuMs, peakMB: peakKB / 1024, code, isKilled } };
}

export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

/** The smallest number that so much of them, such as 0.95, does not exceed. */
export function quantile(numbers: readonly number[], part: number): number {
  return numbers.toSorted((a, b) => a - b)[Math.ceil(numbers.length * part) - 1] ?? Number.NaN;
}

/** How long something takes as a rule, and at its worst but for one in twenty. */
export interface Spread {
  readonly medianMs: number;
  readonly p95Ms: number;
}

export function spread(samples: readonly number[]): Spread {
  return { medianMs: median(samples), p95Ms: quantile(samples, 0.95) };
}

async function textOf(stream: unknown): Promise<string> {
  let text = '';
  for await (const chunk of stream as AsyncIterable<Buffer>) text += chunk.toString();
  return text;
}
