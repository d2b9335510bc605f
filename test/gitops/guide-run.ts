import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describeMachine } from '../bench/report.ts';
import type { BareRepository } from '../support/bare-repository.ts';
import { commandOf } from '../support/built-program.ts';
import { shellBlocks } from '../support/guide.ts';

/** Settings that say nothing: everything is discovered. */
export const settings = 'apiVersion: toolset.kubernaut.ai/v1alpha1\nkind: ToolsetConfig\nspec: {}\n';

/** Where the Git server of a run is, and with what it is used. */
export interface Remote {
  readonly url: string;
  /** File with the password. */
  readonly token: string;
  readonly kubeconfig: string;
}

/** The run of a guide with real parts: how long each of its steps took, and what is left to do at the end. */
export class GuideRun {
  readonly #guide: string;
  readonly #rows: (readonly [step: string, seconds: number])[] = [];
  /** The last one first. */
  readonly #ends: (() => Promise<unknown>)[] = [];

  /** `guide` is a file in docs/. */
  constructor(guide: string) {
    this.#guide = guide;
  }

  atEnd(end: () => Promise<unknown>): void {
    this.#ends.push(end);
  }

  async end(): Promise<void> {
    for (const end of this.#ends.toReversed()) await end();
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
  async propose(program: string, { url, token, kubeconfig }: Remote): Promise<Record<string, unknown>> {
    const script = shellBlocks(this.#guide).find((one) => one.script.includes('propose'))?.script ?? '';
    const [, shown = ''] = /^dynamic-toolset (propose .*)$/m.exec(script.replaceAll('\\\n', ' ')) ?? [];
    const args = shown
      .replace(/--repository \S+/, `--repository ${url}`)
      .replace('--git-token-file token', `--git-token-file ${token}`)
      .replace(/--forge\S* \S+/g, '')
      .trim()
      .split(/\s+/);
    const more = ['--kubeconfig', kubeconfig, '--check', 'none', '--settle', '0s', '-o', 'json'];
    const [node, ...rest] = commandOf(program);
    const { stdout } = await promisify(execFile)(node, [...rest, ...args, ...more], { encoding: 'utf8' });
    return JSON.parse(stdout) as Record<string, unknown>;
  }

  /** Writes the steps between the guide's comments of this name. `parts` says with what it was run. */
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
