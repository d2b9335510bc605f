import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { placeProgram, programFile } from '../../support/built-program.ts';

/** How a process ended. */
export interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The checkout of this program as it is. */
export const sources = join(import.meta.dirname, '../../..');

/** A checkout in this folder whose `plugin/main.ts` is the program as it is built: it starts in a sixth of the time. */
export async function builtCheckout(folder: string): Promise<string> {
  const checkout = join(folder, 'program');
  for (const name of ['plugin', 'detectors', 'node_modules']) await mkdir(join(checkout, name), { recursive: true });
  await placeProgram(join(checkout, programFile));
  await writeFile(join(checkout, 'plugin/main.ts'), `import '../${programFile}';\n`);
  await writeFile(join(checkout, 'package.json'), '{ "type": "module" }\n');
  return checkout;
}

/** A repository with a branch `change` of `main`, cloned as a runner does, and what a job runs there. */
export class Job {
  private readonly folder: string;
  private readonly clone: string;
  private readonly environment: Readonly<Record<string, string>>;

  constructor(folder: string, clone = 'clone') {
    this.folder = folder;
    this.clone = clone;
    const names = ['AUTHOR_NAME', 'AUTHOR_EMAIL', 'COMMITTER_NAME', 'COMMITTER_EMAIL'];
    this.environment = {
      PATH: [join(folder, 'bin'), dirname(process.execPath), process.env.PATH].join(delimiter),
      HOME: folder,
      TMPDIR: folder,
      NODE_COMPILE_CACHE: join(tmpdir(), 'dynamic-toolset-compile-cache'),
      GIT_CONFIG_GLOBAL: '/dev/null',
      ...Object.fromEntries(names.map((name) => [`GIT_${name}`, 'me'])),
    };
  }

  /** A clone of which the branch changes these files of its base; `null` removes one. */
  async pullRequest(
    base: Readonly<Record<string, string>>,
    branch: Readonly<Record<string, string | null>>,
  ): Promise<void> {
    await mkdir(join(this.folder, 'origin'));
    await this.git('origin', 'init', '--quiet', '--initial-branch', 'main');
    await this.commit('origin', base);
    await this.git('.', 'clone', '--quiet', 'origin', 'clone');
    await this.git('clone', 'checkout', '--quiet', '-b', 'change');
    await this.commit('clone', branch);
  }

  /** The same in another clone. */
  in(clone: string): Job {
    return new Job(this.folder, clone);
  }

  async git(name: string, ...args: string[]): Promise<string> {
    const { status, stdout, stderr } = await this.run(name, ['git', ...args]);
    if (status !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`);
    return stdout.trim();
  }

  /** An executable that is found before those of the machine. */
  async program(name: string, text: string): Promise<void> {
    await mkdir(join(this.folder, 'bin'), { recursive: true });
    await writeFile(join(this.folder, 'bin', name), `#!/bin/bash\n${text}\n`, { mode: 0o755 });
  }

  /** A script as GitHub's and GitLab's runners start it. */
  bash(script: string, variables: Readonly<Record<string, string>>): Promise<Ended> {
    return this.run(this.clone, ['bash', '--noprofile', '--norc', '-eo', 'pipefail', '-c', script], variables);
  }

  /** The same where the runner may be used again: however it ends, it leaves no temporary folder and no worktree. */
  async tidyBash(script: string, variables: Readonly<Record<string, string>>): Promise<Ended> {
    const temporary = join(this.folder, 'tmp');
    await mkdir(temporary, { recursive: true });
    const ended = await this.bash(script, { TMPDIR: temporary, ...variables });
    expect(await readdir(temporary)).to.deep.equal([]);
    expect((await this.git(this.clone, 'worktree', 'list')).split('\n')).to.have.length(1);
    return ended;
  }

  async file(name: string): Promise<string> {
    return readFile(join(this.folder, name), 'utf8').catch(() => '');
  }

  private async commit(name: string, files: Readonly<Record<string, string | null>>): Promise<void> {
    for (const [file, content] of Object.entries(files)) {
      const path = join(this.folder, name, file);
      await mkdir(dirname(path), { recursive: true });
      if (content === null) await this.git(name, 'rm', '--quiet', file);
      else await writeFile(path, content);
    }
    await this.git(name, 'add', '--all');
    await this.git(name, 'commit', '--quiet', '--message', 'a change');
  }

  /** Not synchronously: the server that stands for the forge is in this process. */
  private async run(
    name: string,
    [command = '', ...args]: readonly string[],
    variables: Readonly<Record<string, string>> = {},
  ): Promise<Ended> {
    const options = { cwd: join(this.folder, name), env: { ...this.environment, ...variables } };
    try {
      return { status: 0, ...(await promisify(execFile)(command, args, options)) };
    } catch (error) {
      const { code, stdout = '', stderr = '' } = error as { code?: unknown; stdout?: string; stderr?: string };
      if (typeof code !== 'number') throw error;
      return { status: code, stdout, stderr };
    }
  }
}
