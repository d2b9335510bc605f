import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import type { Catalog } from '../../plugin/consumers/holmesgpt/catalog.ts';
import type { LimitsFile } from '../../plugin/consumers/holmesgpt/limits.ts';
import { buildHolmesgpt, holmesVersions } from '../tools/holmesgpt.ts';
import { readLibrary } from './library.ts';
import { refreshLimits } from './library-limits.ts';
import { refreshCatalog, withCosts } from './refresh-catalog.ts';

const folder = join(import.meta.dirname, '../../plugin/consumers/holmesgpt');

/** Writes into catalog.json and limits.json what the newest HolmesGPT of test/tools/holmesgpt.ts takes, and what toolsets cost in each. */
async function updateCatalog(): Promise<void> {
  buildHolmesgpt();
  const library = await readLibrary(holmesVersions.at(-1)!);
  const catalog = JSON.parse(await readFile(join(folder, 'catalog.json'), 'utf8')) as Catalog;
  const limits = JSON.parse(await readFile(join(folder, 'limits.json'), 'utf8')) as LimitsFile;
  const refreshed = { ...refreshCatalog(catalog, library), oldest: holmesVersions[0]! };
  const libraries = [...(await Promise.all(holmesVersions.slice(0, -1).map(readLibrary))), library];
  await update('catalog.json', libraries.reduce(withCosts, refreshed), library.version);
  await update('limits.json', refreshLimits(limits, library, catalog.newest), library.version);
}

async function update(name: string, data: object, version: string): Promise<void> {
  const file = join(folder, name);
  const before = await readFile(file, 'utf8');
  const text = await format(JSON.stringify(data), { ...(await resolveConfig(file)), filepath: file });
  if (text !== before) await writeFile(file, text);
  console.log(`${name} ${text === before ? 'is what' : 'now has what'} HolmesGPT ${version} takes`);
}

await updateCatalog();
