import { parseArgs } from 'node:util';
import type { ParseArgsOptionsConfig } from 'node:util';
import type { ApiServerAddress, ProcessVariables } from '../../cluster/connection/connection.ts';
import type { ApplicationInput } from '../../settings/application-parameters/read.ts';
import { isDuration, parseDurationMs } from '../../lib/duration.ts';
import { clusterNameForm, isClusterName } from '../../lib/cluster-name.ts';
import { expected, listed, usage } from './usage.ts';
import { getOwn } from '../../lib/json.ts';
import { otherClustersOf } from './other-clusters.ts';
import type { OtherClusterFlags } from './other-clusters.ts';
import type { TerminalTraits } from '../terminal/terminal.ts';
import type { Environment, JobVariables } from './environment.ts';
import type { FlagName, Option } from './options.ts';
import { checks, decisions, options, platforms, sortKeys } from './options.ts';

/** Flags that every command that looks at a cluster takes. */
export interface Flags extends OtherClusterFlags {
  readonly path: string;
  readonly snapshot: string | undefined;
  readonly kubeconfig: string | undefined;
  /** Files to read where `kubeconfig` names none: the value of KUBECONFIG. */
  readonly defaultKubeconfig: string | undefined;
  readonly apiServer: ApiServerAddress | null;
  /** Of this process. */
  readonly variables: ProcessVariables | undefined;
  readonly context: string | undefined;
  /** Name of the cluster to read. */
  readonly cluster: string | undefined;
  readonly policy: string | undefined;
  readonly project: string | undefined;
  /** Path of the Application in its repository. */
  readonly sourcePath: string | undefined;
  /** What the Application sets over toolset.yaml. */
  readonly application: ApplicationInput | undefined;
  readonly argoCdApplication: string | undefined;
  /** Further names and servers that Argo CD has for the cluster that it runs in. */
  readonly ownClusters: readonly string[];
  readonly deadlineMs: number;
  readonly check: (typeof checks)[number] | undefined;
  readonly output: string | undefined;
  readonly all: boolean;
  /** Whether an anonymised report about one Service is printed. */
  readonly report: boolean;
  /** Name of one toolset to be explained line by line. */
  readonly toolset: string | undefined;
  /** Format, or `namespace/name` of the ConfigMap, of the one target that is looked at; all without it. */
  readonly target: string | undefined;
  /** Folder of Git's files to compare with, instead of the live ConfigMap. */
  readonly against: string | undefined;
  /** Release of the consumer to compare with the present one, instead of the live ConfigMap. */
  readonly targetVersion: string | undefined;
  /** Where a comment is kept up to date. */
  readonly comment: (typeof platforms)[number] | undefined;
  /** When the snapshot was recorded. */
  readonly recordedAt: Date | undefined;
  /** Variables of the job that `comment` needs. */
  readonly job: JobVariables;
  /** Whether a file in Git is written, instead of stdout. */
  readonly write: boolean;
  /** Whether adopting a file leaves discoveries in force that it lacks. */
  readonly keepDiscovered: boolean;
  /** Namespace of Argo CD, where one is given. */
  readonly argoCdNamespace: string | undefined;
  /** Whether stores are asked their first questions, instead of the checks. */
  readonly firstQuestion: boolean;
  /** Checks that are not made. */
  readonly skip: readonly string[];
  /** Namespaces whose Services are shown; all where there is none. */
  readonly namespaces: readonly string[];
  /** Decisions that are shown; all where there is none. */
  readonly decisions: readonly (typeof decisions)[number][];
  /** Detectors and toolsets that are shown; all where there is none. */
  readonly products: readonly string[];
  readonly sortBy: (typeof sortKeys)[number] | undefined;
  readonly terminal: TerminalTraits;
  readonly operands: readonly string[];
  /** Of this program. */
  readonly version: string;
  /** Host of `apiServer`; `null` outside of a Pod, `undefined` where nothing is known of the environment. */
  readonly serviceHost: string | null | undefined;
  /** Whether health is what the cluster says: this runs outside of it, and only looks. */
  readonly fromOutside: boolean;
  /** Whether this is a thread that can be ended. */
  readonly inThread: boolean;
  /** Told of what is done next: `reading overrides.yaml`. */
  readonly onStage: ((stage: string) => void) | undefined;
}

/** Below what a timer can count (24 days), so that a mistyped unit is told. */
const maxDeadlineMs = 3_600_000;

/** What a command takes. */
export interface Accepted {
  readonly options: Readonly<Partial<Record<FlagName, Option>>>;
  readonly maxOperands?: number;
}

/** Parses the flags that one command knows. Fails with USAGE. */
export function parseFlags(
  args: readonly string[],
  { options: own, maxOperands = 0 }: Accepted,
  environment: Environment = {},
): Flags {
  const { values, positionals } = parse(args, own);
  const extra = positionals[maxOperands];
  if (extra !== undefined) throw usage.unexpectedArgument(extra);
  if (values.snapshot !== undefined && (values.kubeconfig ?? values.context) !== undefined) {
    throw usage.conflict('--snapshot', '--kubeconfig or --context', 'a snapshot replaces the cluster');
  }
  const namespaces = values.namespace ?? [];
  const [aNamespace] = namespaces;
  if (aNamespace !== undefined && values['all-namespaces'] === true) {
    throw usage.conflict('--all-namespaces', '--namespace', 'one asks for all, the other for some');
  }
  return {
    path: values.path,
    snapshot: values.snapshot,
    kubeconfig: values.kubeconfig,
    defaultKubeconfig: environment.kubeconfig,
    apiServer: environment.apiServer ?? null,
    variables: environment.variables,
    context: values.context,
    cluster: clusterName(values.cluster),
    ...otherClustersOf(values),
    policy: values.policy,
    project: values.project ?? environment.project,
    sourcePath: environment.sourcePath,
    application: environment.application,
    argoCdApplication: environment.argoCdApplication,
    ownClusters: values['own-cluster'] ?? [],
    deadlineMs: deadline(values.deadline),
    check: oneOf('--check', values.check, checks),
    output: values.output,
    all: values.all ?? false,
    report: values.report ?? false,
    toolset: values.toolset,
    target: values.target,
    against: values.against,
    targetVersion: values['target-version'],
    comment: oneOf('--comment', values.comment, platforms),
    recordedAt: values['recorded-at'] === undefined ? undefined : time('--recorded-at', values['recorded-at']),
    job: environment.job ?? {},
    write: values.write ?? false,
    keepDiscovered: values['keep-discovered'] ?? false,
    argoCdNamespace: values['argocd-namespace'],
    firstQuestion: values['first-question'] ?? false,
    skip: values.skip ?? [],
    namespaces,
    decisions: (values.decision ?? []).map((one) => required('--decision', one, decisions)),
    products: values.product ?? [],
    sortBy: oneOf('--sort-by', values['sort-by'], sortKeys),
    terminal: environment.terminal ?? { columns: Infinity, colours: false, links: false },
    operands: positionals,
    version: environment.version ?? 'unknown',
    inThread: environment.inThread ?? false,
    serviceHost: environment.apiServer === null ? null : environment.apiServer?.host,
    fromOutside: false,
    onStage: environment.onStage,
  };
}

/** The value where it is one of those allowed, `undefined` where it is not given. */
export function oneOf<T extends string>(flag: string, value: string | undefined, allowed: readonly T[]): T | undefined {
  const found = allowed.find((one) => one === value);
  if (value !== undefined && found === undefined) throw usage.invalid(flag, value, listed(allowed));
  return found;
}

function required<T extends string>(flag: string, value: string, allowed: readonly T[]): T {
  const found = oneOf(flag, value, allowed);
  if (found === undefined) throw usage.invalid(flag, value, listed(allowed));
  return found;
}

type Parsed = ReturnType<typeof parseArgs<{ options: typeof options; allowPositionals: true }>>;

/** Fails for a flag that another command takes with a message of its own. */
function parse(args: readonly string[], own: Accepted['options']): Parsed {
  assertKnown(args, own, options);
  return parseArgs({ args: [...args], options, allowPositionals: true });
}

/** What has to be known of a command line before the command is. */
interface LookAhead {
  /** Index of the first argument that is neither a flag nor the value of one: the command. -1 where there is none. */
  readonly commandAt: number;
  /** Whether each stage is to be told on stderr. */
  readonly isVerbose: boolean;
}

/** Reads the arguments by the flags of all commands, `known`, and refuses none. */
export function readAhead(args: readonly string[], known: Readonly<Record<string, Option>>): LookAhead {
  const { tokens } = parseArgs({
    args: [...args],
    options: known,
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  return {
    commandAt: tokens.find(({ kind }) => kind === 'positional')?.index ?? -1,
    isVerbose: tokens.some((token) => token.kind === 'option' && token.name === 'verbose'),
  };
}

/** Values of a command's own options, of which none has an operand. Fails with USAGE. */
export function parseOptions<const Own extends ParseArgsOptionsConfig>(
  args: readonly string[],
  own: Own,
): ReturnType<typeof parseArgs<{ options: Own }>>['values'] {
  assertKnown(args, own);
  const { values, positionals } = parseArgs({ args: [...args], options: own, allowPositionals: true });
  const [extra] = positionals;
  if (extra !== undefined) throw usage.unexpectedArgument(extra);
  return values;
}

/** Fails where Node's own parser would, in the words of this program. */
function assertKnown(
  args: readonly string[],
  own: ParseArgsOptionsConfig,
  ofOthers: ParseArgsOptionsConfig = {},
): void {
  const { tokens } = parseArgs({
    args: [...args],
    options: { ...ofOthers, ...own },
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const { name, rawName: flag, value, inlineValue } = token;
    const type = getOwn(own, name)?.type;
    if (type === undefined) {
      if (getOwn(ofOthers, name) !== undefined) throw usage.inapplicable(flag);
      throw usage.unknownFlag(
        flag,
        Object.keys(own).map((one) => `--${one}`),
      );
    }
    if (type === 'boolean' && value !== undefined) throw usage.invalid(flag, value, expected.noValue);
    if (type === 'string' && value === undefined) throw usage.valueMissing(flag);
    if (inlineValue === false && /^-./.test(value)) throw usage.invalid(flag, value, expected.value);
  }
}

function clusterName(text: string | undefined): string | undefined {
  if (text === undefined || isClusterName(text)) return text;
  throw usage.invalid('--cluster', text, clusterNameForm);
}

function time(flag: string, text: string): Date {
  const at = new Date(text);
  if (!Number.isNaN(at.getTime()) && /^\d{4}-\d{2}-\d{2}T/.test(text)) return at;
  throw usage.invalid(flag, text, expected.time);
}

function deadline(text: string): number {
  const ms = duration('--deadline', text);
  if (ms > maxDeadlineMs) throw usage.invalid('--deadline', text, expected.deadline);
  return ms;
}

/** Milliseconds of a flag's value; a number alone is seconds. Fails with USAGE. */
export function duration(flag: string, text: string): number {
  const withUnit = /^\d+$/.test(text) ? `${text}s` : text;
  const ms = parseDurationMs(withUnit);
  if (ms > 0 && isDuration(withUnit)) return ms;
  throw usage.invalid(flag, text, expected.duration);
}
