import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import packageJson from '../../package.json' with { type: 'json' };
import { realPart } from '../support/real-part.ts';
import { missingTools, toolPaths } from '../tools/build.ts';

const repository = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(repository, path), 'utf8');

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
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

    it(`takes actions in ${file} by their commit, with the release beside it`, () => {
      const used = text.match(/^.*\buses: .*$/gm)?.filter((line) => !line.includes('uses: ./')) ?? [];

      expect(
        used.filter((line) => !/uses: [\w-]+(?:\/[\w-]+)+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line)),
      ).to.deep.equal([]);
    });

    it(`grants in ${file} what each job needs, and keeps no token in the checkout`, () => {
      expect(workflow.permissions).to.deep.equal({});
      for (const [name, { permissions = {} }] of Object.entries(workflow.jobs)) {
        const granted = Object.entries(permissions).filter(([, right]) => right === 'write');
        expect(granted.map(([right]) => right).toSorted(), name).to.deep.equal(rights[`${file} ${name}`] ?? []);
      }
      const checkouts = steps.filter(({ uses = '' }) => uses.startsWith('actions/checkout@'));
      expect(checkouts.filter((step) => step.with?.['persist-credentials'] !== false)).to.deep.equal([]);
    });

    it(`writes nothing of others into the scripts of ${file}`, () => {
      expect(text).to.not.include('pull_request_target');
      expect(steps.filter(({ run = '' }) => run.includes('${{'))).to.deep.equal([]);
    });
  }

  describe('to actionlint', () => {
    before(function () {
      const isBuilt = missingTools(['actionlint']).length === 0;
      if (!realPart('actionlint', isBuilt, 'node test/tools/build.ts release')) this.skip();
    });

    it('has nothing wrong', () => {
      const files = globSync('.github/workflows/*.yaml', { cwd: repository });

      expect(lint(files)).to.equal('');
      expect(files).to.have.length.above(1);
    });

    it('would have: an output that no job gives, a right that there is not', () => {
      const broken = read('.github/workflows/release.yaml')
        .replace('needs.artefacts.outputs.version', 'needs.artefacts.outputs.varsion')
        .replace('packages: write', 'package: write');

      const found = lint(['-'], broken);

      expect(found)
        .to.include('property "varsion" is not defined')
        .and.to.include('unknown permission scope "package"');
    });
  });

  it('looks for known vulnerabilities, with no right but to read', () => {
    const { jobs } = parse(read('.github/workflows/ci.yaml')) as Workflow;
    const { permissions, steps = [] } = jobs.vulnerabilities ?? {};

    expect(permissions).to.deep.equal({ contents: 'read' });
    expect(steps.at(-1)?.uses).to.match(/^google\/osv-scanner-action\//);
    expect(steps.at(-1)?.with).to.deep.equal({ 'scan-args': '--lockfile=package-lock.json' });
  });

  it('takes each action by one commit', () => {
    const all = globSync('*.yaml', { cwd: join(repository, '.github/workflows') }).flatMap(
      (file) => read(`.github/workflows/${file}`).match(/[\w-]+(?:\/[\w-]+)+@[0-9a-f]{40} # \S+/g) ?? [],
    );
    const names = new Set(all.map((one) => one.split('@', 1)[0]));

    expect(new Set(all).size).to.equal(names.size);
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
