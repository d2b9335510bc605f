import { expect } from 'chai';
import type { SpawnSyncReturns } from 'node:child_process';
import { spawnSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import packageJson from '../../package.json' with { type: 'json' };
import { placeProgram, programFile } from '../support/built-program.ts';
import { temporaryFolder } from '../support/folder.ts';
import { realPart } from '../support/real-part.ts';
import { shownFile } from './ci/shown.ts';
import { preCommitPython } from '../tools/pre-commit.ts';

const repository = join(import.meta.dirname, '../..');
const good = 'toolsets:\n  kubernetes/logs: {enabled: true}\n';
const bad = 'toolsets:\n  grafana/lokki: {enabled: true}\n';
const finding = 'HolmesGPT 0.45 has no toolset "grafana/lokki"; did you mean "grafana/loki"?';

describe('docs/pull-requests.md', () => {
  const folder = temporaryFolder();
  let environment: NodeJS.ProcessEnv;
  let text: string;

  before(async () => {
    text = await readFile(join(repository, 'docs/pull-requests.md'), 'utf8');
  });

  beforeEach(async () => {
    const bundle = join(folder.path, programFile);
    await placeProgram(bundle);
    const program = await folder.write('dynamic-toolset', `#!/bin/sh\nexec '${process.execPath}' '${bundle}' "$@"\n`);
    spawnSync('chmod', ['+x', program]);
    const names = ['AUTHOR_NAME', 'AUTHOR_EMAIL', 'COMMITTER_NAME', 'COMMITTER_EMAIL'];
    environment = {
      PATH: [folder.path, process.env.PATH].join(delimiter),
      HOME: folder.path,
      PRE_COMMIT_HOME: join(folder.path, 'hooks'),
      GIT_CONFIG_GLOBAL: '/dev/null',
      ...Object.fromEntries(names.map((name) => [`GIT_${name}`, 'me'])),
    };
  });

  const runIn = (name: string, command: string, ...args: string[]): SpawnSyncReturns<string> =>
    spawnSync(command, args, { cwd: join(folder.path, name), env: environment, encoding: 'utf8' });

  function git(name: string, ...args: string[]): string {
    const { status, stdout, stderr } = runIn(name, 'git', ...args);
    if (status !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`);
    return stdout.trim();
  }

  async function commit(name: string, files: Readonly<Record<string, string>>): Promise<string> {
    for (const [file, content] of Object.entries(files)) {
      const path = join(folder.path, name, file);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, content);
    }
    git(name, 'add', '--all');
    git(name, 'commit', '--quiet', '--message', 'a change');
    return git(name, 'rev-parse', 'HEAD');
  }

  async function repositoryOf(name: string, files: Readonly<Record<string, string>>): Promise<string> {
    await mkdir(join(folder.path, name));
    git(name, 'init', '--quiet', '--initial-branch', 'main');
    return commit(name, files);
  }

  describe('the hook, run by the real pre-commit', () => {
    let python: string;

    before(function () {
      if (!realPart('pre-commit', preCommitPython() !== null, 'node test/tools/pre-commit.ts')) this.skip();
      python = preCommitPython() ?? '';
    });

    /** A repository that uses our hook as the document shows it, with these files. */
    async function hooked(files: Readonly<Record<string, string>>): Promise<SpawnSyncReturns<string>> {
      const hooks = await readFile(join(repository, '.pre-commit-hooks.yaml'), 'utf8');
      const revision = await repositoryOf('ours', { '.pre-commit-hooks.yaml': hooks });
      const config = shownFile(text, '.pre-commit-config.yaml')
        .replace('https://github.com/OWNER/REPOSITORY', join(folder.path, 'ours'))
        .replace(`v${packageJson.version}`, revision);
      expect(config).to.include(revision);
      await repositoryOf('theirs', { ...files, '.pre-commit-config.yaml': config });
      return runIn('theirs', python, '-m', 'pre_commit', 'run', '--all-files', '--color', 'never');
    }

    it('passes files without problems', async () => {
      const { status, stdout } = await hooked({ 'apps/prod/overrides.yaml': good, 'apps/test/toolset.yaml': '' });

      expect(stdout).to.match(/^dynamic-toolset validate\.+Passed$/m);
      expect(status).to.equal(0);
    });

    it('fails with the file and line of a problem', async () => {
      const { status, stdout } = await hooked({ 'apps/prod/overrides.yaml': bad, 'apps/test/overrides.yaml': good });

      expect(stdout).to.match(/^dynamic-toolset validate\.+Failed$/m);
      expect(stdout).to.include(`apps/prod/overrides.yaml:2:3 warning: ${finding.split(';')[0] ?? ''}`);
      expect(status).to.equal(1);
    });

    it('skips other files', async () => {
      const { status, stdout } = await hooked({ 'my-overrides.yaml': bad, 'overrides.yaml.txt': bad });

      expect(stdout).to.match(/^dynamic-toolset validate\.+\(no files to check\)Skipped$/m);
      expect(status).to.equal(0);
    });
  });
});
