import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildProgram } from '../../build.ts';
import { clusterTools } from '../cluster/cluster.ts';
import { missingTools } from '../tools/build.ts';
import { benchDetection } from './detection.ts';
import { benchGenerate } from './generate.ts';
import { benchImports } from './imports.ts';
import type { Report } from './report.ts';
import { describeMachine, renderReport } from './report.ts';

/**
 * npm run bench -- [--rounds 15] [--services 500,10000] [--json FILE] [--write-docs]
 *
 * Peak memory is that of the largest process of a command, times are of the whole command. The API server and whatever
 * else runs take their share of the same machine: what counts are the ratios, which come from the same round.
 */
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '15' },
    services: { type: 'string', default: '500,10000' },
    json: { type: 'string' },
    'write-docs': { type: 'boolean', default: false },
  },
});

const docs = join(import.meta.dirname, '../../docs/performance.md');
const missing = missingTools(clusterTools);
if (missing.length > 0) throw new Error(`${missing.join(', ')} missing, get them with: node test/tools/build.ts`);

const folder = mkdtempSync(join(tmpdir(), 'dynamic-toolset-bench-'));
try {
  const rounds = Number(values.rounds);
  const program = join(folder, 'dynamic-toolset.cjs');
  await buildProgram(program);
  const report: Report = {
    machine: describeMachine(),
    detection: benchDetection(),
    imports: await benchImports(folder, rounds),
    generate: await benchGenerate(program, values.services.split(',').map(Number), rounds),
  };
  console.log(renderReport(report));
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
  if (values['write-docs']) writeDocs(report);
} finally {
  rmSync(folder, { recursive: true });
}

/** Replaces what stands between the two comments. */
function writeDocs(report: Report): void {
  const [start, end] = ['<!-- bench -->', '<!-- /bench -->'];
  const text = readFileSync(docs, 'utf8');
  const [before, rest] = text.split(start);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`${docs} lacks ${start} … ${end}`);
  writeFileSync(docs, `${before}${start}\n\n${renderReport(report)}\n\n${end}${after}`);
}
