import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** Path in the repository -> its new content; anything but text is written as JSON, `null` deletes. */
export type Files = Readonly<Record<string, unknown>>;

/** A bare Git repository that Argo CD reads. */
export interface Repository {
  readonly url: string;
  /** Writes the files, commits and pushes. Returns the commit. */
  readonly commit: (files: Files) => Promise<string>;
  /** For anything but plain files: `change` gets the working tree. */
  readonly commitWith: (change: (workTree: string) => Promise<void>) => Promise<string>;
  /** A clone as a person has it, on a new branch. */
  readonly checkOut: (branch: string) => Promise<CheckOut>;
}

export interface CheckOut {
  readonly folder: string;
  readonly git: (...args: readonly string[]) => Promise<string>;
}

export async function createRepository(folder: string): Promise<Repository> {
  const bare = join(folder, 'repository.git');
  const workTree = join(folder, 'work-tree');
  const gitIn =
    (place: string) =>
    async (...args: readonly string[]): Promise<string> =>
      (await execute('git', ['-C', place, ...args], { env: gitEnv(folder) })).stdout.trim();
  const git = gitIn(workTree);
  await mkdir(workTree);
  await execute('git', ['init', '--quiet', '--bare', '--initial-branch=main', bare], { env: gitEnv(folder) });
  await git('init', '--quiet', '--initial-branch=main');
  await git('remote', 'add', 'origin', bare);
  const commitWith: Repository['commitWith'] = async (change) => {
    await change(workTree);
    await git('add', '--all');
    if ((await git('status', '--porcelain')) === '')
      throw new Error('there is nothing to commit: does another test use the same folder?');
    await git('commit', '--quiet', '--message', 'change');
    await git('push', '--quiet', 'origin', 'main');
    return git('rev-parse', 'HEAD');
  };
  return {
    url: `file://${bare}`,
    commitWith,
    commit: (files) => commitWith((folder) => writeFiles(folder, files)),
    checkOut: async (branch) => {
      const place = await mkdtemp(join(folder, 'check-out-'));
      const gitHere = gitIn(place);
      await gitHere('clone', '--quiet', bare, '.');
      await gitHere('switch', '--quiet', '--create', branch);
      return { folder: place, git: gitHere };
    },
  };
}

/** Excludes the machine's own configuration, which may sign commits or run hooks. */
export function gitEnv(home: string): Readonly<Record<string, string>> {
  const who = { name: 'test', email: 'test@example.com' };
  return {
    PATH: process.env.PATH ?? '',
    HOME: home,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: who.name,
    GIT_AUTHOR_EMAIL: who.email,
    GIT_COMMITTER_NAME: who.name,
    GIT_COMMITTER_EMAIL: who.email,
  };
}

async function writeFiles(folder: string, files: Files): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    if (content === null) await rm(file, { recursive: true });
    else await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  }
}
