import { expect } from 'chai';
import type { SpawnSyncReturns } from 'node:child_process';
import { spawnSync } from 'node:child_process';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { parse } from 'yaml';
import packageJson from '../../package.json' with { type: 'json' };
import { realPart } from '../support/real-part.ts';
import { temporaryFolder } from '../support/folder.ts';
import { preCommitPython } from '../tools/pre-commit.ts';

const repository = join(import.meta.dirname, '../..');
const recorded = join(repository, 'test/cases/one-prometheus/cluster.yaml');
const good = 'toolsets:\n  kubernetes/logs: {enabled: true}\n';
const bad = 'toolsets:\n  grafana/lokki: {enabled: true}\n';
const finding = 'HolmesGPT 0.45 has no toolset "grafana/lokki"; did you mean "grafana/loki"?';

interface Workflow {
  readonly jobs: Readonly<Record<string, { readonly steps: readonly { readonly run?: string }[] }>>;
}

describe('docs/pull-requests.md', () => {
  const folder = temporaryFolder();
  let environment: NodeJS.ProcessEnv;
  let text: string;

  before(async () => {
    text = await readFile(join(repository, 'docs/pull-requests.md'), 'utf8');
  });

  beforeEach(async () => {
    const program = await folder.write(
      'dynamic-toolset',
      `#!/bin/sh\nexec '${process.execPath}' '${join(repository, 'plugin/main.ts')}' "$@"\n`,
    );
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

  /** The block of the document whose first line names this file. */
  function shown(file: string): string {
    const blocks = [...text.matchAll(/^```yaml\n# (\S+)\n(.*?)^```$/gms)];
    const [, , block] = blocks.find(([, name]) => name === file) ?? [];
    expect(block, file).to.be.a('string');
    return block ?? '';
  }

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
      const config = shown('.pre-commit-config.yaml')
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

    it('stops a commit, and shows which line of which file it is about', async () => {
      const { status, stdout } = await hooked({ 'apps/prod/overrides.yaml': bad, 'apps/test/overrides.yaml': good });

      expect(stdout).to.match(/^dynamic-toolset validate\.+Failed$/m);
      expect(stdout).to.include(`apps/prod/overrides.yaml:2:3 warning: ${finding.split(';')[0] ?? ''}`);
      expect(status).to.equal(1);
    });

    it('leaves other files alone', async () => {
      const { status, stdout } = await hooked({ 'my-overrides.yaml': bad, 'overrides.yaml.txt': bad });

      expect(stdout).to.match(/^dynamic-toolset validate\.+\(no files to check\)Skipped$/m);
      expect(status).to.equal(0);
    });
  });

  describe('the workflow', () => {
    let commands: readonly string[];

    beforeEach(() => {
      const { jobs } = parse(shown('.github/workflows/toolsets.yaml')) as Workflow;
      const all = Object.values(jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []));
      expect(all[0]).to.equal('npm ci && npm link');
      commands = all.slice(1);
      environment = {
        ...environment,
        GITHUB_BASE_REF: 'main',
        GITHUB_STEP_SUMMARY: join(folder.path, 'summary.md'),
      };
    });

    /** Runs the steps after the installation on a branch that changes these files, as GitHub's runner does. */
    async function pullRequest(
      base: Readonly<Record<string, string>>,
      branch: Readonly<Record<string, string>>,
    ): Promise<{ readonly steps: readonly SpawnSyncReturns<string>[]; readonly summary: string }> {
      await mkdir(join(folder.path, 'origin/clusters'), { recursive: true });
      await copyFile(recorded, join(folder.path, 'origin/clusters/production.json'));
      git('origin', 'init', '--quiet', '--initial-branch', 'main');
      await commit('origin', base);
      git('', 'clone', '--quiet', 'origin', 'clone');
      git('clone', 'checkout', '--quiet', '-b', 'change');
      await commit('clone', branch);
      const steps = commands.map((command) => runIn('clone', 'bash', '-e', '-c', command));
      const summary = await readFile(join(folder.path, 'summary.md'), 'utf8').catch(() => '');
      return { steps, summary };
    }

    it('ends well for a good change, and tells what it does to what runs', async () => {
      const { steps, summary } = await pullRequest(
        { 'apps/prod/overrides.yaml': good, 'apps/test/overrides.yaml': good },
        { 'apps/prod/overrides.yaml': 'toolsets:\n  kubernetes/logs: {enabled: false}\n' },
      );

      expect(steps.map(({ status, stderr }) => [status, stderr.replace(/^Preparing worktree.*\n/, '')])).to.deep.equal([
        [0, ''],
        [0, ''],
      ]);
      expect(summary.match(/^\*\*.*$/gm)).to.deep.equal([
        '**`holmesgpt/custom-toolsets-configmap`**, compared with what ../base/apps/prod gives',
        '**`holmesgpt/custom-toolsets-configmap`**: no change to what ../base/apps/test gives.',
      ]);
      expect(summary).to.include('- **`kubernetes/logs`**: disabled, by overrides.yaml:2:21\n');
    });

    it('marks the line of a bad change, and fails', async () => {
      const { steps } = await pullRequest({ 'apps/prod/overrides.yaml': good }, { 'apps/prod/overrides.yaml': bad });

      expect(steps[0]?.status).to.equal(1);
      expect(steps[0]?.stdout).to.match(/^::warning file=apps\/prod\/overrides\.yaml,line=2,col=3,title=OVERRIDE_/);
    });

    it('tells the effect of a folder that is new', async () => {
      const { steps, summary } = await pullRequest({ 'a.txt': '' }, { 'apps/new/overrides.yaml': good });

      expect(steps.map(({ status }) => status)).to.deep.equal([0, 0]);
      expect(summary).to.include('- **`kubernetes/logs`**: new, by overrides.yaml:2:3\n');
    });

    it('fails where the effect cannot be told', async () => {
      const { steps } = await pullRequest({ 'a.txt': '' }, { 'apps/new/overrides.yaml': 'toolsets: [\n' });

      expect(steps.map(({ status }) => status === 0)).to.deep.equal([false, false]);
    });
  });
});
