import { expect } from 'chai';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Review } from '../../../../plugin/commands/review/model.ts';
import { commentOf } from '../../../../plugin/commands/review/render.ts';
import { temporaryFolder } from '../../../support/folder.ts';
import type { Outcome } from '../../../support/run.ts';
import { reported, runFrom, runHere } from '../../../support/run.ts';

const recorded = join(import.meta.dirname, '../../../cases/one-prometheus/cluster.yaml');
const good = 'toolsets:\n  kubernetes/logs: {enabled: true}\n';
const broken = 'toolsets: [\n';

describe('plugin/commands/review/review', () => {
  const folder = temporaryFolder();

  /** The review of the folder `app` with these files, beside those of its base; `null` for no such folder. */
  async function review(head: string | null, base: string | null, ...flags: string[]): Promise<Outcome> {
    for (const [side, text] of Object.entries({ head, base })) {
      const file = join(folder.path, side, 'app/overrides.yaml');
      await mkdir(text === null ? join(folder.path, side) : dirname(file), { recursive: true });
      if (text !== null) await writeFile(file, text);
    }
    return await runFrom(join(folder.path, 'head'), [
      ...['review', '--against', '../base', '--snapshot', recorded],
      ...[...flags, 'app'],
    ]);
  }

  it('reports that nothing changes', async () => {
    const { code, stdout } = await review(good, good);

    expect(code).to.equal(0);
    expect(stdout).to.match(
      /^\*\*Toolsets\*\*: 1 folder: 1 unchanged; 0 problems in files, 0 warnings of the generation$/m,
    );
    expect(stdout).to.include('### `app`\n\n**`holmesgpt/custom-toolsets-configmap`**: no change to the base.\n');
  });

  it('counts the changes, and exits with 0', async () => {
    const { code, stdout } = await review('toolsets:\n  kubernetes/logs: {enabled: false}\n', good);

    expect(code).to.equal(0);
    expect(stdout).to.match(/^\*\*Toolsets\*\*: 1 folder: 1 changed; 1 toolset: 1 changed; 0 problems/m);
    expect(stdout).to.include('- **`kubernetes/logs`**: disabled, by overrides.yaml:2:21\n');
  });

  it('compares a new folder with nothing', async () => {
    const { code, stdout } = await review(good, null);

    expect(code).to.equal(0);
    expect(stdout).to.include('compared with nothing: the folder is new\n');
  });

  it('rejects a folder outside the working directory, which has no path in the base', async () => {
    await mkdir(join(folder.path, 'app'));
    const { code, ...rest } = await review(good, good, '../app');

    expect([code, reported(rest).message]).to.deep.equal([
      2,
      'invalid DIR "../app": expected a folder below the working directory, to compare with the same path in --against',
    ]);
  });

  it('reports a folder that is gone', async () => {
    const { code, stdout } = await review(null, good);

    expect(code).to.equal(0);
    expect(stdout).to.include('1 folder: 1 removed;');
    expect(stdout).to.include('### `app`\n\nThe folder is gone: an Application that names it stops comparing.\n');
  });

  it('fails for a folder that neither the branch nor its base has', async () => {
    const outcome = await review(null, null);

    expect(outcome.code).to.equal(2);
    expect(reported(outcome).message).to.equal('app cannot be read: neither the branch nor its base has this folder');
  });

  it('lists each problem of the files once, and exits with 1', async () => {
    const { code, stdout } = await review('toolsets:\n  grafana/lokki: {enabled: true}\n', good);

    expect(code).to.equal(1);
    expect(stdout.match(/^- .*OVERRIDE_REJECTED.*$/gm)).to.deep.equal([
      '- `app/overrides.yaml:2:3` **warning** OVERRIDE_REJECTED: HolmesGPT 0.45 has no toolset "grafana/lokki"; did you mean "grafana/loki"?',
    ]);
    expect(stdout).to.include('1 problem in files, 0 warnings of the generation');
  });

  it('explains why nothing can be generated, and exits with 1', async () => {
    const { code, stdout } = await review(broken, good);

    expect(code).to.equal(1);
    expect(stdout).to.include('1 folder: 1 cannot be generated; 1 problem in files');
    expect(stdout).to.include(
      '### `app` ❌\n\n**Nothing can be generated: OVERRIDES_INVALID.** Argo CD keeps what runs.\n',
    );
    expect(stdout).to.match(/^- `app\/overrides\.yaml:2:1` \*\*error\*\* OVERRIDES_INVALID: is not valid YAML/m);
  });

  it('explains why nothing can be generated when only the recorded cluster is at fault', async () => {
    const { code, stdout } = await review(good, good, '--snapshot', join(folder.path, 'none.json'));

    expect(code).to.equal(1);
    expect(stdout).to.match(/\*\*Nothing can be generated: SNAPSHOT_INVALID\.\*\*.*\n\n- .*none\.json/);
  });

  it('passes a change that repairs a base from which nothing can be generated', async () => {
    const { code, stdout } = await review(good, broken);

    expect(code).to.equal(0);
    expect(stdout).to.match(
      /compared with nothing: the base fails with OVERRIDES\\_INVALID, overrides\.yaml:2:1 is not/,
    );
  });

  it('shows the name and age of the snapshot, and that it is old', async () => {
    const days = (count: number): string => new Date(Date.now() - count * 86_400_000 - 60_000).toISOString();

    const young = await review(good, good, '--recorded-at', days(2));
    const old = await review(good, good, '--recorded-at', days(30));
    const unknown = await review(good, good);

    const line = (text: string): string => text.split('\n')[2]?.replaceAll(recorded, 'FILE') ?? '';
    expect(line(young.stdout)).to.equal(`On the recorded cluster \`FILE\`, of ${days(2).slice(0, 10)} (2 days old).`);
    expect(line(old.stdout)).to.match(
      / \(30 days old\)\. It is old: `dynamic-toolset snapshot` records what is there now\.$/,
    );
    expect(line(unknown.stdout)).to.equal('On the recorded cluster `FILE`, of unknown age.');
  });

  it('requires a base, a valid time, and a file as the snapshot', async () => {
    const base = await runHere(['review', '--snapshot', recorded]);
    const time = await review(good, good, '--recorded-at', 'yesterday');
    const stream = await review(good, good, '--snapshot', '-');

    expect([base, time, stream].map((one) => [one.code, reported(one).message])).to.deep.equal([
      [2, 'review needs --against'],
      [2, 'invalid --recorded-at "yesterday": expected a time such as 2026-01-31T12:00:00Z'],
      [2, 'invalid --snapshot "-": expected a file, which is read for each folder'],
    ]);
  });

  it('prints the review and warns when no comment can be written', async () => {
    const outcome = await review(good, good, '--comment', 'github');

    expect(outcome.code).to.equal(0);
    expect(outcome.stdout).to.match(/^\*\*Toolsets\*\*/);
    expect(reported(outcome).code).to.equal('COMMENT_UNWRITTEN');
  });

  it('shows an age of 0 days for a snapshot of a clock that is ahead', async () => {
    const { stdout } = await review(good, good, '--recorded-at', new Date(Date.now() + 3_600_000).toISOString());

    expect(stdout).to.include(' (0 days old).');
  });

  it('counts a warning that is also a problem of the files only once, however the folder is named', async () => {
    await review('toolsets:\n  grafana/lokki: {enabled: true}\n', good);
    for (const named of ['./app', 'app/', join(folder.path, 'head/app')]) {
      const { stdout } = await runFrom(join(folder.path, 'head'), [
        ...['review', '--against', '../base', '--snapshot', recorded, named],
      ]);

      expect(stdout, named).to.include('1 problem in files, 0 warnings of the generation');
    }
  });

  describe('with several targets', () => {
    const of = (...targets: readonly string[]): string =>
      `apiVersion: toolset.kubernaut.ai/v1alpha1\nkind: ToolsetConfig\nspec: {targets: [${targets.map((one) => `{format: ${one}}`).join(', ')}]}\n`;
    const called = (name: string): string =>
      `apiVersion: toolset.kubernaut.ai/v1alpha1\nkind: ToolsetConfig\nspec: {target: {configMap: {name: ${name}}}}\n`;
    const reviewed = async (head: string, base: string): Promise<string> => {
      for (const [side, text] of Object.entries({ head, base })) {
        await mkdir(join(folder.path, side, 'app'), { recursive: true });
        await writeFile(join(folder.path, side, 'app/toolset.yaml'), text);
      }
      return (await review(good, good)).stdout;
    };

    it('reports a target that only the base has', async () => {
      const text = await reviewed(of('holmesgpt'), of('holmesgpt', 'kubernaut-json'));

      expect(text).to.include('1 folder: 1 changed, 1 unchanged;');
      expect(text).to.include(
        '**`kubernaut-system/kubernaut-toolset-config`**, compared with the base, which alone has it\n\n- **`monitoring/prometheus-server`**: removed, with its ConfigMap\n',
      );
      expect(text).to.match(/^-.*prometheus/m);
    });

    it('compares a new target with nothing', async () => {
      const text = await reviewed(of('holmesgpt', 'kubernaut-json'), of('holmesgpt'));

      expect(text).to.include(
        '**`kubernaut-system/kubernaut-toolset-config`**, compared with nothing: the base does not have it\n\n- **`monitoring/prometheus-server`**: new, from Service',
      );
    });

    it('counts a renamed ConfigMap as a change, and shows both names', async () => {
      const text = await reviewed(called('mine'), called('theirs'));

      expect(text).to.include('1 folder: 1 changed;');
      expect(text).to.include('**`holmesgpt/mine`**: no change to the base, where it is holmesgpt/theirs.\n');
    });
  });

  describe('as a comment', () => {
    const hostile = 'x\n/merge\n@admin #1 <img src=x> [a](b) ![c](d) ``` --> <!-- `';

    function reviewOf(folders: number, lines: number): Review {
      const name = 'clusters/a --> b.json';
      const unified = '+/merge ```\n'.repeat(lines);
      const toolsets = [{ name: hostile, change: 'new', words: [hostile], tokens: null }] as const;
      const difference = { configMap: 'a/b', with: hostile, toolsets, notes: [hostile], tokens: null, unified };
      const location = { file: hostile, line: 1, column: 1 };
      const finding = {
        severity: 'warning',
        code: 'OVERRIDE_UNUSED',
        location,
        message: hostile,
        hint: hostile,
      } as const;
      const one = {
        folder: hostile,
        findings: [finding],
        generation: { differences: [difference], warnings: [finding] },
      };
      return {
        folders: [
          ...Array.from({ length: folders }, () => one),
          {
            folder: hostile,
            findings: [],
            generation: { failure: { code: 'USAGE', message: hostile, hint: hostile } },
          },
        ],
        snapshot: { name, recordedAt: undefined, now: new Date() },
      };
    }

    it('lets no foreign text start a line, mention, link, show an image, or end the marker', () => {
      const { marker, body } = commentOf(reviewOf(1, 1));

      expect(marker).to.equal('<!-- dynamic-toolset review clusters%2Fa%20%2D%2D%3E%20b.json -->');
      const [, rest = ''] = body.split(`${marker}\n`);
      const prose = rest.replace(/^(`{3,})diff\n.*?^\1$/gms, '').replace(/`[^`\n]*`/g, '');
      expect(prose.match(/^\s*\/.*/gm), 'a quick action of GitLab').to.equal(null);
      expect(prose.match(/[@#]\w+/g), 'a mention').to.equal(null);
      expect(prose.match(/(?<!\\)[[\]!]/g), 'a link or an image').to.equal(null);
      expect(prose.match(/(?<!\\)<.*?>/g)).to.deep.equal(['<details>', '<summary>', '</summary>', '</details>']);
    });

    it('leaves out the changed lines when it is too long, then folders, and says so', () => {
      const whole = commentOf(reviewOf(3, 10)).body;
      const brief = commentOf(reviewOf(3, 10_000)).body;
      const cut = commentOf(reviewOf(1_000, 10)).body;

      const note = '\nToo long for a comment: the job has the whole text.\n';
      expect([whole, brief, cut].map((text) => [text.includes('<details>'), text.endsWith(note)])).to.deep.equal([
        [true, false],
        [false, true],
        [false, true],
      ]);
      expect(cut.length).to.be.within(55_000, 60_000 + 200);
    });
  });
});
