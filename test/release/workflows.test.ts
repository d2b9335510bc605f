import { expect } from 'chai';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import packageJson from '../../package.json' with { type: 'json' };

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

      expect(used.filter((line) => !/uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line))).to.deep.equal(
        [],
      );
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

  it('takes each action by one commit', () => {
    const all = globSync('*.yaml', { cwd: join(repository, '.github/workflows') }).flatMap(
      (file) => read(`.github/workflows/${file}`).match(/[\w-]+\/[\w-]+@[0-9a-f]{40} # \S+/g) ?? [],
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
