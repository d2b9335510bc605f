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

/** Flags of every command that reads a cluster. */
export interface Flags extends OtherClusterFlags {
  readonly path: string;
  readonly snapshot: string | undefined;
  readonly kubeconfig: string | undefined;
  /** Files to read if `kubeconfig` names none: the value of KUBECONFIG. */
  readonly defaultKubeconfig: string | undefined;
  readonly apiServer: ApiServerAddress | null;
  /** Variables of this process. */
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
  /** Further names and servers by which Argo CD refers to the cluster it runs in. */
  readonly ownClusters: readonly string[];
  readonly deadlineMs: number;
  readonly check: (typeof checks)[number] | undefined;
  readonly output: string | undefined;
  readonly all: boolean;
  /** Whether to print an anonymized report about one Service. */
  readonly report: boolean;
  /** Name of a toolset to explain line by line. */
  readonly toolset: string | undefined;
  /** Format, or `namespace/name` of the ConfigMap, of the one target to use; all targets without it. */
  readonly target: string | undefined;
  /** Folder of files from Git to compare with, instead of the live ConfigMap. */
  readonly against: string | undefined;
  /** Release of the consumer to compare with the current one, instead of the live ConfigMap. */
  readonly targetVersion: string | undefined;
  /** Platform on which a comment is kept up to date. */
  readonly comment: (typeof platforms)[number] | undefined;
  /** When the snapshot was recorded. */
  readonly recordedAt: Date | undefined;
  /** Variables of the job that `comment` needs. */
  readonly job: JobVariables;
  /** Whether to write a file in Git, instead of stdout. */
  readonly write: boolean;
  /** Whether adopting a file keeps discoveries in force that the file lacks. */
  readonly keepDiscovered: boolean;
  /** Namespace of Argo CD, if given. */
  readonly argoCdNamespace: string | undefined;
  /** Whether to ask stores their first queries, instead of running the checks. */
  readonly firstQuestion: boolean;
  /** Checks to skip. */
  readonly skip: readonly string[];
  /** Namespaces whose Services are shown; all if empty. */
  readonly namespaces: readonly string[];
  /** Decisions that are shown; all if empty. */
  readonly decisions: readonly (typeof decisions)[number][];
  /** Detectors and toolsets that are shown; all if empty. */
  readonly products: readonly string[];
  readonly sortBy: (typeof sortKeys)[number] | undefined;
  readonly terminal: TerminalTraits;
  readonly operands: readonly string[];
  /** Version of this program. */
  readonly version: string;
  /** Host of `apiServer`; `null` outside of a Pod, `undefined` if nothing is known of the environment. */
  readonly serviceHost: string | null | undefined;
  /** Whether health is what the cluster reports: this is a read-only command outside of it. */
  readonly fromOutside: boolean;
  /** Whether this runs in a thread, which can be terminated. */
  readonly inThread: boolean;
  /** Called with what is done next: `reading overrides.yaml`. */
  readonly onStage: ((stage: string) => void) | undefined;
}

/** Below the limit of a timer (24 days), so that a mistyped unit is an error. */
const maxDeadlineMs = 3_600_000;

/** What a command accepts. */
export interface Accepted {
  readonly options: Readonly<Partial<Record<FlagName, Option>>>;
  readonly maxOperands?: number;
}

/** Parses the flags of one command. Fails with USAGE. */
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

/** The value if it is allowed, `undefined` if it is not given. */
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

type ParsedFlags = ReturnType<typeof parseArgs<{ options: typeof options; allowPositionals: true }>>;

/** For a flag of another command, fails with its own message. */
function parse(args: readonly string[], own: Accepted['options']): ParsedFlags {
  assertKnown(args, own, options);
  return parseArgs({ args: [...args], options, allowPositionals: true });
}

/** What must be known of a command line before the command itself. */
interface LookAhead {
  /** Index of the command: the first argument that is neither a flag nor a flag's value; -1 if there is none. */
  readonly commandAt: number;
  /** Whether to report each stage on stderr. */
  readonly isVerbose: boolean;
}

/** Reads the arguments with the flags of all commands, `known`, and rejects none. */
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

/** Values of a command's own options, for commands without operands. Fails with USAGE. */
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

/** Fails where Node's own parser would, with a message of this program. */
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

/** Milliseconds of a flag's value; a bare number is seconds. Fails with USAGE. */
export function duration(flag: string, text: string): number {
  const withUnit = /^\d+$/.test(text) ? `${text}s` : text;
  const ms = parseDurationMs(withUnit);
  if (ms > 0 && isDuration(withUnit)) return ms;
  throw usage.invalid(flag, text, expected.duration);
}
