import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { describeMachine } from '../bench/report.ts';
import type { Cluster } from '../cluster/parts/cluster.ts';
import type { BareRepository } from '../support/bare-repository.ts';
import { commandOf, placeProgram, programFile } from '../support/built-program.ts';
import { gitHttpServer } from '../support/git-server.ts';
import { shellBlocks } from '../support/guide.ts';

/** Settings that say nothing: everything is discovered. */
export const settings = 'apiVersion: toolset.kubernaut.ai/v1alpha1\nkind: ToolsetConfig\nspec: {}\n';

/** What the Git server of a run takes. */
export const [user, password] = ['x-access-token', 'a-token-of-the-test'];

/** Ready for an answer at last, where controllers read much before their first. */
export const startMs = 120_000;

/** Where the Git server of a run is, and with what it is used. */
interface Remote {
  readonly url: string;
  /** File with the password. */
  readonly token: string;
  readonly kubeconfig: string;
}

/**
 * Runs a guide in docs/ with real parts. With `--write-docs`, its steps are written between the guide's comments of this name;
 * `parts` says with what they were run.
 */
export async function runGuide(
  guide: string,
  { name, parts }: { readonly name: string; readonly parts: string },
  run: (guideRun: GuideRun) => Promise<void>,
): Promise<void> {
  const { values } = parseArgs({ options: { 'write-docs': { type: 'boolean', default: false } } });
  const guideRun = new GuideRun(guide, await mkdtemp(join(tmpdir(), `dynamic-toolset-${name}-`)));
  try {
    await placeProgram(guideRun.program);
    await run(guideRun);
    if (values['write-docs']) await guideRun.writeDocs(name, parts);
  } finally {
    await guideRun.end();
  }
}

/** The run of a guide with real parts: how long each of its steps took, and what is left to do at the end. */
export class GuideRun {
  /** A temporary one; gone at the end. */
  readonly folder: string;
  readonly #guide: string;
  readonly #rows: (readonly [step: string, seconds: number])[] = [];
  /** The last one first. */
  readonly #ends: (() => Promise<unknown>)[] = [];
  #remote: Remote | null = null;

  constructor(guide: string, folder: string) {
    this.#guide = guide;
    this.folder = folder;
    this.atEnd(() => rm(folder, { recursive: true, force: true }));
  }

  get program(): string {
    return join(this.folder, programFile);
  }

  atEnd(end: () => Promise<unknown>): void {
    this.#ends.push(end);
  }

  async end(): Promise<void> {
    for (const end of this.#ends.toReversed()) await end();
  }

  /** Serves the repositories of the folder until the end; proposals go to this one from now on. Answers its URL. */
  async serveGit({ path }: BareRepository, cluster: Cluster): Promise<string> {
    const git = await gitHttpServer({ folder: this.folder, user, password });
    this.atEnd(() => git.close());
    const url = `${git.url}/${basename(path)}`;
    const token = join(this.folder, 'token');
    await writeFile(token, `${password}\n`, { mode: 0o600 });
    this.#remote = { url, token, kubeconfig: await cluster.kubeconfig() };
    return url;
  }

  /** The arguments of the kubectl command that the guide's block of this id shows. */
  kubectl(id: string): readonly string[] {
    const script = shellBlocks(this.#guide).find((block) => block.id === id)?.script ?? '';
    const [, args] = /^kubectl (.*)$/m.exec(script) ?? [];
    if (args === undefined) throw new Error(`${this.#guide} shows no kubectl command in a block ${id}`);
    return args.split(' ');
  }

  /** Runs one step, and says how long it took. */
  async step<T>(name: string, run: () => Promise<T>): Promise<T> {
    const began = performance.now();
    const result = await run();
    const seconds = (performance.now() - began) / 1000;
    this.#rows.push([name, seconds]);
    console.log(`${name}: ${seconds.toFixed(1)} s`);
    return result;
  }

  /** The guide's command that proposes, against the real cluster and the Git server in the place of the one that it names. */
  async propose(): Promise<Record<string, unknown>> {
    if (!this.#remote) throw new Error('there is no Git server yet');
    const { url, token, kubeconfig } = this.#remote;
    const script = shellBlocks(this.#guide).find((one) => one.script.includes('propose'))?.script ?? '';
    const [, shown = ''] = /^dynamic-toolset (propose .*)$/m.exec(script.replaceAll('\\\n', ' ')) ?? [];
    const args = shown
      .replace(/--repository \S+/, `--repository ${url}`)
      .replace('--git-token-file token', `--git-token-file ${token}`)
      .replace(/--forge\S* \S+/g, '')
      .trim()
      .split(/\s+/);
    const more = ['--kubeconfig', kubeconfig, '--check', 'none', '--settle', '0s', '-o', 'json'];
    const [node, ...rest] = commandOf(this.program);
    const { stdout } = await promisify(execFile)(node, [...rest, ...args, ...more], { encoding: 'utf8' });
    return JSON.parse(stdout) as Record<string, unknown>;
  }

  /** As `runGuide` says. */
  async writeDocs(name: string, parts: string): Promise<void> {
    const file = join(import.meta.dirname, '../..', this.#guide);
    const table = this.#rows.map(([step, seconds]) => `| ${step} | ${seconds.toFixed(1)} s |`);
    const lines = [
      `Run on ${new Date().toISOString().slice(0, 10)} with ${parts} on ${describeMachine()}.`,
      ['| Step | Time |', '| --- | ---: |', ...table].join('\n'),
    ];
    const text = (await readFile(file, 'utf8')).replace(
      new RegExp(`<!-- ${name} -->[^]*<!-- /${name} -->`),
      () => `<!-- ${name} -->\n\n${lines.join('\n\n')}\n\n<!-- /${name} -->`,
    );
    await writeFile(file, text);
  }
}

/** As a person merges the only proposal there is. Answers its commit. */
export function merge(repository: BareRepository): string {
  const [branch = ''] = repository.proposals();
  const commit = repository.tip(branch) ?? '';
  repository.git('update-ref', 'refs/heads/main', commit);
  return commit;
}
