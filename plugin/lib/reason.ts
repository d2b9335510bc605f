import { getOwn } from './json.ts';
/** Why something is as it is, as in the conditions of Kubernetes. */
export interface Reason<Code extends string = string> {
  /** Stable: programs may compare it. */
  readonly reason: Code;
  /** One sentence without a full stop, for people: its wording may change. */
  readonly message: string;
}

/** Sentences by their code, with placeholders such as `{namespace}`. */
type ReasonTable = Readonly<Record<string, string>>;

type Placeholder<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Placeholder<Rest>
  : never;

/** A value for each placeholder of a sentence; no argument where it has none. */
type Values<Text extends string> = [Placeholder<Text>] extends [never]
  ? []
  : [values: Readonly<Record<Placeholder<Text>, string | number>>];

/** Makes reasons of a table: the code, and its sentence with these values. */
export function reasonsFrom<const Table extends ReasonTable>(
  table: Table,
): <Code extends keyof Table & string>(reason: Code, ...values: Values<Table[Code]>) => Reason<Code> {
  return (reason, ...[values]) => ({
    reason,
    // Most reasons are given on the way to a decision, and never read.
    get message() {
      return fillIn(table[reason] ?? '', values ?? {});
    },
  });
}

/** The text with its placeholders replaced; what stands in a value is not replaced again. */
function fillIn(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => String(getOwn(values, name)));
}
