import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder for one test, as an Application's path is one. */
export interface Folder {
  /** Set while a test runs, else empty. */
  path: string;
  /** Writes a file and answers its path. */
  readonly write: (name: string, content: string | Uint8Array) => Promise<string>;
}

/** Called in a `describe`: each of its tests gets an empty folder, which is removed after it. */
export function temporaryFolder(): Folder {
  const folder: Folder = {
    path: '',
    write: async (name, content) => {
      // Relative to nothing it would land in whatever folder the tests were started from.
      if (folder.path === '') throw new Error(`${name} was to be written outside of a test`);
      const path = join(folder.path, name);
      await writeFile(path, content);
      return path;
    },
  };
  beforeEach(async () => {
    folder.path = await realpath(await mkdtemp(join(tmpdir(), 'dynamic-toolset-')));
  });
  afterEach(async () => {
    await rm(folder.path, { recursive: true });
    folder.path = '';
  });
  return folder;
}
