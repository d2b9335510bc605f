import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import packageJson from '../../../package.json' with { type: 'json' };
import { temporaryFolder } from '../../support/folder.ts';
import { Forge } from './forge.ts';
import type { Ended } from './job.ts';
import { builtCheckout, Job, sources } from './job.ts';
import { shownFile } from './shown.ts';

const read = (file: string): string => readFileSync(join(sources, file), 'utf8');
const recorded = read('test/cases/one-prometheus/cluster.yaml');
const good = 'toolsets:\n  kubernetes/logs: {enabled: true}\n';
const off = 'toolsets:\n  kubernetes/logs: {enabled: false}\n';
const bad = 'toolsets:\n  grafana/lokki: {enabled: true}\n';
const ref = 'refs/pull/12/merge';

interface Step {
  readonly uses?: string;
  readonly with?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly run?: string;
}

const action = parse(read('action.yml')) as {
  readonly inputs: Readonly<Record<string, { readonly default?: string; readonly required?: boolean }>>;
  readonly runs: { readonly steps: readonly Step[] };
};
const workflow = parse(shownFile(read('docs/pull-requests.md'), '.github/workflows/toolsets.yaml')) as {
  readonly jobs: { readonly toolsets: { readonly steps: readonly Step[] } };
};
const used = workflow.jobs.toolsets.steps.find(({ uses }) => uses?.startsWith('OWNER/REPOSITORY@'));

describe('action.yml', () => {
  const folder = temporaryFolder();
  let forge: Forge;
  let api: string;
  let job: Job;
  let program: string;

  beforeEach(async () => {
    forge = new Forge();
    api = await forge.start();
    job = new Job(folder.path);
    program = await builtCheckout(folder.path);
    // What it would install is there already.
    await job.program('npm', 'echo "$@" > "$HOME/npm"');
  });

  afterEach(() => {
    forge.stop();
  });

  /** Runs the steps of the action with these inputs, as GitHub's runner does: expressions are filled in, then bash is started. */
  async function act(given: Readonly<Record<string, string>> = {}, gitHubRef = ref): Promise<Ended> {
    const expressions = new Map([
      ['github.base_ref', 'main'],
      ['github.token', 'job-token'],
    ]);
    const filled = (text: string): string =>
      text.replace(/\$\{\{ ([\w.]+) \}\}/g, (_, name: string) => {
        const value = expressions.get(name);
        if (value === undefined) throw new Error(`the runner knows no ${name}`);
        return value;
      });
    for (const [name, input] of Object.entries(action.inputs))
      expressions.set(`inputs.${name}`, given[name] ?? used?.with?.[name] ?? filled(input.default ?? ''));
    let last: Ended = { status: 0, stdout: '', stderr: '' };
    for (const { run, env = {} } of action.runs.steps) {
      if (run === undefined) continue;
      last = await job.tidyBash(filled(run), {
        GITHUB_ACTION_PATH: program,
        GITHUB_API_URL: api,
        GITHUB_REF: gitHubRef,
        GITHUB_REPOSITORY: 'acme/gitops',
        GITHUB_STEP_SUMMARY: join(folder.path, 'summary.md'),
        ...Object.fromEntries(Object.entries(env).map(([name, value]) => [name, filled(value)])),
      });
      if (last.status !== 0) return last;
    }
    return last;
  }

  const origin = (files: Readonly<Record<string, string>>): Readonly<Record<string, string>> => ({
    'clusters/production.json': recorded,
    ...files,
  });
  const summary = (): Promise<string> => job.file('summary.md');

  it('is shown in the guide at the tag of this version, with inputs that exist', () => {
    expect(used?.uses).to.equal(`OWNER/REPOSITORY@v${packageJson.version}`);
    expect(Object.keys(used?.with ?? {}).filter((name) => !(name in action.inputs))).to.deep.equal([]);
  });

  it('puts no expression into a script: inputs arrive only as environment variables', () => {
    const scripts = action.runs.steps.flatMap(({ run }) => run ?? []);

    expect(scripts).to.have.length(2);
    expect(scripts.filter((run) => run.includes('${{'))).to.deep.equal([]);
  });

  it('succeeds for a valid change and comments its effect, when run from its sources', async () => {
    program = sources;
    await job.pullRequest(origin({ 'apps/prod/overrides.yaml': good, 'apps/test/overrides.yaml': good }), {
      'apps/prod/overrides.yaml': off,
    });

    const { status, stderr } = await act();

    expect([status, stderr]).to.deep.equal([0, '']);
    const [comment] = forge.comments;
    expect(comment?.body).to.match(
      /^\*\*Toolsets\*\*: 2 folders: 1 changed, 1 unchanged; 1 toolset: 1 changed; 0 problems/m,
    );
    expect(comment?.body).to.match(
      /^On the recorded cluster `clusters\/production\.json`, of \d{4}-\d\d-\d\d \(0 days old\)\.$/m,
    );
    expect(comment?.body).to.include('- **`kubernetes/logs`**: disabled, by overrides.yaml:2:21\n');
    expect(comment?.body.split('\n').slice(1).join('\n')).to.equal(await summary());
    expect([...forge.tokens]).to.deep.equal(['Bearer job-token']);
    expect(await job.file('npm')).to.equal(`ci --prefix ${sources} --omit=dev --ignore-scripts --no-audit --no-fund\n`);
  });

  it('updates its comment when the branch changes', async () => {
    await job.pullRequest(origin({ 'apps/prod/overrides.yaml': good }), { 'apps/prod/overrides.yaml': off });
    await act();
    await folder.write('clone/apps/prod/overrides.yaml', good);

    await act();

    expect(forge.comments.map(({ body }) => /1 folder: 1 (\w+)/.exec(body)?.[1])).to.deep.equal(['unchanged']);
  });

  it('annotates the line of an invalid change, comments it and fails', async () => {
    await job.pullRequest(origin({ 'apps/prod/overrides.yaml': good }), { 'apps/prod/overrides.yaml': bad });

    const { status, stdout } = await act();

    expect(status).to.equal(1);
    expect(stdout).to.match(/^::warning file=apps\/prod\/overrides\.yaml,line=2,col=3,title=OVERRIDE_/);
    expect(forge.comments[0]?.body).to.include('- `apps/prod/overrides.yaml:2:3` **warning** OVERRIDE_REJECTED');
  });

  it('comments a failed generation and fails', async () => {
    await job.pullRequest(origin({ 'a.txt': '' }), { 'apps/new/overrides.yaml': 'toolsets: [\n' });

    const { status } = await act();

    expect(status).to.equal(1);
    expect(forge.comments[0]?.body).to.include('**Nothing can be generated: OVERRIDES_INVALID.**');
  });

  it('reports added and removed folders', async () => {
    await job.pullRequest(origin({ 'apps/old/overrides.yaml': good }), {
      'apps/old/overrides.yaml': null,
      'apps/new/overrides.yaml': good,
    });

    const { status } = await act();

    expect(status).to.equal(0);
    expect((await summary()).match(/^### .*|compared with .*|The folder is gone/gm)).to.deep.equal([
      '### `apps/new`',
      'compared with nothing: the folder is new',
      '### `apps/old`',
      'The folder is gone',
    ]);
  });

  it('writes the report to the summary and succeeds when the token of a fork may not comment', async () => {
    forge.refusal = 403;
    await job.pullRequest(origin({ 'apps/prod/overrides.yaml': good }), { 'apps/prod/overrides.yaml': off });

    const { status, stderr } = await act();

    expect(status).to.equal(0);
    expect(JSON.parse(stderr)).to.include({ level: 'warning', code: 'COMMENT_UNWRITTEN' });
    expect(await summary()).to.include('- **`kubernetes/logs`**: disabled');
    expect(forge.comments).to.deep.equal([]);
  });

  it('sends nothing when comments are switched off', async () => {
    await job.pullRequest(origin({ 'apps/prod/overrides.yaml': good }), { 'apps/prod/overrides.yaml': off });

    const { status } = await act({ comment: 'false' });

    expect(status).to.equal(0);
    expect(await summary()).to.include('- **`kubernetes/logs`**: disabled');
    expect(forge.requests).to.deep.equal([]);
  });

  it('reports an unknown age of the recorded cluster in a shallow clone', async () => {
    await job.pullRequest(origin({ 'apps/prod/overrides.yaml': good }), { 'apps/prod/overrides.yaml': off });
    await job.git('.', 'clone', '--quiet', '--depth=1', `file://${folder.path}/clone`, 'shallow');
    await job.git('.', '-C', 'shallow', 'remote', 'set-url', 'origin', `file://${folder.path}/origin`);
    job = job.in('shallow');

    const { status } = await act();

    expect(status).to.equal(0);
    expect(await summary()).to.include('On the recorded cluster `clusters/production.json`, of unknown age.');
  });

  it('fails with a reason when no folder matches, without a base, and for a folder that does not exist', async () => {
    await job.pullRequest(origin({ 'a.txt': '' }), { 'b.txt': '' });

    expect(await act({ folders: 'apps/*' })).to.deep.include({
      status: 2,
      stdout: '::error::the input folders names no folder that there is\n',
    });
    expect(await act({ base: '' })).to.deep.include({
      status: 2,
      stdout: '::error::there is no base to compare with: run on pull_request, or set the input base\n',
    });
    const typo = await act({ folders: 'aps/prod' });
    expect([typo.status, typo.stderr.includes('neither the branch nor its base has this folder')]).to.deep.equal([
      2,
      true,
    ]);
  });

  describe('with hostile names', () => {
    const names = [
      'apps/$(touch owned)',
      'apps/`touch owned`',
      'apps/"; touch owned; "',
      "apps/'; touch owned; '",
      'apps/a\n::error::b',
      'apps/@admin ![x](y) <img src=x>',
      'apps/* *',
    ];

    it('runs no code from a folder name, and lets none write a workflow command', async () => {
      await job.pullRequest(
        origin({ 'apps/good/overrides.yaml': good }),
        Object.fromEntries(names.map((name) => [`${name}/overrides.yaml`, bad])),
      );

      const { status, stdout } = await act();

      expect(status).to.equal(1);
      expect(await job.git('clone', 'status', '--short')).to.equal('');
      const commands = stdout.match(/^::\w+ ?/gm)?.map((one) => one.trim());
      expect(commands).to.deep.equal(names.map(() => '::warning'));
      const text = await summary();
      expect(text.match(/^### /gm)).to.have.length(names.length + 1);
      expect(text.match(/^\s*(?:\/|::).*/gm)).to.equal(null);
      expect(forge.comments).to.have.length(1);
    });

    it('treats a folder that looks like a flag as a folder', async () => {
      await job.pullRequest(origin({ 'apps/good/overrides.yaml': good }), {
        '--help/overrides.yaml': bad,
        '-o/overrides.yaml': off,
      });

      const { status } = await act({ folders: '*' });

      expect(status).to.equal(1);
      expect((await summary()).match(/^### .*/gm)).to.include.members(['### `./--help` ❌', '### `./-o`']);
    });

    it('treats a base branch that looks like code or a flag as a branch', async () => {
      const branches = ['a$(touch${IFS}owned)', '--upload-pack=touch${IFS}owned'];
      await job.pullRequest(origin({ 'apps/prod/overrides.yaml': good }), { 'apps/prod/overrides.yaml': off });

      for (const branch of branches) {
        await job.git('origin', 'update-ref', `refs/heads/${branch}`, 'main');
        expect((await act({ base: branch })).status, branch).to.equal(0);
      }

      expect(await job.git('clone', 'status', '--short')).to.equal('');
    });
  });
});
