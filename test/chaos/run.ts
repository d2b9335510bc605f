import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeMachine } from '../bench/report.ts';
import { clusterTools } from '../cluster/parts/cluster.ts';
import { missingTools } from '../tools/build.ts';
import { faultCases } from './faults.ts';
import type { FaultCase, Outcome } from './faults.ts';
import { randomFrom } from './random.ts';
import type { Random } from './random.ts';
import { chaosTable, isHeld } from './report.ts';
import type { Row } from './report.ts';
import { openStage } from './stage.ts';
import type { Stage } from './stage.ts';

/**
 * npm run test:chaos -- [--only api-server,cuts] [--minutes 10] [--seed 1] [--write-docs]
 *
 * Faults of `serve` on a real API server and etcd, one after the other; `--minutes` is for the soak at the end. Ends
 * with 1 where a row is not at its bar.
 */
const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    minutes: { type: 'string', default: '0.5' },
    seed: { type: 'string', default: '1' },
    'write-docs': { type: 'boolean', default: false },
  },
});

/** Until a replica has made the ConfigMap right, after a fault that it was not right within the bar of. */
const repairMs = 60_000;

const missing = missingTools(clusterTools);
if (missing.length > 0) {
  console.error(`missing: ${missing.join(', ')}; build them with: node test/tools/build.ts etcd kubernetes`);
  process.exit(1);
}
const stage = await openStage();
const rows: Row[] = [];
try {
  for (const fault of chosen()) {
    const row = await runCase(fault, stage, randomFrom(Number(values.seed)));
    rows.push(row);
    console.error(`${isHeld(row) ? 'held' : 'FAILED'}  ${chaosLine(row)}`);
  }
} finally {
  await stage.end();
}
console.log(chaosTable(rows));
if (values['write-docs']) writeDocs(chaosTable(rows));
process.exitCode = rows.every(isHeld) ? 0 : 1;

function chosen(): readonly FaultCase[] {
  const all = faultCases(Number(values.minutes));
  if (values.only === undefined) return all;
  return values.only.split(',').map((name) => {
    const found = all.find((one) => one.name === name);
    if (!found) throw new Error(`unknown fault "${name}": expected ${all.map((one) => one.name).join(', ')}`);
    return found;
  });
}

/** From a ConfigMap that is right, with no replica, to one that is right again. */
async function runCase(fault: FaultCase, stage: Stage, random: Random): Promise<Row> {
  stage.begin();
  const outcome = await fault.run(stage, random, fault.barSeconds * 1000).catch((error: unknown): Outcome => ({
    rightMs: null,
    problem: error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error),
  }));
  const { requests, changes, actions, peakMB } = stage;
  const twice = Math.max(0, actions - 2 * changes - (outcome.repeats ?? 0));
  await stage.stopAll();
  if (outcome.rightMs === null) await repair(stage);
  const { name, about, from, barSeconds } = fault;
  const { rightMs, problem = null } = outcome;
  return { name, about, from, barSeconds, rightMs, requests, changes, actions, twice, peakMB, problem };
}

/** The next fault begins with a ConfigMap that is right. */
async function repair(stage: Stage): Promise<void> {
  await stage.start();
  await stage.untilRight(repairMs);
  await stage.stopAll();
}

function chaosLine({ name, rightMs, barSeconds, requests, changes, actions, twice, peakMB, problem }: Row): string {
  const right =
    rightMs === null ? `not recovered within ${barSeconds} s` : `recovered after ${(rightMs / 1000).toFixed(1)} s`;
  const counts = `${requests} requests, ${actions} actions for ${changes} changes, ${twice} twice, ${Math.round(peakMB)} MB`;
  return `${name}: ${right}, ${counts}${problem === null ? '' : `: ${problem}`}`;
}

function writeDocs(table: string): void {
  const file = join(import.meta.dirname, '../../docs/reliability.md');
  const text = readFileSync(file, 'utf8');
  const date = new Date().toISOString().slice(0, 10);
  const block = `<!-- chaos: written by npm run test:chaos -- --write-docs -->\n\nMeasured on ${date} on ${describeMachine()}.\n\n${table}\n\n<!-- end of chaos -->`;
  writeFileSync(file, text.replace(/<!-- chaos: [^]*<!-- end of chaos -->/, block));
}
