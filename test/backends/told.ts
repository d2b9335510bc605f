import type { Told } from './questions.ts';
import type { Meaning, Names } from './data/schemes.ts';

/** One entry of HolmesGPT's file. */
export interface FileEntry {
  readonly enabled?: boolean;
  readonly llm_instructions?: string;
  readonly config?: Readonly<Record<string, unknown>>;
}

/** The toolsets of HolmesGPT's file. */
export type FileEntries = Readonly<Record<string, FileEntry | undefined>>;

/** What the file tells of a toolset: its own keys, and the sentences of the entry that is there for that. */
export function toldOf(entries: FileEntries, toolset: string): Told {
  const { config = {} } = entries[toolset] ?? {};
  const instances = (config.instances ?? [config]) as readonly Readonly<Record<string, unknown>>[];
  const always = instances[0]?.additional_labels ?? config.additional_labels ?? {};
  const sentences = sentencesOf(entries, toolset);
  return { ...sentences, always: { ...sentences.always, ...(always as Readonly<Record<string, string>>) } };
}

/** The first instance where a toolset has several: what a model has to name then. */
export function instanceOf(entries: FileEntries, toolset: string): string | undefined {
  const instances = entries[toolset]?.config?.instances as readonly { readonly name: string }[] | undefined;
  return instances !== undefined && instances.length > 1 ? instances[0]?.name : undefined;
}

function sentencesOf(entries: FileEntries, toolset: string): Told {
  const lines = (entries['cluster/stores']?.llm_instructions ?? '').split('\n');
  const own = lines.filter((line) => line.includes(toolset));
  const labels: Partial<Record<Meaning, string>> = {};
  for (const line of own) Object.assign(labels, namesIn(line));
  return { labels, always: {} };
}

function namesIn(line: string): Names {
  const found = line.matchAll(/\b(namespace|pod|container|service|node)\b[^`"]*[`"]([^`"]+)[`"]/g);
  return Object.fromEntries([...found].map(([, meaning = '', name = '']) => [meaning, name]));
}
