import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import type { Catalog } from '../../plugin/consumers/holmesgpt/catalog.ts';
import { buildHolmesgpt, holmesVersions } from '../tools/holmesgpt.ts';
import { readLibrary } from './library.ts';
import { refreshCatalog } from './refresh-catalog.ts';

const file = join(import.meta.dirname, '../../plugin/consumers/holmesgpt/catalog.json');

/** Writes into catalog.json what the newest HolmesGPT of test/tools/holmesgpt.ts takes: `npm run update:catalog`. */
async function updateCatalog(): Promise<void> {
  buildHolmesgpt();
  const before = await readFile(file, 'utf8');
  const catalog = JSON.parse(before) as Catalog;
  const library = await readLibrary(holmesVersions.at(-1)!);
  const refreshed = { ...refreshCatalog(catalog, library), oldest: holmesVersions[0]! };
  const text = await format(JSON.stringify(refreshed), { ...(await resolveConfig(file)), filepath: file });
  if (text !== before) await writeFile(file, text);
  console.log(`catalog.json ${text === before ? 'is what' : 'now has what'} HolmesGPT ${library.version} takes`);
}

await updateCatalog();
