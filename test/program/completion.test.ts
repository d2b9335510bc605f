import { expect } from 'chai';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '../support/folder.ts';
import { realPart } from '../support/real-part.ts';
import { reported, runHere } from '../support/run.ts';

type Shell = 'bash' | 'zsh' | 'fish';

/** Milliseconds after which a shell that waits for ever is ended. */
const timeout = 20_000;

/** What a user has typed when asking for completions, and some of what is offered. */
const lines: readonly {
  readonly typed: string;
  readonly offers: readonly string[];
  readonly not: readonly string[];
}[] = [
  { typed: '', offers: ['generate', 'explain', 'serve', 'completion'], not: ['table'] },
  { typed: 'ex', offers: ['explain'], not: ['generate'] },
  { typed: 'explain -o ', offers: ['table', 'wide', 'csv'], not: ['github'] },
  { typed: 'validate --output ', offers: ['text', 'github'], not: ['wide'] },
  { typed: 'explain --deci', offers: ['--decision'], not: ['--deadline'] },
  { typed: 'explain --decision ', offers: ['selected', 'denied'], not: ['--all'] },
  { typed: 'adopt --', offers: ['--write', '--snapshot'], not: ['--decision'] },
  { typed: 'serve --lis', offers: ['--listen'], not: ['--lease'] },
  { typed: '--path a diff --', offers: ['--against'], not: ['--write'] },
  { typed: 'completion ', offers: ['bash', 'zsh', 'fish'], not: ['generate'] },
  { typed: 'review a', offers: ['a folder'], not: ['a-file'] },
  { typed: 'validate a', offers: ['a folder', 'a-file'], not: [] },
  { typed: 'generate --path ', offers: ['a folder'], not: ['a-file'] },
  { typed: 'generate --snapshot a', offers: ['a folder', 'a-file'], not: [] },
];

describe('plugin/commands/completion/completion', () => {
  const folder = temporaryFolder();

  beforeEach(async () => {
    await folder.write('a-file', '');
    await mkdir(join(folder.path, 'a folder'));
  });

  const offeredBy: Readonly<Record<'bash' | 'fish', (typed: string) => Promise<readonly string[]>>> = {
    bash: async (typed) => {
      await folder.write('script', await scriptOf('bash'));
      const asks = `source ./script
        COMP_WORDS=(dynamic-toolset ${typed
          .split(' ')
          .map((word) => `'${word}'`)
          .join(' ')})
        COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
        _dynamic_toolset
        printf '%s\\n' "\${COMPREPLY[@]}"`;
      return printed('bash', ['--norc', '-c', asks]);
    },
    fish: async (typed) => {
      await folder.write('script', await scriptOf('fish'));
      const asks = `source ./script; complete -C "dynamic-toolset ${typed}"`;
      const found = printed('fish', ['--no-config', '-c', asks]);
      return found.map((line) => (line.split('\t')[0] ?? '').replace(/\/$/, '').replaceAll('\\ ', ' '));
    },
  };

  function printed(shell: Shell, args: readonly string[]): string[] {
    const environment = { PATH: process.env.PATH, HOME: folder.path, TERM: 'dumb' };
    const text = execFileSync(shell, args, { cwd: folder.path, encoding: 'utf8', env: environment, timeout });
    return text.split('\n');
  }

  for (const shell of ['bash', 'fish'] as const)
    describe(shell, () => {
      before(function () {
        if (!isHere(shell)) this.skip();
      });

      for (const { typed, offers, not } of lines)
        it(`offers ${offers.join(', ')} after "${typed}"`, async () => {
          const offered = await offeredBy[shell](typed);

          expect(offered).to.include.members([...offers]);
          for (const one of not) expect(offered).not.to.include(one);
        });
    });

  describe('zsh', () => {
    before(function () {
      if (!isHere('zsh')) this.skip();
    });

    for (const [typed, completed] of [
      ['expl\\t -o wi\\t', 'explain -o wide'],
      ['explain --deci\\tsele\\t', 'explain --decision selected'],
      ['adopt --wri\\t', 'adopt --write'],
      ['completion fi\\t', 'completion fish'],
      ['review a\\t', 'review a folder'],
      ['serve --lis\\t:80', 'serve --listen :80'],
      ['generate --path a\\t', 'generate --path a folder'],
      ['validate -o gi\\t', 'validate -o github'],
    ] as const)
      it(`completes ${typed}`, async () => {
        expect(await ranBy('zsh', typed)).to.equal(completed);
      });
  });

  describe('bash at a terminal', () => {
    before(function () {
      if (!isHere('bash') || !isHere('zsh')) this.skip();
    });

    for (const [typed, completed] of [
      ['expl\\t -o wi\\t', 'explain|-o|wide'],
      ['generate --path a\\t', 'generate|--path|a folder/'],
      ['generate --path a\\tin\\t', 'generate|--path|a folder/inner/'],
      ['generate --snapshot a-\\t -o json', 'generate|--snapshot|a-file|-o|json'],
    ] as const)
      it(`completes ${typed} with one word for each argument`, async () => {
        await mkdir(join(folder.path, 'a folder', 'inner'));

        expect(await ranBy('bash', typed)).to.equal(completed);
      });
  });

  /** The line that an interactive shell runs after those keys. */
  async function ranBy(shell: 'bash' | 'zsh', typed: string): Promise<string> {
    await folder.write('script', await scriptOf(shell));
    await folder.write('keys', keysOf(shell, typed));
    const text = printed('zsh', ['-f', './keys']).join('\n');
    return text.replace(/\r/g, '').trim();
  }

  it('rejects a missing or unknown shell', async () => {
    expect(reported(await runHere(['completion'])).message).to.equal('completion needs a shell: bash, zsh or fish');
    expect(reported(await runHere(['completion', 'csh'])).message).to.equal(
      'invalid shell "csh": expected bash, zsh or fish',
    );
  });
});

async function scriptOf(shell: Shell): Promise<string> {
  const { code, stdout } = await runHere(['completion', shell]);
  expect(code).to.equal(0);
  return stdout;
}

/** How each shell is started at a terminal, and what it is told before. */
const interactive = {
  // The marker is put together when it runs, so that the echo of this line is not taken for it.
  bash: {
    start: 'bash --norc --noprofile -i',
    // Its history would be written into the folder while that is removed.
    setup: 'unset HISTFILE; source ./script; dynamic-toolset() { local IFS="|"; echo R""AN "$*"; }',
  },
  zsh: {
    start: 'zsh -f -i',
    setup: 'autoload -Uz compinit; compinit -u -D; source ./script; dynamic-toolset() { print -r -- R""AN "$*" }',
  },
} as const;

/** Types keys into an interactive shell at a terminal of its own, and prints the line that it then runs. */
function keysOf(shell: 'bash' | 'zsh', typed: string): string {
  const { start, setup } = interactive[shell];
  return `zmodload zsh/zpty
zpty shell ${start}
zpty -w shell '${setup}'
zpty -n -w shell $'dynamic-toolset ${typed}\\n'
zpty -r -m shell out '*RAN *
*'
print -r -- \${out##*RAN}
zpty -d shell
`;
}

function isHere(shell: Shell): boolean {
  const found = !spawnSync(shell, ['--version'], { stdio: 'ignore' }).error;
  return realPart(shell, found, `apt-get install ${shell}`);
}
