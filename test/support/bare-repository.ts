import { execFileSync } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';

/** Environment of a test's git: no configuration of the machine. */
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

/** A real bare repository, and people's actions in it. */
export class BareRepository {
  readonly path: string;

  /** `folder` is a temporary one. */
  constructor(folder: string, name = 'fleet.git', format = 'sha1') {
    this.path = join(folder, name);
    const options = ['--quiet', '--bare', '--initial-branch=main', `--object-format=${format}`];
    execFileSync('git', ['init', ...options, this.path], { env: gitVariables });
    appendFileSync(join(this.path, 'config'), '[uploadpack]\n\tallowFilter = true\n');
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

  /**
   * Commits files to a branch, on top of its contents; `null` removes a file, and `mode:` before the text sets its
   * mode.
   */
  commit(files: Readonly<Record<string, string | null>>, branch = 'main', message = 'a change'): string {
    const ref = `refs/heads/${branch}`;
    const tip = this.tip(branch);
    // One process for all files; `hash-object` and `update-index` would take two per file.
    const stream = [
      `commit ${ref}\nmark :1\ncommitter A Person <person@example.org> now\n${data(`${message}\n`)}`,
      ...(tip === null ? [] : [`from ${tip}\n`]),
      ...Object.entries(files).map(([path, given]) => change(path, given)),
      'get-mark :1\n',
    ];
    return this.gitWith(stream.join(''), {}, 'fast-import', '--quiet', '--force', '--date-format=now');
  }

  tip(branch: string): string | null {
    return this.refs().get(`refs/heads/${branch}`) ?? null;
  }

  /** Objects by reference. */
  refs(): ReadonlyMap<string, string> {
    const lines = this.git('for-each-ref', '--format=%(refname) %(objectname)').split('\n');
    return new Map(lines.filter((line) => line !== '').map((line) => line.split(' ') as [string, string]));
  }

  /** Branches of proposals. */
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

  /** The number of commits reachable from any reference. */
  commits(): number {
    return Number(this.git('rev-list', '--count', '--all'));
  }
}

/** The `git fast-import` command for one file of a commit. */
function change(path: string, given: string | null): string {
  const quoted = `"${path.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n')}"`;
  if (given === null) return `D ${quoted}\n`;
  const [, mode = '100644', text = ''] = /^(?:(\d{6}):)?(.*)$/s.exec(given) ?? [];
  return mode === '160000' ? `M ${mode} ${text} ${quoted}\n` : `M ${mode} inline ${quoted}\n${data(text)}`;
}

function data(text: string): string {
  return `data ${String(Buffer.byteLength(text))}\n${text}\n`;
}
