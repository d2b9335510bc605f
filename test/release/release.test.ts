import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { appendFile, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { globSync, readFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import packageJson from '../../package.json' with { type: 'json' };
import { releaseNotes } from '../../release/notes.ts';
import { ownRepository, placeholder, repositoryOf } from '../../release/repository.ts';
import { problemsOf } from '../../release/verify.ts';
import { realPart } from '../support/real-part.ts';
import { missingTools, toolPaths } from '../tools/build.ts';

const repository = join(import.meta.dirname, '../..');
const lockFile = join(repository, 'package-lock.json');
const { version } = packageJson;

describe('release', () => {
  describe('a dry run', function () {
    this.timeout(180_000);
    let folder: string;
    let out: string;
    let printed: string;

    before(async function () {
      if (!realPart('helm', missingTools(['helm']).length === 0, 'node test/tools/build.ts helm')) this.skip();
      folder = await mkdtemp(join(tmpdir(), 'dynamic-toolset-release-'));
      out = join(folder, 'artefacts');
      const args = ['release/main.ts', '--dry-run', '--repository', 'Acme/toolsets', '--out', out];
      const { stdout } = await promisify(execFile)(process.execPath, args, {
        cwd: repository,
      });
      printed = stdout;
    });

    after(async () => {
      // Unset when the suite was skipped.
      if (folder) await rm(folder, { recursive: true });
    });

    it('leaves all artefacts, without problems', () => {
      expect(globSync('*', { cwd: out }).toSorted()).to.deep.equal(
        [
          'NOTES.md',
          'SHA256SUMS',
          'SHA256SUMS.pub',
          'SHA256SUMS.sig',
          `dynamic-toolset-${version}.cdx.json`,
          `dynamic-toolset-${version}.spdx.json`,
          `dynamic-toolset-${version}.tgz`,
          `dynamic-toolset-chart-${version}.tgz`,
          'dynamic-toolset.krew.yaml',
          `kubectl-dynamic_toolset-${version}.tar.gz`,
          'provenance.intoto.json',
        ].toSorted(),
      );
      expect(problemsOf(out, version, lockFile)).to.deep.equal([]);
    });

    it('reports in one line what is missing without an image, and how to make one', () => {
      expect(printed.split('\n', 1)[0])
        .to.include('without SBOMs, signature and provenance of the image')
        .and.to.include('--output type=oci,dest=FILE');
    });

    it('uses one name of the repository in all artefacts', async () => {
      const values = await fileIn(`dynamic-toolset-chart-${version}.tgz`, 'dynamic-toolset/values.yaml');
      const alerts = await fileIn(
        `dynamic-toolset-chart-${version}.tgz`,
        'dynamic-toolset/files/prometheus-rule-spec.yaml',
      );
      const manifest = await fileIn(`dynamic-toolset-${version}.tgz`, 'package/package.json');

      expect(values).to.include('  repository: ghcr.io/acme/toolsets\n');
      expect(alerts).to.include('https://github.com/Acme/toolsets/blob/main/docs/runbooks/');
      expect(JSON.parse(manifest)).to.include({ homepage: 'https://github.com/Acme/toolsets', version });
      for (const text of [values, alerts, manifest]) expect(text).to.not.include(placeholder);
    });

    it('has a package that runs on its own', async () => {
      const place = join(folder, 'unpacked');
      await promisify(execFile)('sh', [
        '-c',
        'mkdir "$0" && tar -xzf "$1" -C "$0"',
        place,
        join(out, `dynamic-toolset-${version}.tgz`),
      ]);

      const { stdout } = await promisify(execFile)(process.execPath, [
        join(place, 'package/dist/dynamic-toolset.cjs'),
        '--version',
      ]);

      expect(stdout).to.match(new RegExp(`^dynamic-toolset +${version}\ncommit +[0-9a-f]{40}\n`));
    });

    for (const [what, file, change, problem] of [
      ['a changed artefact', `dynamic-toolset-chart-${version}.tgz`, 'x', 'SHA256SUMS has another digest of'],
      ['changed checksums', 'SHA256SUMS', '', 'SHA256SUMS.sig is no signature of SHA256SUMS'],
    ] as const) {
      it(`finds ${what}`, async () => {
        const copy = join(folder, file);
        await cp(out, copy, { recursive: true });
        if (change === '') {
          const sums = await readFile(join(copy, file), 'utf8');
          await writeFile(join(copy, file), sums.split('\n').slice(1).join('\n'));
        } else await appendFile(join(copy, file), change);

        expect(problemsOf(copy, version, lockFile).join('\n')).to.include(problem);
      });
    }

    it('finds a package missing from the SBOM, an unknown licence, and an artefact without provenance', async () => {
      const copy = join(folder, 'sbom');
      await cp(out, copy, { recursive: true });
      const sbom = join(copy, `dynamic-toolset-${version}.spdx.json`);
      const { packages, ...rest } = JSON.parse(await readFile(sbom, 'utf8')) as {
        readonly packages: readonly Listed[];
      };
      const kept = packages
        .filter(({ name }) => name !== 'zod')
        .map((one) => (one.name === 'yaml' ? { ...one, licenseDeclared: 'SSPL-1.0' } : one));
      await writeFile(sbom, JSON.stringify({ ...rest, packages: kept }));
      const provenance = join(copy, 'provenance.intoto.json');
      await writeFile(
        provenance,
        (await readFile(provenance, 'utf8')).replace('dynamic-toolset.krew.yaml', 'other.yaml'),
      );

      const problems = problemsOf(copy, version, lockFile).join('\n');

      expect(problems).to.match(/spdx\.json lacks zod@/);
      expect(problems).to.match(/^yaml@\S+ has the licence SSPL-1\.0$/m);
      expect(problems).to.include('the provenance is not about dynamic-toolset.krew.yaml');
    });

    describe('with krew', () => {
      const manifestName = 'dynamic-toolset.yaml';

      before(function () {
        const isBuilt = missingTools(['krew', 'validateKrewManifest']).length === 0;
        if (!realPart('krew', isBuilt, 'node test/tools/build.ts release')) this.skip();
      });

      it('has a manifest that its index accepts', async () => {
        const manifest = await manifestWith((text) => text);

        expect(await judged(manifest))
          .to.include('structural validation OK')
          .and.to.include('no overlapping');
      });

      it('is rejected without a digest, for an unknown system, and with one system twice', async () => {
        const judgements = [
          await judged(await manifestWith((text) => text.replaceAll(/sha256: .*/g, 'sha256: "1"'))),
          await judged(await manifestWith((text) => text.replace('os: darwin', 'os: plan9'))),
          await judged(await manifestWith((text) => text.replace('os: darwin', 'os: linux'))),
        ];

        expect(judgements[0]).to.match(/`sha256` value 1 is not valid/);
        expect(judgements[1]).to.match(/doesn't match any supported platforms/);
        expect(judgements[2]).to.match(/multiple spec.platforms .* have overlapping selectors/);
      });

      for (const os of ['linux', 'darwin']) {
        it(`installs a plugin that runs, as on ${os}`, async () => {
          const root = join(folder, `krew-${os}`);
          const files = [`--manifest=${join(out, 'dynamic-toolset.krew.yaml')}`];
          const archive = `--archive=${join(out, `kubectl-dynamic_toolset-${version}.tar.gz`)}`;
          const env = { ...process.env, KREW_ROOT: root, KREW_OS: os, KREW_ARCH: 'amd64' };

          await promisify(execFile)(toolPaths().krew, ['install', ...files, archive], { env });

          const plugin = join(root, 'bin/kubectl-dynamic_toolset');
          expect((await promisify(execFile)(plugin, ['--version'])).stdout).to.include(`dynamic-toolset ${version}`);
          const installed = readdirSync(join(root, 'store/dynamic-toolset', `v${version}`));
          expect(installed).to.include('LICENSE');
        });
      }

      /** A copy under the name that the index has it by. */
      async function manifestWith(change: (text: string) => string): Promise<string> {
        const index = join(folder, 'krew-index');
        await mkdir(index, { recursive: true });
        const text = await readFile(join(out, 'dynamic-toolset.krew.yaml'), 'utf8');
        await writeFile(join(index, manifestName), change(text));
        return join(index, manifestName);
      }

      /** What the judge of krew's own index says. */
      function judged(manifest: string): Promise<string> {
        const { promise, resolve } = Promise.withResolvers<string>();
        const args = ['-manifest', manifest, '-skip-install'];
        execFile(toolPaths().validateKrewManifest, args, (_error, stdout, stderr) => {
          resolve(stdout + stderr);
        });
        return promise;
      }
    });

    async function fileIn(archive: string, path: string): Promise<string> {
      return (await promisify(execFile)('tar', ['-xOzf', join(out, archive), path])).stdout;
    }
  });

  it('rejects --image without --dry-run', async () => {
    const args = ['release/main.ts', '--image', 'image.tar'];

    const error: unknown = await promisify(execFile)(process.execPath, args, { cwd: repository }).catch(
      (reason: unknown) => reason,
    );

    expect(String(error)).to.include('--image is for a --dry-run');
  });

  describe('notes', () => {
    const changelog =
      '# Changelog\n\n## Unreleased\n\n- next\n\n## 0.2.0 (2026-01-02)\n\n- new\n\n## 0.1.0\n\n- first\n';

    it('are the section of the version, or in a dry run the unreleased section', () => {
      expect(releaseNotes(changelog, '0.2.0', false)).to.equal('- new\n');
      expect(releaseNotes(changelog, '0.1.0', true)).to.equal('- first\n');
      expect(releaseNotes(changelog, '0.3.0', true)).to.equal('- next\n');
    });

    it('must not be empty', () => {
      const empty = '# Changelog\n\n## Unreleased\n';

      expect(() => releaseNotes(empty, '1.0.0', true)).to.throw('CHANGELOG.md says nothing of 1.0.0');
      expect(() => releaseNotes(changelog, '0.3.0', false)).to.throw('write it under "## 0.3.0"');
    });

    it('can be made from the current changelog', () => {
      expect(releaseNotes(readFileSync(join(repository, 'CHANGELOG.md'), 'utf8'), version, true)).to.include(
        '### Added',
      );
    });
  });

  describe('repository', () => {
    it('has its URL, image and charts, in lower case where registries require it', () => {
      expect(repositoryOf('Acme/Tool.Sets')).to.deep.equal({
        name: 'Acme/Tool.Sets',
        url: 'https://github.com/Acme/Tool.Sets',
        image: 'ghcr.io/acme/tool.sets',
        charts: 'oci://ghcr.io/acme/tool.sets/charts',
      });
      expect(() => repositoryOf('https://github.com/a/b')).to.throw('expected owner/name');
    });

    it('is named once: everything else contains the placeholder', () => {
      const files = globSync('{README.md,action.yml,docs/**/*.md,manifests/**/*,charts/**/*}', {
        cwd: repository,
        withFileTypes: true,
      }).filter((entry) => entry.isFile());
      const texts = files.map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));

      expect(ownRepository().name).to.equal(placeholder);
      expect(texts.filter((text) => /github\.com\/[\w-]+\/dynamic-toolset\b/.test(text))).to.deep.equal([]);
    });
  });
});

interface Listed {
  readonly name: string;
}
