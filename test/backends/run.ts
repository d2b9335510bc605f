import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { describeMachine } from '../bench/report.ts';
import { removeFolder, startGuard } from '../cluster/parts/process.ts';
import { buildProgram } from '../cluster/support/program.ts';
import { startJudge } from '../holmesgpt/judge.ts';
import { holmesPython } from '../tools/holmesgpt.ts';
import { central, schemes as usualSchemes } from './data/schemes.ts';
import type { Meaning, Scheme } from './data/schemes.ts';
import { measure } from './measure.ts';
import type { Bench, Measured } from './measure.ts';
import { record, writeRecordings } from './recordings.ts';
import type { Recording } from './recordings.ts';
import { centralShare, firstQuestionTable, misses, shares, wrongClusters } from './report.ts';
import type { Row } from './report.ts';
import { stores } from './stores/index.ts';
import type { StoreKind, Tenant } from './stores/store.ts';

/**
 * npm run test:backends -- [--only loki,tempo] [--schemes app] [--record] [--write-docs]
 *
 * Real stores, filled under each label scheme and tenant; the file that the program prints for them; and the first
 * questions of the real HolmesGPT, without a model. Ends with 1 where a question that the store can answer returns no data.
 */
const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    schemes: { type: 'string' },
    record: { type: 'boolean', default: false },
    'write-docs': { type: 'boolean', default: false },
  },
});

const release = '0.45.0';
const chosenStores = chosen('stores', stores, values.only);
const schemes: readonly Scheme[] = [...usualSchemes, central];
const chosenSchemes = chosen('schemes', schemes, values.schemes);
const missing = [
  ...chosenStores.flatMap((kind) => kind.missing() ?? []),
  ...(holmesPython(release) === null ? ['node test/tools/holmesgpt.ts'] : []),
];
if (missing.length > 0) {
  console.error(`missing parts; install them with:\n${[...new Set(missing)].join('\n')}`);
  process.exit(1);
}

/** One store, started for this alone. */
interface Task {
  readonly kind: StoreKind;
  readonly scheme: Scheme;
  readonly tenant: Tenant;
}

interface Outcome extends Task {
  readonly row: Row;
  readonly recording: Recording | null;
}

/** Both have data in one store. */
const severalTenants = '1,2';

/** Most of the time a store is waited for. */
const atOnce = 3;

const folder = await mkdtemp(join(tmpdir(), 'dynamic-toolset-backends-'));
const guard = startGuard(folder);
const outcomes: Outcome[] = [];
try {
  const program = await buildProgram(folder);
  const judge = await startJudge(release, folder);
  guard.add(judge.pid);
  const tasks = allTasks();
  const waiting = tasks.values();
  const work = async (): Promise<void> => {
    for (const task of waiting) outcomes.push(await runTask({ folder, guard, program, judge }, task));
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  outcomes.sort((one, other) => orderOf(tasks, one) - orderOf(tasks, other));
  await judge.stop();
} finally {
  guard.release();
  await removeFolder(folder);
}
if (values.record) for (const kind of chosenStores.filter(({ isReal }) => isReal)) writeRecordingsOf(kind);
print(outcomes.map(({ row }) => row));

function allTasks(): readonly Task[] {
  return chosenStores.flatMap((kind) =>
    [...kind.tenants, severalTenants].flatMap((tenant) =>
      chosenSchemes.filter((scheme) => isWritten(kind, scheme, tenant)).map((scheme) => ({ kind, scheme, tenant })),
    ),
  );
}

/** Stores in which a cluster can be told from another, of logs also under several tenants. */
function isWritten(kind: StoreKind, scheme: Scheme, tenant: Tenant): boolean {
  if (scheme !== central) return tenant !== severalTenants && kind.takes(scheme);
  const isLogs = kind.id === 'loki' || kind.id === 'victorialogs';
  return tenant === null ? isLogs || kind.toolset === 'prometheus/metrics' : tenant === severalTenants && isLogs;
}

function orderOf(tasks: readonly Task[], { kind, scheme, tenant }: Task): number {
  return tasks.findIndex((one) => one.kind === kind && one.scheme === scheme && one.tenant === tenant);
}

async function runTask(bench: Bench, task: Task): Promise<Outcome> {
  const { kind, scheme, tenant } = task;
  const store = await kind.start(bench, scheme, tenant);
  try {
    const isWritten = values.record && isRecorded(scheme, tenant);
    const recording = isWritten ? await record(kind, store.port, scheme, tenant) : null;
    const before = await measure(bench, kind, scheme, tenant, store, 'off');
    const after = await measure(bench, kind, scheme, tenant, store, 'auto');
    console.error(line(kind, scheme, tenant, before, after));
    return { ...task, row: { before, after }, recording };
  } finally {
    await store.stop();
  }
}

function writeRecordingsOf(kind: StoreKind): void {
  const own = outcomes.filter((one) => one.kind === kind);
  writeRecordings(
    kind.id,
    own.flatMap(({ recording }) => recording ?? []),
  );
}

/** Under each scheme without a tenant; of the tenants a usual one and one that no list has, under two schemes. */
function isRecorded({ id }: Scheme, tenant: Tenant): boolean {
  const ofTenants = ['1', 'team-checkout'].includes(tenant ?? '') && ['promtail', 'opentelemetry'].includes(id);
  return tenant === null || tenant === severalTenants || ofTenants;
}

function line(kind: StoreKind, scheme: Scheme, tenant: Tenant, before: Measured, after: Measured): string {
  const words = ({ status, asked }: Measured): string =>
    `${status} ${asked.map(({ about, hasData }) => `${about} ${hasData ? 'yes' : 'no'}`).join(', ')}`;
  return `${kind.id}, ${scheme.id}, tenant ${tenant ?? 'none'}: ${words(before)} -> ${words(after)}`;
}

function print(rows: readonly Row[]): void {
  const titles = (all: readonly { readonly id: string; readonly title: string }[]): Readonly<Record<string, string>> =>
    Object.fromEntries(all.map(({ id, title }) => [id, title]));
  const [ofCentral = [], usual = []] = [true, false].map((isCentral) =>
    rows.filter(({ before }) => (before.scheme === central.id) === isCentral),
  );
  const usualTitles = titles(chosenSchemes.filter((scheme) => scheme !== central));
  const table = firstQuestionTable(usual, titles(chosenStores), usualTitles);
  const sentences = [...(usual.length > 0 ? shares(usual, canAnswer) : []), ...centralShare(ofCentral, canAnswer)];
  const missed = [...misses(rows, canAnswer), ...wrongClusters(ofCentral)];
  console.log([table, ...sentences].join('\n\n'));
  if (missed.length > 0) console.log(`\nNo data, although the store has an answer:\n${missed.join('\n')}`);
  if (values['write-docs']) writeDocs([table, ...sentences].join('\n\n'));
  process.exitCode = missed.length > 0 ? 1 : 0;
}

/** The scheme names what the question is about, in the kind of store that is asked. */
function canAnswer({ store, scheme: id }: Measured, about: string): boolean {
  const scheme = schemes.find((one) => one.id === id);
  const kind = stores.find((one) => one.id === store);
  if (scheme === undefined || kind === undefined) return false;
  const names = kind.names(scheme);
  const needed: readonly Meaning[] =
    about === 'usage' ? ['namespace'] : ['services', 'index'].includes(about) ? [] : [about as Meaning];
  return needed.every((meaning) => names[meaning] !== undefined);
}

function chosen<T extends { readonly id: string }>(
  noun: string,
  all: readonly T[],
  only: string | undefined,
): readonly T[] {
  if (only === undefined) return all;
  return only.split(',').map((id) => {
    const found = all.find((one) => one.id === id);
    if (!found) throw new Error(`unknown "${id}" among the ${noun}: expected ${all.map((one) => one.id).join(', ')}`);
    return found;
  });
}

function writeDocs(text: string): void {
  const file = join(import.meta.dirname, '../../docs/first-question.md');
  const date = new Date().toISOString().slice(0, 10);
  const head = '<!-- first questions: written by npm run test:backends -- --write-docs -->';
  const block = `${head}\n\nMeasured on ${date} on ${describeMachine()}.\n\n${text}\n\n<!-- end of first questions -->`;
  writeFileSync(
    file,
    readFileSync(file, 'utf8').replace(/<!-- first questions: [^]*<!-- end of first questions -->/, block),
  );
}
