import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseProposeFlags } from '../../plugin/commands/flags/propose-flags.ts';
import { failure } from '../support/failure.ts';
import { temporaryFolder } from '../support/folder.ts';
import { shellBlocks } from '../support/guide.ts';
import { atOnce, prometheus, Scene } from './fixture.ts';

const guides = ['docs/propose.md', 'docs/flux.md', 'docs/source-hydrator.md'];
const text = readFileSync(join(import.meta.dirname, '../../docs/propose.md'), 'utf8');
const release = 'apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nspec:\n  values: {logLevel: info} # ours\n';

/** The arguments of each command that the guides show. */
const commands = guides
  .flatMap(shellBlocks)
  .map(({ script }) => script.replaceAll('\\\n', ' '))
  .flatMap((script) => [...script.matchAll(/^dynamic-toolset propose (.*)$/gm)].map(([, args = '']) => args))
  .map((args) => args.trim().split(/\s+/));

/** Where the guide's repository, its credentials, its forge and its cluster are not: everything else is run as it is shown. */
const elsewhere = ['--repository', '--forge', '--forge-token-file', '--git-token-file', '--ssh-key-file'];
const notHere = new Set([...elsewhere, '--known-hosts-file', '--kubeconfig']);

function withoutElsewhere(args: readonly string[]): string[] {
  return args.filter((one, index) => !notHere.has(one) && !notHere.has(args[index - 1] ?? ''));
}

describe('docs/propose.md', function () {
  this.timeout(120_000);
  const folder = temporaryFolder();
  let scene: Scene;

  beforeEach(async () => {
    scene = new Scene(folder);
    await scene.cluster(prometheus);
    scene.repository.commit({
      'clusters/prod/holmes.yaml': release,
      'clusters/prod/holmesgpt/settings/toolset.yaml': settings,
      'settings/holmesgpt/toolset.yaml': settings,
    });
  });

  it('shows five commands', () => {
    expect(commands).to.have.lengthOf(5);
  });

  for (const args of commands) {
    it(`shows a working command: ${args.join(' ')}`, async () => {
      const { repository, file } = parseProposeFlags(args);

      const outcome = await scene.run([...withoutElsewhere(args), ...atOnce]);

      expect(repository.host).to.match(/^(?:github\.com|git(?:lab)?\.example\.com)$/);
      const [branch = ''] = scene.repository.proposals();
      expect(outcome).to.include({ outcome: 'proposed', branch });
      expect(scene.repository.text(branch, file)).to.include('http://prometheus.obs.svc.cluster.local:9090');
    });
  }

  it('shows flags that write the values of a HelmRelease and keep its other lines', async () => {
    const args = commands.find((one) => one.includes('/spec/values/toolsets')) ?? [];

    await scene.run([...withoutElsewhere(args), ...atOnce]);

    const written = scene.repository.text(scene.repository.proposals()[0] ?? '', 'clusters/prod/holmes.yaml');
    expect(written).to.match(/^apiVersion: helm\.toolkit\.fluxcd\.io\/v2\nkind: HelmRelease\nspec:\n {2}values:/);
    expect(written).to.include('logLevel').and.include('# ours').and.include('prometheus/metrics');
  });

  it('shows the message of a commit', async () => {
    const [, shown = ''] = /^```text\n(Toolsets: [^]*?)^```$/m.exec(text) ?? [];
    await scene.cluster(prometheus.replace('"obs"', '"monitoring"'));
    scene.repository.commit({ 'prod/values.yaml': 'holmes: {toolsets: {kubernetes/core: {enabled: true}}}\n' });

    await scene.run(['--file', 'prod/values.yaml', '--key', '/holmes/toolsets', ...atOnce]);

    const message = scene.repository.message(scene.repository.proposals()[0] ?? '');
    const withoutSeal = message.replace(/\n\nToolset-Base: [^]*$/, '');
    const inOneLine = (paragraph: string): string => paragraph.trim().replaceAll(/\s+/g, ' ');
    expect(withoutSeal.split('\n\n').map(inOneLine)).to.deep.equal(shown.split('\n\n').map(inOneLine));
  });

  it('states the defaults', () => {
    const { settleMs, form, access, deadlineMs } = parseProposeFlags([
      '--repository',
      '/fleet.git',
      '--file',
      'a.yaml',
    ]);

    expect([settleMs, form, deadlineMs]).to.deep.equal([600_000, 'manifest', 120_000]);
    expect(text).to.include('`--settle`, ten minutes by default').and.include('at most 512 MB, each file 1 MB');
    expect(access.author.name).to.equal('dynamic-toolset');
    expect(parseProposeFlags(['--repository', '/f.git', '--file', 'a.yaml', '--key', '/a']).form).to.equal('toolsets');
  });

  const refused: readonly (readonly [about: string, values: string, place: string])[] = [
    ['a list above the key', 'holmes: [1]\n', 'prod/values.yaml:1:'],
    ['text above the key', 'holmes: text\n', 'prod/values.yaml:1:'],
    ['an alias above the key', 'a: &a {}\nholmes: *a\n', 'prod/values.yaml:2:'],
    ['a merge key', 'a: &a {}\nholmes: {<<: *a}\n', 'prod/values.yaml:2:'],
    ['a value that an alias repeats', 'holmes: {toolsets: &t {}}\nagain: *t\n', 'prod/values.yaml:'],
    ['several documents', 'holmes: {}\n---\na: 1\n', 'prod/values.yaml:'],
    ['a template', '{{- if .Values.x }}\nholmes: {}\n{{- end }}\n', 'prod/values.yaml:'],
  ];
  for (const [about, values, place] of refused) {
    it(`rejects as documented, with the position: ${about}`, async () => {
      scene.repository.commit({ 'prod/values.yaml': values });

      const told = await failure(() =>
        scene.run(['--file', 'prod/values.yaml', '--key', '/holmes/toolsets', ...atOnce]),
      );

      expect(told.code).to.equal('VALUES_INVALID');
      expect(told.message).to.include(place);
    });
  }
});

const settings =
  'apiVersion: toolset.kubernaut.ai/v1alpha1\nkind: ToolsetConfig\nspec: {detectors: {grafana: {enabled: false}}}\n';
