import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PluginError } from '../../lib/errors.ts';
import { excerpt } from '../../lib/messages/text.ts';
import { withTemporaryFolder } from '../../lib/temporary-files.ts';
import type { RepositoryUrl } from '../repository-url.ts';
import type { GitAccess, MachineVariables } from './access.ts';
import { gitEnvironment } from './access.ts';
import { fetchFailure, pushResult } from './git-errors.ts';
import { GitProcess } from './git-process.ts';

/** Download limit: the trees of one commit, or all of it if the server does not support partial clones. */
const maxFolderBytes = 512 * 1024 * 1024;
/** The bare repository in the temporary folder. */
const bareFolder = 'repository.git';
/** Largest file that is read or written. */
const maxFileBytes = 1024 * 1024;

/** First line of the pointer that Git LFS keeps in place of a file (version 1 of its specification). */
const lfsPointer = 'version https://git-lfs.github.com/spec/v1\n';

const kinds: ReadonlyMap<string, Exclude<Entry['kind'], 'file'>> = new Map([
  ['040000', 'folder'],
  ['120000', 'link'],
  ['160000', 'submodule'],
]);

/** An entry at a path of the repository. */
export interface Entry {
  readonly kind: 'file' | 'folder' | 'link' | 'submodule';
  readonly mode: string;
  readonly oid: string;
  readonly path: string;
}

/** A reference to set to an object, or to delete with `null`, provided that it still is `expected`. */
export interface RefUpdate {
  readonly ref: string;
  readonly to: string | null;
  readonly expected: string | null;
}

/** The one commit that a branch adds to its parent, and the branch that it is to be merged into: full names. */
interface AddedCommit {
  readonly commit: string;
  readonly parent: string;
  readonly branch: string;
  readonly base: string;
}

/** References of the repository at the time of the request. */
export interface Refs {
  /** The branch that its HEAD names; `null` if it names none. */
  readonly head: string | null;
  /** Objects by full reference name, for those requested references that exist. */
  readonly oids: ReadonlyMap<string, string>;
  readonly isEmpty: boolean;
}

export interface WorkspaceOptions {
  readonly repository: RepositoryUrl;
  readonly access: GitAccess;
  readonly machine: MachineVariables;
  readonly signal: AbortSignal;
  readonly maxFolderBytes?: number;
}

/**
 * A bare repository in a temporary folder. Its files are never checked out: trees are read and created as objects, so
 * that no filter, hook, link or submodule takes effect.
 */
export class Workspace {
  readonly #git: GitProcess;
  readonly #folder: string;
  readonly #signs: boolean;
  #isMade = false;

  private constructor(folder: string, git: GitProcess, signs: boolean) {
    this.#folder = folder;
    this.#git = git;
    this.#signs = signs;
  }

  /** Creates the folder, calls `use`, and removes the folder. Fails with OUTPUT_UNWRITABLE. */
  static async with<T>(options: WorkspaceOptions, use: (workspace: Workspace) => Promise<T>): Promise<T> {
    const { repository, access, machine, signal } = options;
    return withTemporaryFolder('propose', async (folder) => {
      const bare = join(folder, bareFolder);
      await mkdir(bare);
      const environment = { ...(await gitEnvironment(folder, repository, access, machine)), GIT_DIR: bare };
      const limits = { folderBytes: options.maxFolderBytes ?? maxFolderBytes, signal };
      const git = new GitProcess(bare, environment, limits);
      return use(new Workspace(folder, git, access.signingKeyFile !== undefined));
    });
  }

  /** Reads references by their full names, and creates the local repository with the same kind of hash. */
  async refs(names: readonly string[]): Promise<Refs> {
    const args = ['ls-remote', '--symref', 'origin', 'HEAD', ...names];
    const { stdout } = await this.#git.run({ args });
    const lines = stdout.split('\n').map((line) => line.split('\t'));
    const heads = lines.flatMap(([left = '', name]) => (name === 'HEAD' ? [left] : []));
    const head = heads.map((one) => /^ref: refs\/heads\/(.+)$/.exec(one)?.[1]).find((one) => one !== undefined);
    const wanted = new Set(names);
    const oids = new Map(
      lines.flatMap(([oid = '', name = '']) =>
        wanted.has(name) && /^[0-9a-f]{40,64}$/.test(oid) ? [[name, oid]] : [],
      ),
    );
    const isEmpty = oids.size === 0 && !heads.some((one) => /^[0-9a-f]/.test(one));
    const some = lines.map(([oid = '']) => oid).find((oid) => /^[0-9a-f]{40,64}$/.test(oid));
    if (some !== undefined && !this.#isMade) {
      const format = some.length === 64 ? 'sha256' : 'sha1';
      await this.#git.run({ args: ['init', '--quiet', '--bare', '--template=', `--object-format=${format}`] });
      this.#isMade = true;
    }
    return { head: head ?? null, oids, isEmpty };
  }

  /**
   * Fetches the newest commits of references without their files, and other objects that references name. Fails with
   * REPOSITORY_MOVED if one of them is gone.
   */
  async fetch(names: readonly string[]): Promise<void> {
    const options = ['--quiet', '--depth=1', '--filter=blob:none', '--no-tags', '--no-write-fetch-head', '--force'];
    const sources = names.map((name) => `${name}:${localName(name)}`);
    const args = ['fetch', ...options, 'origin', ...sources];
    const result = await this.#git.run({ args, mayFail: true });
    if (result.status !== 0) throw fetchFailure(args, result);
  }

  /**
   * Whether the base contains the parent of the one commit that a branch adds. Fetches the commits of the base that the
   * branch lacks: the oldest of them name it. `true` also if the server cannot send just these.
   */
  async isInBase({ parent, commit, branch, base }: AddedCommit): Promise<boolean> {
    const options = ['--quiet', `--shallow-exclude=${branch}`, '--filter=tree:0', '--no-tags', '--no-write-fetch-head'];
    const args = ['fetch', ...options, '--force', 'origin', `${base}:${localName(base)}`];
    const result = await this.#git.run({ args, mayFail: true });
    if (result.stderr.includes('no commits selected')) return false;
    if (/deepen-not|shallow-exclude/.test(result.stderr)) return true;
    if (result.status !== 0) throw fetchFailure(args, result);
    // Git lists the commits whose parents it has not fetched.
    const shallow = await readFile(join(this.#folder, bareFolder, 'shallow'), 'utf8');
    const oldest = shallow.split('\n').filter((oid) => oid !== '' && oid !== commit);
    const { stdout } = await this.#git.run({ args: ['cat-file', '--batch'], input: oldest.join('\n') });
    const headers = stdout.matchAll(/^[0-9a-f]+ commit \d+\ntree [0-9a-f]+\n((?:parent [0-9a-f]+\n)*)/gm);
    return headers.some(([, parents = '']) => parents.includes(parent));
  }

  /**
   * The entry at a path in a commit; `null` if there is none. Fails with REPOSITORY_INVALID if a part of the path is
   * not a folder.
   */
  async entryAt(commit: string, path: string): Promise<Entry | null> {
    const parts = path.split('/');
    const paths = parts.map((_, index) => parts.slice(0, index + 1).join('/'));
    const found = new Map((await this.#list(commit, paths)).map((entry) => [entry.path, entry]));
    for (const parent of paths.slice(0, -1)) {
      const { kind = 'folder' } = found.get(parent) ?? {};
      if (kind !== 'folder') throw notAFileError(parent, kind);
    }
    return found.get(path) ?? null;
  }

  /** The files below a folder, at most `most`. Fails with REPOSITORY_INVALID for a link or submodule among them. */
  async filesBelow(commit: string, folder: string, most: number): Promise<readonly Entry[]> {
    const entries = await this.#list(commit, folder === '.' ? [] : [folder], ['-r']);
    const other = entries.find(({ kind }) => kind !== 'file');
    if (other) throw notAFileError(other.path, other.kind);
    if (entries.length > most) {
      throw new PluginError('REPOSITORY_TOO_LARGE', `${folder} holds more than ${String(most)} files`, {
        hint: 'name a folder with --settings that holds toolset.yaml, overrides.yaml and patches.yaml alone',
      });
    }
    return entries;
  }

  async #list(commit: string, paths: readonly string[], options: readonly string[] = []): Promise<Entry[]> {
    const args = ['ls-tree', '-z', '--full-tree', ...options, commit, '--', ...paths];
    const { stdout } = await this.#git.run({ args });
    return stdout.split('\0').flatMap((line) => {
      const [, mode = '', oid = '', path = ''] = /^(\d+) \w+ ([0-9a-f]+)\t(.*)$/s.exec(line) ?? [];
      return mode === '' ? [] : [{ kind: kinds.get(mode) ?? 'file', mode, oid, path }];
    });
  }

  /**
   * The text of a file of at most 1 MB. Fails with REPOSITORY_TOO_LARGE, and with REPOSITORY_INVALID if it is not
   * UTF-8.
   */
  async text({ oid, path }: Pick<Entry, 'oid' | 'path'>): Promise<string> {
    const { stdout } = await this.#git.run({ args: ['cat-file', 'blob', oid], maxOutput: maxFileBytes });
    if (stdout.startsWith(lfsPointer)) {
      throw new PluginError(
        'REPOSITORY_INVALID',
        `${excerpt(path)} is kept in Git LFS: the repository only has a pointer`,
        {
          hint: 'keep the file in the repository itself: exclude it in .gitattributes with -filter',
        },
      );
    }
    if (!stdout.includes('\uFFFD')) return stdout;
    throw new PluginError('REPOSITORY_INVALID', `${excerpt(path)} is not UTF-8`, { hint: 'save the file as UTF-8' });
  }

  /** A commit as stored: headers, an empty line, the message. */
  async commitText(oid: string): Promise<string> {
    return (await this.#git.run({ args: ['cat-file', 'commit', oid], maxOutput: maxFileBytes })).stdout;
  }

  /** Stores a text and returns its id. */
  async store(text: string): Promise<string> {
    return (await this.#git.run({ args: ['hash-object', '-w', '--stdin'], input: text })).stdout.trim();
  }

  /** The tree of a commit with one file set and everything else unchanged. */
  async treeWith(commit: string, path: string, text: string, mode: string): Promise<string> {
    const variables = { GIT_INDEX_FILE: join(this.#folder, 'index') };
    await this.#git.run({ args: ['read-tree', commit], variables });
    const blob = await this.store(text);
    await this.#git.run({ args: ['update-index', '--add', '--cacheinfo', `${mode},${blob},${path}`], variables });
    return (await this.#git.run({ args: ['write-tree', '--missing-ok'], variables })).stdout.trim();
  }

  /** Creates a commit, signed if there is a key, and returns its id. */
  async commit({ tree, parent, message, seconds }: NewCommit): Promise<string> {
    const date = `@${String(seconds)} +0000`;
    const { stdout } = await this.#git.run({
      args: ['commit-tree', tree, '-p', parent, ...(this.#signs ? ['-S'] : [])],
      input: message,
      variables: { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date },
    });
    return stdout.trim();
  }

  /** Updates references. Returns `moved` if one of them is not as expected: nothing of others is overwritten. */
  async push(updates: readonly RefUpdate[]): Promise<'done' | 'moved'> {
    if (updates.length === 0) return 'done';
    const leases = updates.map(({ ref, expected }) => `--force-with-lease=${ref}:${expected ?? ''}`);
    const specs = updates.map(({ ref, to }) => `${to ?? ''}:${ref}`);
    const args = ['push', '--porcelain', '--no-verify', ...leases, 'origin', ...specs];
    return pushResult(args, await this.#git.run({ args, mayFail: true }));
  }
}

/** A commit to create on top of another one. */
export interface NewCommit {
  readonly tree: string;
  readonly parent: string;
  readonly message: string;
  /** In seconds since the epoch. */
  readonly seconds: number;
}

function localName(ref: string): string {
  return ref.replace(/^refs\//, 'refs/remotes/origin/');
}

/** The error for an entry that is not a file where a file is needed. */
export function notAFileError(path: string, kind: Entry['kind']): PluginError {
  return new PluginError('REPOSITORY_INVALID', `${excerpt(path)} of the repository is a ${kind}`, {
    hint: 'name a regular file, in folders of the repository itself: links and submodules are not followed',
  });
}
