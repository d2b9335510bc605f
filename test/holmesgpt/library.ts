import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ConfigKey } from '../../plugin/consumers/holmesgpt/catalog.ts';
import { holmesPython } from '../tools/holmesgpt.ts';
import type { HolmesVersion } from '../tools/holmesgpt.ts';

/** What an installed HolmesGPT takes in its toolset file, as catalog.py reads it from the library's classes. */
export interface Library {
  readonly version: string;
  readonly toolsets: Readonly<Record<string, LibraryToolset>>;
  readonly types: Readonly<Record<string, LibraryToolset>>;
  readonly entryKeys: Readonly<Record<string, ConfigKey['type']>>;
  readonly mcpEntryKeys: Library['entryKeys'];
}

export interface LibraryToolset {
  readonly config: LibraryKeys | null;
  readonly byDefault?: true;
}

export type LibraryKeys = Readonly<Record<string, LibraryKey>>;

export interface LibraryKey {
  readonly type: ConfigKey['type'];
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
