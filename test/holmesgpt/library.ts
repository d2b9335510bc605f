import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { CatalogCost, ConfigKey } from '../../plugin/consumers/holmesgpt/catalog.ts';
import type { Limits } from '../../plugin/consumers/holmesgpt/limits.ts';
import { holmesPython } from '../tools/holmesgpt.ts';
import type { HolmesVersion } from '../tools/holmesgpt.ts';

/** What an installed HolmesGPT takes in its toolset file, as catalog.py reads it from the library's classes. */
export interface Library {
  readonly version: string;
  readonly toolsets: Readonly<Record<string, LibraryToolset>>;
  readonly types: Readonly<Record<string, LibraryToolset>>;
  readonly entryKeys: LibraryKeys;
  readonly mcpEntryKeys: LibraryKeys;
  /** Toolsets that it passes over: it had them once. */
  readonly removed: readonly string[];
  /** Keys of an entry that end the load of the file where they stand in one of a built-in toolset. */
  readonly overridden: readonly string[];
  /** Keys of an entry that it once had, and passes over. */
  readonly tolerated: readonly string[];
}

export interface LibraryToolset extends Pick<Limits, 'cliOnly' | 'needs' | 'excludes' | 'refuses' | 'subtypes'> {
  readonly config: LibraryKeys | null;
  readonly byDefault?: true;
  /** None of types whose entries or servers tell it. */
  readonly cost?: Omit<CatalogCost, 'since'>;
}

export type LibraryKeys = Readonly<Record<string, LibraryKey>>;

export interface LibraryKey {
  /** An integer is a number in the catalogue, and has its limits in limits.json. */
  readonly type: ConfigKey['type'] | 'integer';
  readonly limits?: Limits;
  readonly of?: ConfigKey['of'];
  readonly required?: true;
  /** The key that replaced it. */
  readonly insteadOf?: string;
  readonly items?: LibraryKeys;
}

/** Reads the library of a release that `test/tools/holmesgpt.ts` has installed. */
export async function readLibrary(version: HolmesVersion): Promise<Library> {
  const python = holmesPython(version);
  if (python === null) throw new Error(`HolmesGPT ${version} is not installed: node test/tools/holmesgpt.ts`);
  const home = await mkdtemp(join(tmpdir(), 'dynamic-toolset-catalog-'));
  try {
    const script = join(import.meta.dirname, 'catalog.py');
    const options = { env: { HOME: home, PATH: '/usr/bin:/bin' }, cwd: home, maxBuffer: 2 ** 24 };
    const { stdout } = await promisify(execFile)(python, [script], options);
    return JSON.parse(stdout) as Library;
  } finally {
    await rm(home, { recursive: true });
  }
}

/** Minor release of 0.x. */
export function minorOf(version: string): number {
  return Number(version.split('.')[1]);
}

/** The type in the catalogue. */
export function typeOf({ type }: Pick<LibraryKey, 'type'>): ConfigKey['type'] {
  return type === 'integer' ? 'number' : type;
}
