import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomFrom } from '../../chaos/random.ts';
import { holmesVersions } from '../../tools/holmesgpt.ts';
import { startJudges, stopJudges } from '../judge.ts';
import { minorOf } from '../library.ts';
import { compare } from './compare.ts';
import { mutatedEntries } from './entries.ts';

const [comparisons = '3200', seed = '1', release] = process.argv.slice(2);

/** `npm run agreement [-- COMPARISONS SEED [RELEASE]]`, of all releases or of one, such as 0.45.0: how often `validate` says of a changed entry what HolmesGPT does. */
async function run(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'dynamic-toolset-agreement-'));
  const asked = holmesVersions.filter((version) => release === undefined || version === release);
  if (asked.length === 0) throw new Error(`RELEASE is none of ${holmesVersions.join(', ')}`);
  const judges = await startJudges(folder, undefined, asked);
  const releases = Object.values(judges);
  try {
    const all = await Promise.all(
      releases.map(async (judge) => {
        // Each from the seed: a release alone is compared on the entries that it has among all.
        const random = randomFrom(Number(seed));
        const found = [];
        while (found.length < Number(comparisons) / holmesVersions.length)
          found.push(...(await compare(judge, mutatedEntries(minorOf(judge.version), random))));
        return { version: judge.version, found };
      }),
    );
    for (const { version, found } of all) {
      const misses = found.filter(({ agrees, refused }) => !agrees && refused !== null);
      const alarms = found.filter(({ agrees, refused }) => !agrees && refused === null);
      for (const { name, change, refused, entry } of misses)
        console.log(
          `${version} missed: ${name} ${change}: ${String(refused).replace(/\s+/g, ' ').slice(0, 220)}  ${JSON.stringify(entry).slice(0, 300)}`,
        );
      for (const { name, change, issues, entry } of alarms)
        console.log(
          `${version} false alarm: ${name} ${change}: ${issues.map(({ message }) => message).join('; ')} ${JSON.stringify(entry).slice(0, 300)}`,
        );
      const agreed = found.length - misses.length - alarms.length;
      const refused = found.filter(({ refused }) => refused !== null).length;
      console.log(
        `${version}: ${agreed} of ${found.length} agree (${((agreed / found.length) * 100).toFixed(2)} %), ${refused} refused or lost, ${misses.length} missed, ${alarms.length} false alarms`,
      );
    }
  } finally {
    await stopJudges(judges);
    await rm(folder, { recursive: true });
  }
}

await run();
