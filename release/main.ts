import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import packageJson from '../package.json' with { type: 'json' };
import { toolPaths } from '../test/tools/build.ts';
import { makeChart, makeKrewPlugin, makePackage, makeSboms } from './artefacts.ts';
import type { Making } from './artefacts.ts';
import { releaseNotes } from './notes.ts';
import { imageSubject, makeImageArtefacts } from './image-artefacts.ts';
import { readImage } from './image.ts';
import { fileSubject, provenanceOf, sha256Of } from './provenance.ts';
import { ownRepository, repositoryOf } from './repository.ts';
import { payloadName, signFiles } from './signature.ts';
import { problemsOf } from './verify.ts';

/**
 * npm run release -- [--dry-run [--image LAYOUT]] [--repository owner/name] [--out DIR] [--helm FILE]
 *
 * Writes the artefacts of a release to a folder: package, chart, kubectl plugin, SBOMs, provenance, checksums, notes.
 * It publishes nothing: .github/workflows/release.yaml publishes its output. `--dry-run` signs the checksums with a key
 * that it throws away, and verifies everything; with an image, as an OCI layout or its archive, also the image's SBOMs,
 * signature and provenance. Exits with 1 if something is wrong.
 */
const { values } = parseArgs({
  options: {
    'dry-run': { type: 'boolean', default: false },
    repository: { type: 'string' },
    out: { type: 'string', default: 'release-artefacts' },
    helm: { type: 'string' },
    image: { type: 'string' },
  },
});

if (values.image !== undefined && !values['dry-run']) {
  throw new Error('--image is for a --dry-run: the workflow builds the image itself, and signs it where it is pushed');
}
const withoutImage =
  'without SBOMs, signature and provenance of the image, for none was given: --image FILE takes what "docker buildx build ' +
  '--build-arg REVISION=$(git rev-parse HEAD) --output type=oci,dest=FILE ." or "buildah push IMAGE oci-archive:FILE" leaves';
const source = join(import.meta.dirname, '..');
const { version } = packageJson;
const repository = values.repository === undefined ? ownRepository() : repositoryOf(values.repository);
const out = resolve(values.out);
const built = toolPaths().helm;
const helm = values.helm ?? (existsSync(built) ? built : 'helm');
const dist = mkdtempSync(join(tmpdir(), 'dynamic-toolset-dist-'));
const image = values.image === undefined ? null : readImage(values.image);
const making: Making = { source, dist, out, repository, version };

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const changed = execFileSync('git', ['status', '--porcelain'], { cwd: source, encoding: 'utf8' });
if (changed !== '' && !values['dry-run']) throw new Error(`commit first, a release is of a commit:\n${changed}`);
const commit = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: source, encoding: 'utf8' }).trim();
const env = { ...process.env, REVISION: commit };
const program = ['build.ts', '--outfile', join(dist, 'dynamic-toolset.cjs')];
execFileSync(process.execPath, program, { cwd: source, env, stdio: ['ignore', 'ignore', 'inherit'] });
const files = [
  ...[makePackage(making), makeChart(making, helm), ...makeKrewPlugin(making), ...makeSboms(making)],
  ...(image ? makeImageArtefacts(making, image) : []),
];
rmSync(dist, { recursive: true });
const notes = join(out, 'NOTES.md');
writeFileSync(notes, releaseNotes(readFileSync(join(source, 'CHANGELOG.md'), 'utf8'), version, values['dry-run']));
const builder = values['dry-run'] ? `${repository.url}#dry-run` : `${repository.url}/.github/workflows/release.yaml`;
const provenance = join(out, 'provenance.intoto.json');
const subjects = [...files.map(fileSubject), ...(image ? [imageSubject(making, image)] : [])];
const statement = provenanceOf(subjects, { repository: repository.url, commit, version, builder });
writeFileSync(provenance, `${JSON.stringify(statement, null, 2)}\n`);
const sums = [...files, provenance].map((file) => `${sha256Of(file)}  ${basename(file)}\n`).join('');
writeFileSync(join(out, 'SHA256SUMS'), sums);

if (values['dry-run']) {
  signFiles(out, ['SHA256SUMS', ...(image ? [payloadName(version)] : [])]);
  const given = values.image === undefined ? undefined : { layout: values.image, reference: repository.image };
  const problems = problemsOf(out, version, join(source, 'package-lock.json'), given);
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exitCode = 1;
}
if (image) console.log(`image ${image.digest}: ${image.platforms.map(({ name }) => name).join(', ')}`);
else if (values['dry-run']) console.log(withoutImage);
console.log(`${out}:\n${readdirSync(out).join('\n')}`);
