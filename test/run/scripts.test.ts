import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { cp, mkdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import manifest from '../../package.json' with { type: 'json' };
import { temporaryFolder } from '../support/folder.ts';

const repository = join(import.meta.dirname, '../..');

describe('run/scripts: package.json', () => {
  const folder = temporaryFolder();

  it('has a lint:fix script that fixes what can be fixed automatically', async function () {
    this.timeout(60_000);
    const settings = ['oxlint.config.ts', 'eslint.config.js', 'lint', '.prettierrc.json', '.prettierignore'];
    for (const name of ['package.json', 'tsconfig.json', ...settings]) {
      await cp(join(repository, name), join(folder.path, name), { recursive: true });
    }
    await symlink(join(repository, 'node_modules'), join(folder.path, 'node_modules'));
    await mkdir(join(folder.path, 'plugin'));
    const file = await folder.write(
      'plugin/ugly.ts',
      'export const  twice = (n: number): number => ((n as number)*2)\n',
    );

    const { status, stdout } = spawnSync('npm', ['run', '--silent', 'lint:fix'], {
      cwd: folder.path,
      encoding: 'utf8',
    });

    expect(await readFile(file, 'utf8')).to.equal('export const twice = (n: number): number => n * 2;\n');
    expect(status, stdout).to.equal(0);
  });

  it('uses only tools for lint:fix that lint uses too', () => {
    const { lint, 'lint:fix': fix } = manifest.scripts;
    const toolsOf = (script: string): readonly string[] =>
      script.split(' && ').map((command) => command.split(' ')[0]!);

    expect(toolsOf(lint)).to.include.members(toolsOf(fix));
  });
});
