import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder for one test, like an Application's path. */
export interface Folder {
  /** Set while a test runs, else empty. */
  path: string;
  /** Writes a file and returns its path. */
  readonly write: (name: string, content: string | Uint8Array) => Promise<string>;
}

/** For use in a `describe`: each test gets an empty folder, which is removed afterwards. */
export function temporaryFolder(): Folder {
  const folder: Folder = {
    path: '',
    write: async (name, content) => {
      // Otherwise it would be written to the folder from which the tests were started.
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
    // A shell such as fish can leave a process that still writes.
    await rm(folder.path, { recursive: true, maxRetries: 5 });
    folder.path = '';
  });
  return folder;
}
