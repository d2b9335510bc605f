import { exitCode } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import type { Environment, FlagName, Flags } from './flags/flags.ts';
import { parseFlags } from './flags/flags.ts';
import { parseServeFlags, serveHelp } from './flags/serve-flags.ts';
import { usage } from './flags/usage.ts';
import type { Command, CommandOutput } from './command.ts';
import { getOwn } from '../lib/json.ts';
import type { ThreadInputs } from './thread.ts';
import { runInThread, ThreadNeeded } from './thread.ts';

/** What one run reads and writes. Tests pass their own. */
export interface CliIo {
  readonly stdout: (text: string) => Promise<void>;
  readonly log: Log;
  readonly environment: Environment;
}

/** A command whose code is loaded when it is run, after its flags are read: none pays for the imports of another. */
function command<F>(
  summary: string,
  flags: (args: readonly string[], environment: Environment) => F,
  load: () => Promise<(flags: F) => Promise<CommandOutput>>,
): Command {
  return {
    summary,
    run: async (args, environment) => {
      const parsed = flags(args, environment);
      return (await load())(parsed);
    },
  };
}

/** The flags that every command about one Application takes, and these of its own. */
function withFlags(
  own: readonly FlagName[],
  maxOperands = 0,
): (args: readonly string[], environment: Environment) => Flags {
  return (args, environment) => parseFlags(args, own, maxOperands, environment);
}

const commands: Readonly<Record<string, Command>> = {
  generate: command(
    'print the ConfigMap manifest, for Argo CD',
    withFlags([]),
    async () => (await import('./generate.ts')).generate,
  ),
  explain: command(
    'say what was found, taken and left out, and why: [-o table|json] [--all] [SERVICE [--report]] [--toolset NAME]',
    withFlags(['output', 'all', 'toolset', 'report'], 1),
    async () => (await import('./explain/explain.ts')).explain,
  ),
  validate: command(
    'check the files in Git without a cluster: [-o text|json|github] [DIR|FILE…]',
    withFlags(['output'], Infinity),
    async () => (await import('./validate.ts')).validate,
  ),
  diff: command(
    'say what would change in the live ConfigMap: [-o text|json|markdown] [--against DIR]',
    withFlags(['output', 'against']),
    async () => (await import('./diff/diff.ts')).diff,
  ),
  adopt: command(
    'print the overrides.yaml that makes hand edits of the live ConfigMap last: [--write] [--keep-discovered]',
    withFlags(['write', 'keep-discovered']),
    async () => (await import('./adopt.ts')).adopt,
  ),
  parameters: command(
    'announce to Argo CD what an Application may set, with the values in force',
    withFlags([]),
    async () => (await import('./parameters.ts')).parameters,
  ),
  snapshot: command(
    'record what discovery reads of the cluster, for --snapshot',
    withFlags([]),
    async () => (await import('./snapshot/snapshot.ts')).snapshot,
  ),
  doctor: command(
    'look for what is wrong between Git and the consumer: [-o text|json] [--argocd-namespace NAME] [--skip CHECK]',
    withFlags(['output', 'argocd-namespace', 'skip']),
    async () => (await import('./doctor.ts')).doctor,
  ),
  serve: {
    ...command(
      'watch the cluster and have Argo CD refresh and sync what is behind: serve --help',
      parseServeFlags,
      async () => (await import('./serve.ts')).serve,
    ),
    help: serveHelp,
  },
};

/** Warnings of one run that are printed. */
const maxWarnings = 1_000;

/** Runs one command and answers the exit code. Prints to stdout once, at the very end, or not at all. */
export async function run(args: readonly string[], version: string, io: CliIo): Promise<number> {
  const startedAt = performance.now();
  try {
    const inputs = { args, environment: io.environment };
    const {
      text,
      warnings,
      findsSomething = false,
    } = await runCommand(inputs, version).catch((error: unknown) => {
      if (!(error instanceof ThreadNeeded)) throw error;
      return runInThread(inputs, error.deadlineMs, performance.now() - startedAt);
    });
    await io.stdout(text);
    for (const warning of warnings.slice(0, maxWarnings)) io.log.warning(warning);
    const more = warnings.length - maxWarnings;
    const [next] = warnings.slice(maxWarnings);
    if (next) io.log.warning({ ...next, message: `${next.message}; and ${String(more - 1)} more` });
    return findsSomething ? 1 : 0;
  } catch (error) {
    io.log.failure(error);
    return exitCode(error);
  }
}

/** Runs one command, and answers what it prints. */
export async function runCommand(
  { args: [name, ...args], environment }: ThreadInputs,
  version: string,
): Promise<CommandOutput> {
  if (name === undefined || name === 'help' || name === '-h' || name === '--help') return plain(help());
  if (name === '--version' || name === 'version') return plain(`${version}\n`);
  const known = getOwn(commands, name);
  if (args.includes('--help') || args.includes('-h')) return plain((known?.help ?? help)());
  if (!known) throw usage.unknownCommand(name, Object.keys(commands));
  return known.run(args, { ...environment, version });
}

/** Output without a warning. */
function plain(text: string): CommandOutput {
  return { text, warnings: [] };
}

function help(): string {
  const list = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(10)} ${summary}\n`);
  return `dynamic-toolset discovers observability backends and prints the toolset ConfigMap of an AI troubleshooting agent.

Usage: dynamic-toolset COMMAND [flags]

Commands:
${list.join('')}
Flags:
  --path DIR          folder with toolset.yaml and overrides.yaml (default: the working directory)
  --snapshot FILE|-   a recorded cluster instead of a live one: kubectl get svc,endpointslices,ns,cm -A -o yaml
  --kubeconfig FILE   default: KUBECONFIG, ~/.kube/config, then the Pod's service account
  --context NAME      context of the kubeconfig
  --policy FILE       which namespaces each Argo CD project may see; owned by the platform, not by Git
  --project NAME      the project that the policy is applied to (default: ARGOCD_APP_PROJECT_NAME)
  --check KIND        health check: http, readiness or none (default: as toolset.yaml says; readiness with --snapshot)
  --deadline TIME     give up after this time, such as 45s (default)

Exit codes: 0 done, 1 found something (validate, diff, adopt, doctor), 2 usage or settings, 3 forbidden by the cluster, 4 unreachable or too slow, 5 output refused, 70 a bug.
`;
}
