import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { pathToFileURL } from 'node:url';
import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { customResources, detectors } from '../../detectors/index.ts';
import type { Entry, Recorded } from '../accuracy/corpus.ts';
import { corpusFolder, readCorpus, readRecorded, readSet, sets } from '../accuracy/corpus.ts';

/** The set that reports are added to, and the file of what is recorded beside it. */
const [reported] = sets.filter(({ file }) => file === 'reported.json');
const recordedFile = 'recorded.json';
const ids = detectors.map(({ id }) => id);

const Expected = z.union(
  [
    z.strictObject({ type: z.null(), note: z.string().exactOptional() }),
    z.strictObject({
      type: z.enum(ids),
      port: z.int().min(1).max(65_535),
      scheme: z.string().min(1),
      pathPrefix: z.string().startsWith('/').exactOptional(),
      preferred: z.boolean(),
      note: z.string().exactOptional(),
    }),
  ],
  { error: `expected type: null, or type (${ids.join(', ')}) with port, scheme and preferred` },
);
const Service = z.looseObject({
  apiVersion: z.literal('v1'),
  kind: z.literal('Service'),
  metadata: z.looseObject({ namespace: z.string(), name: z.string() }),
  spec: z.looseObject({}),
});
const kinds = ['EndpointSlice', 'Pod', ...new Set(customResources.map(({ kind }) => kind))];
const RecordedObject = z.looseObject({
  apiVersion: z.string(),
  kind: z.enum(kinds, { error: `expected one of ${kinds.join(', ')}` }),
  metadata: z.looseObject({ namespace: z.string(), name: z.string() }),
});
const Report = z.looseObject({
  kind: z.literal('MisdetectionReport'),
  version: z.string(),
  service: z.string(),
  services: z.array(z.strictObject({ service: Service, expected: Expected })).min(1),
  evidence: z.array(RecordedObject).default([]),
});

/** What a report adds to the corpus. */
interface Added {
  readonly stack: string;
  readonly entries: readonly Entry[];
  /** Custom resources, Pods and EndpointSlices beside the Services. */
  readonly recorded: Recorded[string];
}

/** What a report adds; throws with `file:line` and the remedy where it is broken or not answered. */
export function addedBy(file: string, text: string, known: readonly Pick<Entry, 'stack'>[]): Added {
  const stack = `reported/${basename(file, '.md')}`;
  if (known.some((entry) => entry.stack === stack))
    throw new Error(`${file}: the corpus has ${stack} already; rename the file, or take the old entries out first`);
  const lines = text.split('\n');
  const start = lines.indexOf('```yaml');
  const end = lines.indexOf('```', start);
  if (start === -1 || end === -1)
    throw new Error(`${file}:1: no \`\`\`yaml block; give the whole text of dynamic-toolset explain SERVICE --report`);
  const counter = new LineCounter();
  const document = parseDocument(lines.slice(start + 1, end).join('\n'), { lineCounter: counter });
  const lineAt = (offset: number): string => `${file}:${String(start + 1 + counter.linePos(offset).line)}`;
  const [error] = document.errors;
  if (error) throw new Error(`${lineAt(error.pos[0])}: ${error.message.split('\n')[0] ?? ''}; copy the report again`);
  const parsed = Report.safeParse(document.toJS());
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const path = issue?.path ?? [];
    const node = path.map((_, index) => document.getIn(path.slice(0, path.length - index), true)).find(hasRange);
    throw new Error(`${lineAt(node?.range[0] ?? 0)}: ${path.join('.')}: ${issue?.message ?? ''}; ${remedyOf(path)}`);
  }
  const { version, services, service, evidence } = parsed.data;
  return {
    stack,
    entries: services.map((one) => ({
      source: `report of a user, dynamic-toolset ${version}, about ${service}`,
      stack,
      service: one.service,
      expected: one.expected,
    })),
    recorded: evidence,
  };
}

function hasRange(node: unknown): node is { readonly range: readonly [number, number, number] } {
  return typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range);
}

function remedyOf(path: readonly PropertyKey[]): string {
  return path.includes('expected')
    ? 'write the right answer there, as the report says under "What I expected"'
    : 'give the report as dynamic-toolset explain SERVICE --report printed it';
}

/** Writes both files of the corpus in this folder. */
function add({ stack, entries, recorded }: Added, folder: URL): void {
  if (reported === undefined) throw new Error('test/accuracy/corpus.ts: no set reported.json');
  const all = [...readSet(reported, folder), ...entries].map((entry) => JSON.stringify(entry)).join(',\n');
  writeFileSync(new URL(reported.file, folder), `[\n${all}\n]\n`);
  if (recorded.length === 0) return;
  const others = { ...readRecorded(folder), [stack]: recorded };
  writeFileSync(new URL(recordedFile, folder), `${JSON.stringify(others, null, 2)}\n`);
}

if (import.meta.main) {
  const [file, path] = process.argv.slice(2);
  const folder = path === undefined ? corpusFolder : pathToFileURL(`${path}/`);
  try {
    if (file === undefined) throw new Error('usage: npm run corpus:add -- REPORT.md [FOLDER OF THE CORPUS]');
    const added = addedBy(file, readFileSync(file, 'utf8'), readCorpus(folder));
    add(added, folder);
    const { entries, recorded } = added;
    console.log(
      `${String(entries.length)} Services added to reported.json, ${String(recorded.length)} objects to ${recordedFile}; npm run accuracy judges them, and test/accuracy/floor.json counts them`,
    );
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 2;
  }
}
