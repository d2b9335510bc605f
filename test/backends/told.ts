import type { Names } from './data/schemes.ts';
import type { Told } from './questions.ts';

/** One entry of HolmesGPT's file. */
interface FileEntry {
  readonly llm_instructions?: string;
  readonly config?: Readonly<Record<string, unknown>>;
}

/** The toolsets of HolmesGPT's file. */
export type FileEntries = Readonly<Record<string, FileEntry | undefined>>;

/**
 * What the file tells of a toolset, read as a model would follow it: the matchers that HolmesGPT's own prompt then demands in
 * every query, and the line about it in the entry `cluster/stores`.
 */
export function toldOf(entries: FileEntries, toolset: string): Told {
  const { config = {} } = entries[toolset] ?? {};
  const [first = {}] = (config.instances ?? []) as readonly Readonly<Record<string, unknown>>[];
  const matchers = (first.additional_labels ?? config.additional_labels ?? {}) as Readonly<Record<string, string>>;
  const line = lineOf(entries, toolset);
  const example = /Example: `([^`]+)`/.exec(line)?.[1];
  const index = /Search index `([^`]+)`/.exec(line)?.[1];
  return {
    labels: namesIn(line),
    always: { ...matchers, ...matchersIn(line) },
    ...(example === undefined ? {} : { example }),
    ...(index === undefined ? {} : { index }),
  };
}

/** What a model has to name where a toolset has several; otherwise the one that needs no name. */
export function instancesOf(entries: FileEntries, toolset: string): readonly (string | undefined)[] {
  const instances = (entries[toolset]?.config?.instances ?? []) as readonly { readonly name: string }[];
  return instances.length > 1 ? instances.map(({ name }) => name) : [undefined];
}

function lineOf(entries: FileEntries, toolset: string): string {
  const lines = (entries['cluster/stores']?.llm_instructions ?? '').split('\n');
  return lines.find((line) => line.startsWith(`- Toolset ${toolset}`)) ?? '';
}

/** `name` for the namespace, `name` for the pod. */
function namesIn(line: string): Names {
  const found = line.matchAll(/`([^`]+)` for the (\w+)/g);
  return Object.fromEntries([...found].map(([, name = '', meaning = '']) => [meaning, name]));
}

/** Data of this cluster alone: `{label="value"}`, in every query. */
function matchersIn(line: string): Readonly<Record<string, string>> {
  const matcher = /Data of this cluster alone: `([^`]+)`/.exec(line)?.[1] ?? '';
  const [, label, value] = /"?([\w.:@/-]+?)"?\s*:?[=:]\s*"([^"]+)"/.exec(matcher) ?? [];
  return label === undefined || value === undefined ? {} : { [label]: value };
}
