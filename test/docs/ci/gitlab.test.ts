import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import packageJson from '../../../package.json' with { type: 'json' };
import { temporaryFolder } from '../../support/folder.ts';
import { Forge } from './forge.ts';
import type { Ended } from './job.ts';
import { builtCheckout, Job, sources } from './job.ts';
import { shownFile } from './shown.ts';

const read = (file: string): string => readFileSync(join(sources, file), 'utf8');
const good = 'toolsets:\n  kubernetes/logs: {enabled: true}\n';
const off = 'toolsets:\n  kubernetes/logs: {enabled: false}\n';
const project = { id: 99, login: 'project_5_bot', type: 'User' } as const;

interface Header {
  readonly spec: { readonly inputs: Readonly<Record<string, { readonly default?: string }>> };
}

interface Template {
  readonly toolsets: {
    readonly variables: Readonly<Record<string, string>>;
    readonly script: readonly string[];
    readonly artifacts: { readonly when: string; readonly paths: readonly string[] };
  };
}

const [header, template] = parseAllDocuments(read('manifests/gitlab/toolsets.yml')).map(
  (document) => document.toJS() as unknown,
) as [Header, Template];
const { inputs } = header.spec;
const { include } = parse(shownFile(read('docs/pull-requests.md'), '.gitlab-ci.yml')) as {
  readonly include: readonly { readonly remote: string; readonly inputs: Readonly<Record<string, string>> }[];
};
const [used] = include;

describe('manifests/gitlab/toolsets.yml', () => {
  const folder = temporaryFolder();
  let forge: Forge;
  let api: string;
  let job: Job;

  beforeEach(async () => {
    forge = new Forge();
    forge.account = project;
    api = await forge.start();
    job = new Job(folder.path);
    await job.program('npm', 'echo "$@" > "$HOME/npm"');
    await cloned(await builtCheckout(folder.path));
  });

  afterEach(() => {
    forge.stop();
  });

  /** Has the script find this checkout in the place of the clone that it makes of this program. */
  async function cloned(checkout: string): Promise<void> {
    const clone = `for last; do :; done; mkdir "$last"; ln -s '${checkout}/'{plugin,detectors,package.json,node_modules} "$last"`;
    await job.program('git', `case "$*" in *' clone '*) ${clone} ;; *) PATH="\${PATH#*:}" exec git "$@" ;; esac`);
  }

  /** Runs the script as GitLab's runner does, with the inputs of the guide. */
  async function act(variables: Readonly<Record<string, string>>): Promise<Ended> {
    const filled = (text: string): string =>
      text.replace(
        /\$\[\[ inputs\.(\w+) \]\]/g,
        (_, name: string) => used?.inputs[name] ?? inputs[name]?.default ?? '',
      );
    const own = Object.entries(template.toolsets.variables).map(([name, value]) => [name, filled(value)] as const);
    return job.tidyBash(template.toolsets.script.join('\n'), {
      CI_API_V4_URL: `${api}/api/v4`,
      CI_MERGE_REQUEST_IID: '3',
      CI_MERGE_REQUEST_PROJECT_ID: '5',
      CI_MERGE_REQUEST_DIFF_BASE_SHA: await job.git('clone', 'rev-parse', 'origin/main'),
      ...Object.fromEntries(own),
      ...variables,
    });
  }

  const origin = (files: Readonly<Record<string, string>>): Readonly<Record<string, string>> => ({
    'clusters/production.json': read('test/cases/one-prometheus/cluster.yaml'),
    ...files,
  });

  it('is shown in the guide at the tag of this version, with inputs that exist', () => {
    expect(used?.remote).to.match(new RegExp(`/v${packageJson.version}/manifests/gitlab/toolsets\\.yml$`));
    expect(inputs.version?.default).to.equal(`v${packageJson.version}`);
    expect(Object.keys(used?.inputs ?? {}).filter((name) => !(name in inputs))).to.deep.equal([]);
  });

  it('puts no input into the script', () => {
    expect(template.toolsets.script.join('\n')).to.not.include('$[[');
  });

  it('updates one note and writes the same text to the artifact, when run from its sources', async () => {
    await cloned(sources);
    await job.pullRequest(origin({ 'apps/prod/overrides.yaml': good }), { 'apps/prod/overrides.yaml': off });

    const first = await act({ GITLAB_TOKEN: 'secret' });
    const second = await act({ GITLAB_TOKEN: 'secret' });

    expect([first, second].map(({ status, stderr }) => [status, stderr])).to.deep.equal([
      [0, ''],
      [0, ''],
    ]);
    expect(forge.requests.filter((one) => !one.startsWith('GET')).map((one) => one.split(' ')[0])).to.deep.equal([
      'POST',
      'PUT',
    ]);
    expect(forge.comments).to.have.length(1);
    expect(forge.comments[0]?.body).to.match(/, of \d{4}-\d\d-\d\d \(0 days old\)\.$/m);
    expect(forge.comments[0]?.body.split('\n').slice(1).join('\n')).to.equal(await job.file('clone/toolsets.md'));
    expect(template.toolsets.artifacts).to.deep.equal({ when: 'always', paths: ['toolsets.md'] });
    expect(await job.file('npm')).to.match(/^ci --prefix \S+ --omit=dev --ignore-scripts /);
  });

  it('posts a failed generation as a note and fails', async () => {
    await job.pullRequest(origin({ 'a.txt': '' }), { 'apps/new/overrides.yaml': 'toolsets: [\n' });

    const { status } = await act({ GITLAB_TOKEN: 'secret' });

    expect(status).to.equal(1);
    expect(forge.comments[0]?.body).to.include('**Nothing can be generated: OVERRIDES_INVALID.**');
  });

  it('writes the report to the log and the artifact and succeeds without a token', async () => {
    await job.pullRequest(origin({ 'apps/prod/overrides.yaml': good }), { 'apps/prod/overrides.yaml': off });

    const { status, stdout, stderr } = await act({});

    expect(status).to.equal(0);
    expect(JSON.parse(stderr)).to.include({ level: 'warning', code: 'COMMENT_UNWRITTEN' });
    expect(stdout).to.equal(await job.file('clone/toolsets.md'));
    expect(forge.requests).to.deep.equal([]);
  });

  it("fails with Git's error when the base does not exist, and leaves nothing behind", async () => {
    await job.pullRequest(origin({ 'apps/prod/overrides.yaml': good }), { 'apps/prod/overrides.yaml': off });

    const { status, stderr } = await act({ CI_MERGE_REQUEST_DIFF_BASE_SHA: 'f'.repeat(40) });

    expect(status).to.equal(128);
    expect(stderr).to.match(/^fatal: invalid reference: f+$/m);
  });

  it('runs no code from a folder name, and lets none begin a line of the note', async () => {
    const names = ['apps/$(touch owned)', 'apps/a\n::error::b', 'apps/"; touch owned; "'];
    await job.pullRequest(
      origin({ 'apps/good/overrides.yaml': good }),
      Object.fromEntries(names.map((name) => [`${name}/overrides.yaml`, off])),
    );

    const { status } = await act({ GITLAB_TOKEN: 'secret' });

    expect(status).to.equal(0);
    expect(await job.git('clone', 'status', '--short')).to.equal('?? toolsets.md');
    expect(forge.comments[0]?.body.match(/^### .*/gm)).to.have.length(names.length + 1);
    expect(forge.comments[0]?.body.match(/^\s*(?:\/|::).*/gm)).to.equal(null);
  });

  it('fails with a reason when no folder matches', async () => {
    await job.pullRequest(origin({ 'a.txt': '' }), { 'b.txt': '' });

    const { status, stdout } = await act({});

    expect([status, stdout]).to.deep.equal([2, 'the input folders names no folder that there is\n']);
  });
});
