import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildProgram } from '../../build.ts';
import { clusterTools } from '../cluster/parts/cluster.ts';
import { argoCdTools } from '../e2e/parts/argo-cd.ts';
import { missingTools } from '../tools/build.ts';
import type { ToolName } from '../tools/build.ts';
import { renderApi } from './api-report.ts';
import { benchApi } from './api.ts';
import { renderArgoCd } from './argo-cd-report.ts';
import { benchArgoCd } from './argo-cd.ts';
import { renderBudgets } from './budgets-report.ts';
import type { BudgetResult } from './budgets.ts';
import { benchBudgets } from './budgets.ts';
import { benchDetection } from './detection.ts';
import { benchEvidence, renderEvidence } from './evidence.ts';
import type { FilesReport } from './files-report.ts';
import { renderFiles } from './files-report.ts';
import { benchGenerate } from './generate.ts';
import { benchHostileEvidence, renderHostileEvidence } from './hostile-evidence.ts';
import { benchImports } from './imports.ts';
import type { Report } from './report.ts';
import { benchRendering } from './rendering.ts';
import { benchPage } from './page.ts';
import { renderPage } from './page-report.ts';
import { describeMachine, renderReport } from './report.ts';
import { benchLargeServices, renderLargeServices } from './large-services.ts';
import { benchLatency } from './serve-latency.ts';
import { renderServe } from './serve-report.ts';
import { benchScale } from './serve-scale.ts';
import { benchManyClusters } from './many/many-clusters.ts';
import { benchManyServices } from './many/many-services.ts';
import { renderManyClusters, renderManyServices } from './many/report.ts';
import { benchPropose, renderPropose } from './propose.ts';
import { benchProbes } from './probes.ts';
import { renderProbes } from './probes-report.ts';
import { benchValidate } from './validate.ts';

/**
 * npm run bench -- [--suites generate,files,budgets,probes,evidence,hostile-evidence,argo-cd,serve,many-services,many-clusters,api,page,large,propose] [--rounds 15] [--services 500,10000]
 * [--minutes 10] [--large 1000] [--before PROGRAM] [--json FILE] [--write-docs]
 *
 * `--before`: a build of an earlier state, with which `budgets` and `large` compare.
 *
 * Peak memory is that of the largest process of a command, times are of the whole command. The API server and whatever
 * else runs take their share of the same machine: what counts are the ratios, which come from the same round.
 */
const { values } = parseArgs({
  options: {
    suites: {
      type: 'string',
      default:
        'generate,files,budgets,probes,evidence,hostile-evidence,argo-cd,serve,many-services,many-clusters,api,page,large,propose',
    },
    rounds: { type: 'string', default: '15' },
    services: { type: 'string', default: '500,10000' },
    minutes: { type: 'string', default: '10' },
    large: { type: 'string', default: '1000' },
    before: { type: 'string' },
    json: { type: 'string' },
    'write-docs': { type: 'boolean', default: false },
  },
});

const docs = join(import.meta.dirname, '../../docs/performance.md');
const suites: Readonly<Record<string, Suite>> = {
  generate: { tools: clusterTools, measure: () => measureGenerate().then(rendered(renderReport)) },
  files: { tools: [], measure: () => measureFiles().then(rendered(renderFiles)) },
  budgets: { tools: [], measure: () => measureBudgets().then(rendered(renderBudgets)) },
  probes: { tools: [], measure: () => withProgram(benchProbes).then(rendered(renderProbes)) },
  evidence: { tools: clusterTools, measure: () => measureEvidence().then(rendered(renderEvidence)) },
  'hostile-evidence': {
    tools: [],
    measure: () => withProgram(benchHostileEvidence).then(rendered(renderHostileEvidence)),
  },
  'argo-cd': { tools: argoCdTools, measure: () => benchArgoCd().then(rendered(renderArgoCd)) },
  serve: { tools: argoCdTools, measure: () => measureServe().then(rendered(renderServe)) },
  'many-services': { tools: clusterTools, measure: () => benchManyServices().then(rendered(renderManyServices)) },
  'many-clusters': { tools: clusterTools, measure: () => benchManyClusters().then(rendered(renderManyClusters)) },
  api: { tools: clusterTools, measure: () => benchApi().then(rendered(renderApi)) },
  page: { tools: clusterTools, measure: () => benchPage(Number(values.rounds)).then(rendered(renderPage)) },
  propose: { tools: [], measure: () => withProgram(benchPropose).then(rendered(renderPropose)) },
  large: { tools: [], measure: () => measureLarge().then(rendered(renderLargeServices)) },
};

const results: Record<string, unknown> = {};
for (const name of values.suites.split(',')) {
  const suite = suites[name];
  if (!suite) throw new Error(`unknown suite "${name}": expected ${Object.keys(suites).join(', ')}`);
  const missing = missingTools(suite.tools);
  if (missing.length > 0) throw new Error(`${missing.join(', ')} missing, build them with: node test/tools/build.ts`);
  const { result, text } = await suite.measure();
  results[name] = result;
  console.log(text);
  if (values['write-docs']) writeDocs(name, text);
}
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(results, null, 2)}\n`);

interface Suite {
  readonly tools: readonly ToolName[];
  readonly measure: () => Promise<{ readonly result: unknown; readonly text: string }>;
}

function rendered<Result>(render: (result: Result) => string) {
  return (result: Result): { readonly result: Result; readonly text: string } => ({ result, text: render(result) });
}

function measureGenerate(): Promise<Report> {
  return withProgram(async (program, folder, rounds) => ({
    machine: describeMachine(),
    detection: benchDetection(),
    imports: await benchImports(folder, rounds),
    generate: await benchGenerate(program, values.services.split(',').map(Number), rounds),
  }));
}

function measureEvidence(): ReturnType<typeof benchEvidence> {
  return withProgram((program, _folder, rounds) => benchEvidence(program, rounds));
}

function measureFiles(): Promise<FilesReport> {
  return withProgram(async (program, folder, rounds) => ({
    rounds,
    validate: await benchValidate(program, folder, rounds),
    rendering: benchRendering(rounds),
  }));
}

/** With `--before`, another build of the program beside this one. */
function measureLarge(): Promise<Parameters<typeof renderLargeServices>[0]> {
  return withProgram(async (program, folder) => {
    const count = Number(values.large);
    const now = { of: 'now', ...(await benchLargeServices(program, folder, count)) };
    if (values.before === undefined) return [now];
    return [{ of: 'before', ...(await benchLargeServices(values.before, folder, count)) }, now];
  });
}

function measureBudgets(): Promise<BudgetResult[]> {
  return withProgram((program, folder) => benchBudgets(program, values.before, folder));
}

/** Builds the program into a folder that is removed afterwards. */
async function withProgram<Result>(
  measureWith: (program: string, folder: string, rounds: number) => Promise<Result>,
): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'dynamic-toolset-bench-'));
  try {
    const program = join(folder, 'dynamic-toolset.cjs');
    await buildProgram(program);
    return await measureWith(program, folder, Number(values.rounds));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function measureServe(): Promise<Parameters<typeof renderServe>[0]> {
  return { scale: await benchScale(Number(values.minutes)), latency: await benchLatency() };
}

/** Replaces what stands between the two comments of a suite. */
function writeDocs(suite: string, report: string): void {
  const [start, end] = [`<!-- bench ${suite} -->`, `<!-- /bench ${suite} -->`];
  const text = readFileSync(docs, 'utf8');
  const [before, rest] = text.split(start);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`${docs} lacks ${start} … ${end}`);
  writeFileSync(docs, `${before}${start}\n\n${report}\n\n${end}${after}`);
}
