import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import packageJson from '../../package.json' with { type: 'json' };
import { realPart } from '../support/real-part.ts';
import type { Ended } from '../docs/ci/job.ts';
import { Job } from '../docs/ci/job.ts';
import { temporaryFolder } from '../support/folder.ts';
import { missingTools, toolGroups, toolPaths } from '../tools/build.ts';

const repository = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(repository, path), 'utf8');

interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, unknown>>;
}

interface Workflow {
  readonly permissions: object;
  readonly jobs: Readonly<
    Record<
      string,
      {
        readonly permissions?: Readonly<Record<string, string>>;
        readonly uses?: string;
        readonly steps?: readonly Step[];
      }
    >
  >;
}

/** What a job may do beyond reading the repository: each right has its reason in the workflow. */
const rights: Readonly<Record<string, readonly string[]>> = {
  'release.yaml artefacts': ['attestations', 'id-token'],
  'release.yaml image': ['attestations', 'id-token', 'packages'],
  'release.yaml chart': ['id-token', 'packages'],
  'release.yaml package': ['id-token'],
  'release.yaml publish': ['contents'],
};

describe('release/workflows', () => {
  for (const file of globSync('*.yaml', { cwd: join(repository, '.github/workflows') })) {
    const text = read(`.github/workflows/${file}`);
    const workflow = parse(text) as Workflow;
    const steps = Object.values(workflow.jobs).flatMap((job) => job.steps ?? []);

    it(`pins actions in ${file} to a commit, with the release in a comment`, () => {
      const used = text.match(/^.*\buses: .*$/gm)?.filter((line) => !line.includes('uses: ./')) ?? [];

      expect(
        used.filter((line) => !/uses: [\w-]+(?:\/[\w-]+)+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line)),
      ).to.deep.equal([]);
    });

    it(`grants in ${file} only what each job needs, and keeps no token in the checkout`, () => {
      expect(workflow.permissions).to.deep.equal({});
      for (const [name, { permissions = {} }] of Object.entries(workflow.jobs)) {
        const granted = Object.entries(permissions).filter(([, right]) => right === 'write');
        expect(granted.map(([right]) => right).toSorted(), name).to.deep.equal(rights[`${file} ${name}`] ?? []);
      }
      const checkouts = steps.filter(({ uses = '' }) => uses.startsWith('actions/checkout@'));
      expect(checkouts.filter((step) => step.with?.['persist-credentials'] !== false)).to.deep.equal([]);
    });

    it(`runs in ${file} only existing scripts and programs`, () => {
      const scripts = steps.flatMap(({ run }) => run ?? []);

      for (const script of scripts) {
        const { status, stderr } = spawnSync('bash', ['-n', '-c', script], { encoding: 'utf8' });
        expect({ status, stderr }, script).to.deep.equal({ status: 0, stderr: '' });
        for (const [, name = ''] of script.matchAll(/\bnpm run ([\w:-]+)/g))
          expect(Object.keys(packageJson.scripts), script).to.include(name);
        for (const [, program = ''] of script.matchAll(/\b(?:node|bash) ([\w./-]*\/[\w./-]+)/g))
          expect(existsSync(join(repository, program)), script).to.equal(true);
        for (const [, group = ''] of script.matchAll(/\btools\/build\.ts ([\w-]+)/g))
          expect(toolGroups, script).to.include(group);
      }
      expect(scripts).to.have.length.above(2);
    });

    it(`downloads in ${file} only artifacts that one of its jobs uploads`, () => {
      const names = (action: string): readonly unknown[] =>
        steps.filter(({ uses = '' }) => uses.startsWith(`actions/${action}-artifact@`)).map((step) => step.with?.name);

      expect(names('upload')).to.include.members(names('download'));
    });

    it(`puts no expression into the scripts of ${file}`, () => {
      expect(text).to.not.include('pull_request_target');
      expect(steps.filter(({ run = '' }) => run.includes('${{'))).to.deep.equal([]);
    });
  }

  describe('with actionlint', () => {
    before(function () {
      const isBuilt = missingTools(['actionlint']).length === 0;
      if (!realPart('actionlint', isBuilt, 'node test/tools/build.ts release')) this.skip();
    });

    it('has no findings', () => {
      const files = globSync('.github/workflows/*.yaml', { cwd: repository });

      expect(lint(files)).to.equal('');
      expect(files).to.have.length.above(1);
    });

    it('would have findings for an undefined output and an unknown permission', () => {
      const broken = read('.github/workflows/release.yaml')
        .replace('needs.artefacts.outputs.version', 'needs.artefacts.outputs.varsion')
        .replace('packages: write', 'package: write');

      const found = lint(['-'], broken);

      expect(found)
        .to.include('property "varsion" is not defined')
        .and.to.include('unknown permission scope "package"');
    });
  });

  it('scans for known vulnerabilities, with permission to read only', () => {
    const { jobs } = parse(read('.github/workflows/ci.yaml')) as Workflow;
    const { permissions, steps = [] } = jobs.vulnerabilities ?? {};

    expect(permissions).to.deep.equal({ contents: 'read' });
    expect(steps.at(-1)?.uses).to.match(/^google\/osv-scanner-action\//);
    expect(steps.at(-1)?.with).to.deep.equal({ 'scan-args': '--lockfile=package-lock.json' });
  });

  it('pins each action to one commit everywhere, including action.yml', () => {
    const all = globSync('{.github/workflows/*.yaml,action.yml}', { cwd: repository }).flatMap(
      (file) => read(file).match(/[\w-]+(?:\/[\w-]+)+@[0-9a-f]{40} # \S+/g) ?? [],
    );
    const names = new Set(all.map((one) => one.split('@', 1)[0]));

    expect(read('action.yml').match(/\buses: (?!.*@[0-9a-f]{40} # v)/g)).to.equal(null);
    expect(new Set(all).size).to.equal(names.size);
  });

  it('builds the same image in a dry run as in a release', () => {
    const built = ['ci', 'release'].map((file) => {
      const { jobs } = parse(read(`.github/workflows/${file}.yaml`)) as Workflow;
      const steps = Object.values(jobs).flatMap((job) => job.steps ?? []);
      const [step, ...others] = steps.filter(({ uses = '' }) => uses.startsWith('docker/build-push-action@'));
      expect(others).to.deep.equal([]);
      const { outputs, ...options } = step?.with ?? {};
      return { env: step?.env, options, rewrites: String(outputs).endsWith(',rewrite-timestamp=true') };
    });

    expect(built[0]).to.deep.equal(built[1]);
    expect(built[0]?.rewrites).to.equal(true);
  });

  describe('the steps of release.yaml', () => {
    const { jobs } = parse(read('.github/workflows/release.yaml')) as Workflow;
    const folder = temporaryFolder();

    /** Of the steps that need no account; test/image runs the one that pushes the chart. */
    function run(job: string, name: string, variables: Readonly<Record<string, string>>): Promise<Ended> {
      const script = jobs[job]?.steps?.find((step) => step.name === name)?.run ?? 'exit 9';
      const outputs = { GITHUB_OUTPUT: join(folder.path, 'outputs') };
      return new Job(folder.path, '.').bash(script, { ...outputs, ...variables });
    }

    it('accept a tag that matches the version of the package, and no pre-release', async () => {
      const version = async (own: string, tag: string): Promise<Ended> => {
        await folder.write('package.json', JSON.stringify({ version: own }));
        return run('artefacts', 'Version', { GITHUB_REF_NAME: tag });
      };

      expect(await version('1.2.3', 'v1.2.3')).to.include({ status: 0 });
      expect(await new Job(folder.path).file('outputs')).to.equal('version=1.2.3\n');
      expect(await version('1.2.3', 'v1.2.4')).to.deep.equal({
        status: 1,
        stdout: '::error::the tag is v1.2.4, and package.json has 1.2.3\n',
        stderr: '',
      });
      expect((await version('1.2.3-rc.1', 'v1.2.3-rc.1')).stdout).to.include('::error::1.2.3-rc.1 is a pre-release');
    });

    it('write the name of the image in lower case', async () => {
      await run('image', 'Lower case', { IMAGE: 'ghcr.io/Acme/Toolsets' });

      expect(await new Job(folder.path).file('outputs')).to.equal('name=ghcr.io/acme/toolsets\n');
    });

    it('publish the artefacts with their notes, and none when one was changed', async () => {
      const artefacts = join(folder.path, 'release-artefacts');
      await mkdir(artefacts);
      await writeFile(join(artefacts, 'a.tgz'), 'a');
      await writeFile(join(artefacts, 'NOTES.md'), '- first\n');
      const sum = 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb';
      await writeFile(join(artefacts, 'SHA256SUMS'), `${sum}  a.tgz\n`);
      const job = new Job(folder.path, '.');
      await job.program('gh', `echo "$@" >> "$HOME/told"; cat "\${@: -3:1}" >> "$HOME/told"`);
      const variables = { GITHUB_REF_NAME: 'v1.2.3', GITHUB_REPOSITORY: 'acme/toolsets' };

      const published = await run('publish', 'Publish', variables);
      const told = await job.file('told');
      await copyFile(join(artefacts, 'SHA256SUMS'), join(artefacts, 'a.tgz'));
      await writeFile(join(artefacts, 'NOTES.md'), '- second\n');
      const refused = await run('publish', 'Publish', variables);

      expect(published, published.stderr).to.include({ status: 0 });
      expect(told).to.match(
        /^release create v1\.2\.3 --repo acme\/toolsets --verify-tag --title v1\.2\.3 --notes-file \S+ \.\/SHA256SUMS \.\/a\.tgz\n- first\n$/,
      );
      expect(refused.status).to.equal(1);
      expect(await job.file('told')).to.equal(told);
    });
  });

  it('publishes the files that `npm run release` leaves', () => {
    const text = read('.github/workflows/release.yaml');

    for (const name of ['dynamic-toolset-', 'dynamic-toolset-chart-', 'SHA256SUMS', 'NOTES.md'])
      expect(text).to.include(name);
    expect(Object.keys(packageJson.scripts)).to.include('release');
  });
});

/** What actionlint says, with its own rules alone: shellcheck and pyflakes are on some machines and not on others. */
function lint(files: readonly string[], input?: string): string {
  const args = ['-no-color', '-oneline', '-shellcheck=', '-pyflakes=', ...files];
  const { stdout, stderr } = spawnSync(toolPaths().actionlint, args, { cwd: repository, encoding: 'utf8', input });
  return stdout + stderr;
}
