import type { Command, CommandOutput, Example } from './command.ts';
import type { Environment } from './flags/environment.ts';
import type { Flags } from './flags/flags.ts';
import { parseFlags } from './flags/flags.ts';
import type { FlagName, Option } from './flags/options.ts';
import { clusterFlags, discoveryFlags, options } from './flags/options.ts';
import { parseProposeFlags, proposeOptions } from './flags/propose-flags.ts';
import { parseServeFlags, serveOptions } from './flags/serve-flags.ts';

/**
 * A command about one Application; its code is loaded when it runs, after its flags have been read. It can read the
 * flags that it names, and no others.
 */
interface Spec<Name extends FlagName, Format extends string> {
  readonly summary: string;
  readonly details?: string;
  readonly operands?: { readonly usage: string; readonly max: number };
  readonly flags: readonly Name[];
  /** Values of --output, the default first. */
  readonly formats?: readonly Format[];
  readonly examples: readonly Example[];
  readonly load: () => Promise<(flags: AcceptedFlags<Name, Format>) => Promise<CommandOutput>>;
}

type AcceptedFlags<Name extends FlagName, Format extends string> = Flags<Name> & { readonly output: Format };

function command<const Name extends FlagName, const Format extends string = never>({
  summary,
  details,
  operands,
  flags,
  formats,
  examples,
  load,
}: Spec<Name, Format>): Command {
  const picked = Object.fromEntries(
    Object.entries<Option>(options).filter(([name]) => flags.some((one) => one === name)),
  );
  const own = formats ? { output: outputOf(formats), ...picked } : picked;
  return {
    summary,
    ...(details === undefined ? {} : { details }),
    ...(operands ? { operands: operands.usage } : {}),
    options: own,
    examples,
    run: async (args: readonly string[], environment: Environment) => {
      const parsed: unknown = parseFlags(args, own, environment, operands?.max);
      return (await load())(parsed as AcceptedFlags<Name, Format>);
    },
  };
}

function outputOf(formats: readonly string[]): Option {
  const [first = ''] = formats;
  return { ...options.output, values: formats, default: first };
}

/** Every command, in the order of help. */
export const commands: Readonly<Record<string, Command>> = {
  generate: command({
    summary: 'print the ConfigMap manifest, for Argo CD',
    details: 'The manifest is printed once, at the end, or not at all.',
    flags: discoveryFlags,
    examples: [
      { about: 'what Argo CD would get from the current folder', args: 'generate' },
      { about: 'the same from a recorded cluster', args: 'generate --path my-app --snapshot cluster.yaml' },
    ],
    load: async () => (await import('./generate.ts')).generate,
  }),
  explain: command({
    summary: 'show what was found, used and left out, and why',
    details:
      'SERVICE is a name or NAMESPACE/NAME, explained in full. -n, --decision and --product only filter what is shown: discovery is the same.',
    operands: { usage: '[SERVICE]', max: 1 },
    flags: [
      ...(['namespace', 'all-namespaces', 'decision', 'product', 'sort-by', 'all', 'toolset', 'report'] as const),
      ...discoveryFlags,
    ],
    formats: ['table', 'wide', 'json', 'yaml', 'csv'],
    examples: [
      { about: 'every candidate, one line each', args: 'explain' },
      { about: 'one Service, in full', args: 'explain monitoring/prometheus' },
      { about: 'what was rejected in two namespaces', args: 'explain -n monitoring -n logging --decision rejected' },
      { about: 'where each line of a toolset comes from', args: 'explain --toolset prometheus/metrics' },
      { about: 'an anonymised report about a Service that was decided wrongly', args: 'explain shop/prices --report' },
    ],
    load: async () => (await import('./explain/explain.ts')).explain,
  }),
  validate: command({
    summary: 'check the files in Git without a cluster',
    details: 'DIR and FILE name folders with toolset.yaml and overrides.yaml, or files in them; the default is --path.',
    operands: { usage: '[DIR|FILE…]', max: Infinity },
    flags: ['target-version', 'path', 'deadline', 'verbose'],
    formats: ['text', 'json', 'github', 'junit', 'sarif', 'code-quality'],
    examples: [
      { about: 'the current folder', args: 'validate' },
      { about: 'several, as annotations on a pull request', args: 'validate -o github apps/one apps/two' },
      { about: 'before an upgrade of HolmesGPT', args: 'validate --target-version 0.45' },
    ],
    load: async () => (await import('./validate.ts')).validate,
  }),
  diff: command({
    summary: 'show what would change in the live ConfigMap',
    details:
      'Compares with the live ConfigMap, with --against with what other files generate, and with --target-version with what the present release is given. Secrets of the live ConfigMap that Git does not have are shown as ***.',
    flags: ['against', 'target-version', ...discoveryFlags],
    formats: ['text', 'json', 'markdown'],
    examples: [
      { about: 'generated against live', args: 'diff' },
      {
        about: 'what a pull request changes, on a recorded cluster',
        args: 'diff --path head/my-app --against base/my-app --snapshot cluster.yaml',
      },
      { about: 'what another release of HolmesGPT would get', args: 'diff --target-version 0.45' },
    ],
    load: async () => (await import('./diff/diff.ts')).diff,
  }),
  review: command({
    summary: 'print in Markdown what a pull request changes and what is wrong with it',
    details:
      'DIR names folders with toolset.yaml and overrides.yaml; each is compared with the same folder in --against, or with nothing if that has none. Exits with 1 if a file has a problem or nothing can be generated, and with 0 for a change. --comment posts the text through the API of the job.',
    operands: { usage: '[DIR…]', max: Infinity },
    flags: ['against', 'comment', 'recorded-at', ...discoveryFlags],
    examples: [
      {
        about: 'what a branch changes, beside a checkout of its base',
        args: 'review --against ../base --snapshot clusters/production.json apps/one apps/two',
      },
      {
        about: 'the same as a comment on a pull request',
        args: 'review --comment github --against ../base --snapshot clusters/production.json apps/one',
      },
    ],
    load: async () => (await import('./review/review.ts')).review,
  }),
  adopt: command({
    summary: 'print the overrides.yaml that preserves hand edits of the live ConfigMap',
    flags: ['write', 'keep-discovered', ...discoveryFlags],
    examples: [
      { about: 'preview it', args: 'adopt' },
      { about: 'write it, then review it with git diff', args: 'adopt --write' },
    ],
    load: async () => (await import('./adopt.ts')).adopt,
  }),
  propose: {
    summary: 'propose what discovery finds as a commit to a Git repository',
    details:
      'For clusters where the plugin may not run: people review the commit, and Flux, Helm or kubectl apply it. Keeps one branch per target, with --forge also its pull request, and removes both once there is nothing to propose. A change has to last --settle before it is proposed, so run it repeatedly: as a CronJob or in a pipeline.',
    options: proposeOptions,
    examples: [
      {
        about: 'what would be proposed',
        args: 'propose --repository /srv/fleet.git --file toolsets.yaml --settle 0s --dry-run',
      },
      {
        about: 'the toolsets of a values file',
        args: 'propose --repository /srv/fleet.git --file prod/values.yaml --key /holmes/toolsets',
      },
    ],
    run: async (args, environment) => {
      const flags = parseProposeFlags(args, environment);
      return (await import('./propose/propose.ts')).propose(flags);
    },
  },
  parameters: command({
    summary: 'print, for Argo CD, what an Application may set and the values in force',
    flags: ['path', 'deadline', 'verbose'],
    examples: [{ about: 'as the plugin does', args: 'parameters --path my-app' }],
    load: async () => (await import('./parameters.ts')).parameters,
  }),
  snapshot: command({
    summary: 'record what discovery reads from the cluster, for --snapshot',
    details: 'Prints a List in JSON: redirect it to a file, such as `> cluster.json`.',
    flags: ['path', 'snapshot', ...clusterFlags],
    examples: [{ about: 'record a cluster for pull requests', args: 'snapshot --context production' }],
    load: async () => (await import('./snapshot/snapshot.ts')).snapshot,
  }),
  doctor: command({
    summary: 'find what is wrong between Git and the consumer',
    details:
      '--first-question asks each log, trace and metric store what an agent asks it first: without a credential, by GET, for one entry of data. --snapshot, --check and --project apply only to it.',
    flags: ['first-question', 'skip', ...discoveryFlags],
    formats: ['text', 'json', 'junit', 'sarif', 'code-quality'],
    examples: [
      { about: "check an installation, with kubectl's account", args: 'doctor --path my-app' },
      { about: "whether the agent's first question to each store returns data", args: 'doctor --first-question' },
      { about: 'if Argo CD is in another namespace', args: 'doctor --argocd-namespace gitops' },
    ],
    load: async () => (await import('./doctor/doctor.ts')).doctor,
  }),
  serve: {
    summary: 'watch the cluster and have Argo CD refresh and sync what is out of date',
    details: 'Runs until SIGTERM or SIGINT. Logs one JSON object per line to stdout; docs/serve.md lists the events.',
    options: serveOptions,
    examples: [
      { about: 'watch the cluster that kubectl talks to', args: 'serve' },
      { about: 'as one of two replicas', args: 'serve --lease dynamic-toolset/dynamic-toolset --listen :8080' },
    ],
    run: async (args, environment) => {
      const flags = parseServeFlags(args, environment);
      return (await import('./serve.ts')).serve(flags);
    },
  },
  completion: command({
    summary: 'print the shell script that completes commands and flags',
    details:
      'bash: `source <(dynamic-toolset completion bash)`. zsh: `dynamic-toolset completion zsh > "${fpath[1]}/_dynamic-toolset"`. fish: `dynamic-toolset completion fish | source`.',
    operands: { usage: 'bash|zsh|fish', max: 1 },
    flags: [],
    examples: [{ about: 'for bash', args: 'completion bash' }],
    load: async () => {
      const { completion } = await import('./completion/completion.ts');
      return (flags) => Promise.resolve(completion(flags, commands));
    },
  }),
};
