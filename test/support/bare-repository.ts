import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** What a test's git knows: no configuration of the machine. */
const gitVariables = {
  PATH: process.env.PATH,
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'A Person',
  GIT_AUTHOR_EMAIL: 'person@example.org',
  GIT_COMMITTER_NAME: 'A Person',
  GIT_COMMITTER_EMAIL: 'person@example.org',
};

/** A real bare repository, and what people do in it. */
export class BareRepository {
  readonly path: string;

  /** `folder` is a temporary one. */
  constructor(folder: string, name = 'fleet.git', format = 'sha1') {
    this.path = join(folder, name);
    execFileSync(
      'git',
      ['init', '--quiet', '--bare', '--initial-branch=main', `--object-format=${format}`, this.path],
      {
        env: gitVariables,
      },
    );
    this.git('config', 'uploadpack.allowFilter', 'true');
  }

  git(...args: readonly string[]): string {
    return this.gitWith('', {}, ...args);
  }

  gitWith(input: string, variables: Readonly<Record<string, string>>, ...args: readonly string[]): string {
    return execFileSync('git', ['-C', this.path, ...args], {
      env: { ...gitVariables, ...variables },
      encoding: 'utf8',
      input,
      stdio: ['pipe', 'pipe', 'pipe'],
    }).trimEnd();
  }

  /** Commits files on a branch, on top of what it has; `null` removes one, and `mode:` before a text sets its mode. */
  commit(files: Readonly<Record<string, string | null>>, branch = 'main', message = 'a change'): string {
    const variables = { GIT_INDEX_FILE: join(this.path, 'index-of-tests') };
    const tip = this.tip(branch);
    if (tip === null) this.gitWith('', variables, 'read-tree', '--empty');
    else this.gitWith('', variables, 'read-tree', tip);
    for (const [path, given] of Object.entries(files)) {
      if (given === null) {
        // In a bare repository only a line of the index can be removed, not a path.
        this.gitWith(`0 ${'0'.repeat(40)}\t${path}\n`, variables, 'update-index', '--index-info');
        continue;
      }
      const [, mode = '100644', text = ''] = /^(?:(\d{6}):)?(.*)$/s.exec(given) ?? [];
      const oid = mode === '160000' ? text : this.gitWith(text, {}, 'hash-object', '-w', '--stdin');
      this.gitWith('', variables, 'update-index', '--add', '--cacheinfo', `${mode},${oid},${path}`);
    }
    const tree = this.gitWith('', variables, 'write-tree');
    const parents = tip === null ? [] : ['-p', tip];
    const commit = this.gitWith(`${message}\n`, {}, 'commit-tree', tree, ...parents);
    this.git('update-ref', `refs/heads/${branch}`, commit);
    return commit;
  }

  tip(branch: string): string | null {
    return this.refs().get(`refs/heads/${branch}`) ?? null;
  }

  /** Objects by reference. */
  refs(): ReadonlyMap<string, string> {
    const lines = this.git('for-each-ref', '--format=%(refname) %(objectname)').split('\n');
    return new Map(lines.filter((line) => line !== '').map((line) => line.split(' ') as [string, string]));
  }

  /** Branches of ours. */
  proposals(): string[] {
    return [...this.refs().keys()]
      .filter((ref) => ref.startsWith('refs/heads/dynamic-toolset/'))
      .map((ref) => ref.replace('refs/heads/', ''));
  }

  text(branch: string, path: string): string {
    return execFileSync('git', ['-C', this.path, 'cat-file', 'blob', `refs/heads/${branch}:${path}`], {
      env: gitVariables,
      encoding: 'utf8',
    });
  }

  message(branch: string): string {
    return this.git('log', '-1', '--format=%B', `refs/heads/${branch}`);
  }

  /** The number of commits that any reference leads to. */
  commits(): number {
    return Number(this.git('rev-list', '--count', '--all'));
  }
}
