import { parseArgs } from 'node:util';
import { getOwn } from '../../lib/json.ts';
import type { Environment } from './environment.ts';
import type { discoveryFlags, FlagName, Option } from './options.ts';
import { options } from './options.ts';
import { expected, usage } from './usage.ts';
import { oneOf } from './values.ts';

type Options = Readonly<Record<string, Option>>;

/** The parsed flags of a command that declares these options, and what its run knows besides. */
export type ParsedFlags<Own extends Options> = ValuesOf<Own> &
  Environment & { readonly operands: readonly string[]; readonly version: string };

/** What a command or a function needs of the parsed flags: a flag that it does not name cannot be read. */
export type Flags<Name extends FlagName> = ParsedFlags<Pick<typeof options, Name>>;

/** The same without what the run knows. */
export type FlagValues<Name extends FlagName> = ValuesOf<Pick<typeof options, Name>>;

/** What a discovery depends on; some of it only commands that accept the flag. */
export type DiscoveryFlags = FlagValues<Exclude<(typeof discoveryFlags)[number], 'target'>> &
  Partial<FlagValues<'target' | 'target-version'>> &
  Environment & {
    /** Whether health is what the cluster reports: this is a read-only command outside of it. */
    readonly fromOutside?: boolean;
  };

type ValuesOf<Own extends Options> = {
  readonly [Name in keyof Own & string as FieldOf<Name, Own[Name]>]: ValueOf<Own[Name]>;
};

type FieldOf<Name extends string, Own> = Own extends { readonly field: infer Field extends string }
  ? Field
  : CamelCase<Name>;

type CamelCase<Name extends string> = Name extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Name;

type ValueOf<Own> = Own extends { readonly type: 'boolean' }
  ? boolean
  : Own extends { readonly multiple: true }
    ? readonly ReadValue<Own>[]
    : Own extends { readonly default: string }
      ? ReadValue<Own>
      : ReadValue<Own> | undefined;

type ReadValue<Own> = Own extends { readonly parse: (flag: string, text: string) => infer Value }
  ? Value
  : Own extends { readonly values: readonly (infer Word)[] }
    ? Word
    : string;

/** Parses the arguments of one command. The project of the Application is the default of --project. Fails with USAGE. */
export function parseFlags<const Own extends Options>(
  args: readonly string[],
  own: Own,
  environment: Environment = {},
  maxOperands = 0,
): ParsedFlags<Own> {
  assertKnown(args, own);
  const parsed = parseArgs({ args: [...args], options: own, allowPositionals: true });
  const values: Readonly<Record<string, unknown>> = parsed.values;
  const { positionals } = parsed;
  const extra = positionals[maxOperands];
  if (extra !== undefined) throw usage.unexpectedArgument(extra);
  if (values.snapshot !== undefined && (values.kubeconfig ?? values.context) !== undefined)
    throw usage.conflict('--snapshot', '--kubeconfig or --context', 'a snapshot replaces the cluster');
  const fields = Object.entries(own).flatMap(([name, option]) => {
    const value = read(`--${name}`, option, getOwn(values, name));
    return value === undefined ? [] : [[option.field ?? camelCase(name), value] as const];
  });
  return {
    version: 'unknown',
    ...environment,
    ...Object.fromEntries(fields),
    operands: positionals,
  } as ParsedFlags<Own>;
}

function read(flag: string, { type, multiple, values, parse }: Option, given: unknown): unknown {
  if (type === 'boolean') return given ?? false;
  const readOne = (text: string): unknown => {
    if (parse) return parse(flag, text);
    return values ? oneOf(flag, text, values) : text;
  };
  if (multiple) return ((given ?? []) as string[]).map(readOne);
  return given === undefined ? undefined : readOne(given as string);
}

function camelCase(name: string): string {
  return name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** What must be known of a command line before the command itself. */
interface LookAhead {
  /** Index of the command: the first argument that is neither a flag nor a flag's value; -1 if there is none. */
  readonly commandAt: number;
  /** Whether to report each stage on stderr. */
  readonly isVerbose: boolean;
}

/** Reads the arguments with the flags of all commands, `known`, and rejects none. */
export function readAhead(args: readonly string[], known: Options): LookAhead {
  const tokens = tokensOf(args, known);
  return {
    commandAt: tokens.find(({ kind }) => kind === 'positional')?.index ?? -1,
    isVerbose: tokens.some((token) => token.kind === 'option' && token.name === 'verbose'),
  };
}

/** Fails where Node's own parser would, with a message of this program. */
function assertKnown(args: readonly string[], own: Options): void {
  for (const token of tokensOf(args, { ...options, ...own })) {
    if (token.kind !== 'option') continue;
    const { name, rawName: flag, value, inlineValue } = token;
    const type = getOwn(own, name)?.type;
    if (type === undefined) {
      if (Object.hasOwn(options, name)) throw usage.inapplicable(flag);
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

function tokensOf(args: readonly string[], known: Options) {
  return parseArgs({ args: [...args], options: known, allowPositionals: true, strict: false, tokens: true }).tokens;
}
