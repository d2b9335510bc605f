import { parseArgs } from 'node:util';
import type { ParseArgsOptionsConfig } from 'node:util';
import { PluginError } from '../../lib/errors.ts';
import type { ApplicationInput } from '../../settings/application-parameters/read.ts';
import { parseDurationMs } from '../../lib/duration.ts';
import { didYouMean } from '../../lib/text.ts';

/** Flags that every command that looks at a cluster takes. */
export interface Flags {
  readonly path: string;
  readonly snapshot: string | undefined;
  readonly kubeconfig: string | undefined;
  /** Files to read where `kubeconfig` names none: the value of KUBECONFIG. */
  readonly defaultKubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly policy: string | undefined;
  readonly project: string | undefined;
  /** Path of the Application in its repository. */
  readonly sourcePath: string | undefined;
  /** What the Application sets over toolset.yaml. */
  readonly application: ApplicationInput | undefined;
  readonly deadlineMs: number;
  readonly check: 'http' | 'readiness' | 'none' | undefined;
  readonly output: string | undefined;
  readonly all: boolean;
  /** Name of one toolset to be explained line by line. */
  readonly toolset: string | undefined;
  /** Folder of Git's files to compare with, instead of the live ConfigMap. */
  readonly against: string | undefined;
  /** Whether a file in Git is written, instead of stdout. */
  readonly write: boolean;
  /** Namespace of Argo CD. */
  readonly argoCdNamespace: string;
  /** Checks that are not made. */
  readonly skip: readonly string[];
  /** Width of the terminal that stdout is; infinite where it is none. */
  readonly columns: number;
  readonly operands: readonly string[];
}

/** What a run knows besides its arguments. */
export interface Environment {
  /** The Argo CD project of the Application that is being generated. */
  readonly project?: string | undefined;
  /** Path of the Application in its repository, as Argo CD tells it. */
  readonly sourcePath?: string | undefined;
  readonly application?: ApplicationInput | undefined;
  readonly columns?: number | undefined;
  /** Value of KUBECONFIG. */
  readonly kubeconfig?: string | undefined;
}

const options = {
  path: { type: 'string' },
  snapshot: { type: 'string' },
  kubeconfig: { type: 'string' },
  context: { type: 'string' },
  policy: { type: 'string' },
  project: { type: 'string' },
  deadline: { type: 'string' },
  check: { type: 'string' },
  output: { type: 'string', short: 'o' },
  all: { type: 'boolean' },
  toolset: { type: 'string' },
  against: { type: 'string' },
  write: { type: 'boolean' },
  'argocd-namespace': { type: 'string' },
  skip: { type: 'string', multiple: true },
} as const;

export type FlagName = keyof typeof options;

/** Far above what anybody waits for, and below what a timer can count. */
const maxDeadlineMs = 3_600_000;

const hint = 'dynamic-toolset --help lists commands and flags';

/** Parses the flags that one command knows; `own` are those besides the shared ones. Fails with USAGE. */
export function parseFlags(
  args: readonly string[],
  own: readonly FlagName[] = [],
  maxOperands = 0,
  world: Environment = {},
): Flags {
  const known: readonly FlagName[] = [
    'path',
    'snapshot',
    'kubeconfig',
    'context',
    'policy',
    'project',
    'deadline',
    'check',
    ...own,
  ];
  const { values, positionals } = parse(args, known);
  const extra = positionals[maxOperands];
  if (extra !== undefined) throw usage(`unexpected argument ${JSON.stringify(extra)}`);
  if (values.snapshot !== undefined && (values.kubeconfig ?? values.context) !== undefined) {
    throw usage('--snapshot reads no cluster: it does not go with --kubeconfig or --context');
  }
  return {
    path: values.path ?? '.',
    snapshot: values.snapshot,
    kubeconfig: values.kubeconfig,
    defaultKubeconfig: world.kubeconfig,
    context: values.context,
    policy: values.policy,
    project: values.project ?? world.project,
    sourcePath: world.sourcePath,
    application: world.application,
    deadlineMs: deadline(values.deadline ?? '45s'),
    check: oneOf('--check', values.check, ['http', 'readiness', 'none']),
    output: values.output,
    all: values.all ?? false,
    toolset: values.toolset,
    against: values.against,
    write: values.write ?? false,
    argoCdNamespace: values['argocd-namespace'] ?? 'argocd',
    skip: values.skip ?? [],
    columns: world.columns ?? Infinity,
    operands: positionals,
  };
}

/** The value where it is one of those allowed, `undefined` where it is not given. */
export function oneOf<T extends string>(flag: string, value: string | undefined, allowed: readonly T[]): T | undefined {
  const found = allowed.find((one) => one === value);
  if (value !== undefined && found === undefined) {
    throw usage(`${flag} ${JSON.stringify(value)} is none of ${allowed.join(', ')}`);
  }
  return found;
}

type Parsed = ReturnType<typeof parseArgs<{ options: typeof options; allowPositionals: true }>>;

function parse(args: readonly string[], known: readonly FlagName[]): Parsed {
  const own = Object.fromEntries(known.map((flag) => [flag, options[flag]])) as typeof options;
  return parseKnown(args, own);
}

/** Values of a command's own options, of which none has an operand. Fails with USAGE. */
export function parseOptions<const Own extends ParseArgsOptionsConfig>(
  args: readonly string[],
  own: Own,
): ReturnType<typeof parseArgs<{ options: Own }>>['values'] {
  const { values, positionals } = parseKnown(args, own);
  const [extra] = positionals;
  if (extra !== undefined) throw usage(`unexpected argument ${JSON.stringify(extra)}`);
  return values;
}

function parseKnown<const Own extends ParseArgsOptionsConfig>(
  args: readonly string[],
  own: Own,
): ReturnType<typeof parseArgs<{ options: Own; allowPositionals: true }>> {
  const known = Object.keys(own);
  const named = args.find((arg) => arg.startsWith('--') && !known.some((flag) => flag === arg.slice(2).split('=')[0]));
  if (named !== undefined && named !== '--') {
    const flag = named.slice(2).split('=')[0] ?? '';
    const meant = didYouMean(flag, known);
    throw usage(`unknown flag --${flag}${meant === null ? '' : `, did you mean --${meant}?`}`);
  }
  try {
    return parseArgs({ args: [...args], options: own, allowPositionals: true });
  } catch (cause) {
    throw usage(cause instanceof Error ? (cause.message.split('.')[0] ?? '') : '');
  }
}

function deadline(text: string): number {
  const ms = duration('--deadline', text);
  if (ms > maxDeadlineMs) throw usage(`--deadline ${JSON.stringify(text)} is longer than 1h`);
  return ms;
}

/** Milliseconds of a flag's value; a number alone is seconds. Fails with USAGE. */
export function duration(flag: string, text: string): number {
  const ms = parseDurationMs(/^\d+$/.test(text) ? `${text}s` : text);
  if (ms > 0 && /^(\d+|(\d+h)?(\d+m)?(\d+s)?)$/.test(text)) return ms;
  throw usage(`${flag} ${JSON.stringify(text)} is no duration such as 45s or 2m`);
}

/** Wrong flags: what is wrong with them. */
export function usage(message: string): PluginError {
  return new PluginError('USAGE', message, { hint });
}
