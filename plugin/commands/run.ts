import { exitCode } from '../lib/errors.ts';
import type { Log } from '../lib/messages/log.ts';
import { commands } from './commands.ts';
import type { Environment } from './flags/environment.ts';
import { readAhead } from './flags/flags.ts';
import { commandHelp, programHelp } from './help/help.ts';
import { usage } from './flags/usage.ts';
import type { Command, CommandOutput } from './command.ts';
import { getOwn } from '../lib/json.ts';
import type { Progress } from './terminal/progress.ts';
import type { ThreadInputs } from './thread.ts';
import { runInThread, ThreadNeeded } from './thread.ts';
import { versionText } from './help/version.ts';

/** What one run reads and writes. Tests pass their own. */
export interface CliIo {
  readonly stdout: (text: string) => Promise<void>;
  readonly log: Log;
  /** Told about each stage, and when the stages end before anything is printed. */
  readonly progress?: (mode: 'verbose' | 'usual') => Pick<Progress, 'report' | 'end'>;
  readonly environment: Environment;
}

/** Most warnings printed in one run. */
const maxWarnings = 1_000;

/** Runs one command and returns the exit code. Prints to stdout once, at the very end, or not at all. */
export async function run(args: readonly string[], version: string, io: CliIo): Promise<number> {
  const startedAt = performance.now();
  const { isVerbose } = readAhead(args, everyOption);
  const progress = io.progress?.(isVerbose ? 'verbose' : 'usual');
  try {
    const inputs = { args, environment: { ...io.environment, onStage: progress?.report } };
    const {
      text,
      warnings,
      note,
      findsSomething = false,
    } = await runCommand(inputs, version).catch((error: unknown) => {
      if (!(error instanceof ThreadNeeded)) throw error;
      return runInThread(inputs, error.deadlineMs, performance.now() - startedAt);
    });
    progress?.end();
    await io.stdout(text);
    if (note !== undefined) io.log.note(note);
    for (const warning of warnings.slice(0, maxWarnings)) io.log.warning(warning);
    const more = warnings.length - maxWarnings;
    const [next] = warnings.slice(maxWarnings);
    if (next) io.log.warning({ ...next, message: `${next.message}; and ${String(more - 1)} more` });
    return findsSomething ? 1 : 0;
  } catch (error) {
    progress?.end();
    io.log.failure(error);
    return exitCode(error);
  }
}

/** Every flag of every command, by name: the value of a flag before the command is not the command. */
const everyOption = Object.assign({}, ...Object.values(commands).map(({ options }) => options)) as Command['options'];

/** Runs one command, and returns what it prints. Flags may precede or follow the command. */
export async function runCommand({ args, environment }: ThreadInputs, version: string): Promise<CommandOutput> {
  const { commandAt: index } = readAhead(args, everyOption);
  const name = args[index];
  const flags = args.filter((_, position) => position !== index);
  const asksForHelp = flags.includes('--help') || flags.includes('-h');
  if (name === undefined) return withoutCommand(flags, asksForHelp, version);
  if (name === 'version') return plain(versionText(version, process.versions.node));
  if (name === 'help') return plain(helpOf(flags[0]));
  if (asksForHelp) return plain(helpOf(name));
  return commandNamed(name).run(flags, { ...environment, version });
}

function withoutCommand(flags: readonly string[], asksForHelp: boolean, version: string): CommandOutput {
  if (asksForHelp || flags.length === 0) return plain(programHelp(commands));
  if (flags[0] === '--version') return plain(versionText(version, process.versions.node));
  throw usage.commandMissing();
}

function helpOf(name: string | undefined): string {
  return name === undefined ? programHelp(commands) : commandHelp(name, commandNamed(name));
}

function commandNamed(name: string): Command {
  const known = getOwn(commands, name);
  if (known) return known;
  throw usage.unknownCommand(name, Object.keys(commands));
}

/** Output without a warning. */
function plain(text: string): CommandOutput {
  return { text, warnings: [] };
}
