import { getOwn } from '../json.ts';
/** Why something has its state, as in the conditions of Kubernetes. */
export interface Reason<Code extends string = string> {
  /** Stable: programs may compare it. */
  readonly reason: Code;
  /** One sentence without a full stop, for people; its wording may change. */
  readonly message: string;
}

/** Sentences by code, with placeholders such as `{namespace}`. */
type ReasonTable = Readonly<Record<string, string>>;

type Placeholder<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Placeholder<Rest>
  : never;

/** A value for each placeholder of a sentence; no argument where it has none. */
type Values<Text extends string> = [Placeholder<Text>] extends [never]
  ? []
  : [values: Readonly<Record<Placeholder<Text>, string | number>>];

/** Makes reasons from a table: the code, and its sentence with the values filled in. */
export function reasonsFrom<const Table extends ReasonTable>(
  table: Table,
): <Code extends keyof Table & string>(reason: Code, ...values: Values<Table[Code]>) => Reason<Code> {
  return (reason, ...[values]) => ({
    reason,
    // Computed lazily: most reasons are intermediate and never read.
    get message() {
      return fillIn(table[reason] ?? '', values ?? {});
    },
  });
}

/** Replaces the placeholders in one pass: placeholders within values are kept. */
function fillIn(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => String(getOwn(values, name)));
}
