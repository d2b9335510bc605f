import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import packageJson from '../../package.json' with { type: 'json' };
import { makeChart } from '../../release/artefacts.ts';
import { repositoryOf } from '../../release/repository.ts';
import { removeFolder } from '../cluster/parts/process.ts';
import { realPart } from '../support/real-part.ts';
import { missingTools, toolPaths } from '../tools/build.ts';
import { registryProgram } from '../tools/registry.ts';
import type { Registry } from './registry.ts';
import { digestOf, startRegistry } from './registry.ts';

const source = join(import.meta.dirname, '../..');
const { version } = packageJson;
const repository = repositoryOf('Owner/Name');

/** As far as the test reads the workflow. */
interface Workflow {
  readonly jobs: { readonly chart: { readonly steps: readonly { readonly name?: string; readonly run?: string }[] } };
}

/**
 * The chart from the release to its user, by way of a real registry: needs no image. What pushes it is the step of the
 * workflow itself; that registry has no TLS, and what signs writes down what it was told.
 */
describe('chart in a registry', () => {
  const name = 'owner/name/charts/dynamic-toolset';
  let folder: string;
  let registry: Registry;
  let file: string;
  let chart: string;
  let digest: string;

  before(async function () {
    const program = registryProgram();
    if (!realPart('registry', program !== null, 'node test/tools/registry.ts')) this.skip();
    if (!realPart('helm', missingTools(['helm']).length === 0, 'node test/tools/build.ts helm')) this.skip();
    folder = await mkdtemp(join(tmpdir(), 'dynamic-toolset-chart-'));
    registry = await startRegistry(program!);
    const out = join(folder, 'release-artefacts');
    await mkdir(out);
    file = makeChart({ source, dist: '', out, repository, version }, toolPaths().helm);
    await symlink(join(source, 'test'), join(folder, 'test'));
    chart = `oci://${registry.host}/${name}`;
  });

  after(async () => {
    await (registry as Registry | undefined)?.stop();
    if ((folder as string | undefined) !== undefined) await removeFolder(folder);
  });

  it('is pushed by the step of the workflow, and signed by its digest in the registry', async () => {
    const signed = await pushAsWorkflow(registry.host);

    const manifest = await registry.manifest(name, version);
    digest = digestOf(manifest);
    expect(signed).to.equal(`sign --yes ${registry.host}/${name}@${digest}\n`);
    const { layers } = JSON.parse(manifest.toString()) as { readonly layers: readonly { readonly digest: string }[] };
    expect(layers.map((layer) => layer.digest)).to.deep.equal([digestOf(await readFile(file))]);
  });

  it('is not signed when the push fails', async () => {
    expect(await refusal(pushAsWorkflow('127.0.0.1:1'))).to.include('Command failed: bash');
    expect(await readFile(join(folder, 'signed'), 'utf8')).to.include(registry.host);
  });

  it('is the same file by version and by digest', async () => {
    const byVersion = await pull('version', [chart, '--version', version]);
    const byDigest = await pull('digest', [`${chart}@${digest}`]);

    const released = await readFile(file);
    expect(byVersion.equals(released)).to.equal(true);
    expect(byDigest.equals(released)).to.equal(true);
  });

  it('is not found by another version or digest', async () => {
    const other = `sha256:${'0'.repeat(64)}`;

    expect(await refusal(helm('pull', '--plain-http', chart, '--version', '99.0.0'))).to.include('99.0.0');
    expect(await refusal(helm('pull', '--plain-http', `${chart}@${other}`))).to.include(other);
  });

  it('shows and renders from the registry as from the file, with the image of the release', async () => {
    const remote = [chart, '--version', version, '--plain-http'];
    const shown = await helm('show', 'values', ...remote);
    const rendered = await helm('template', 'toolset', ...remote);

    expect(shown).to.equal(await helm('show', 'values', file));
    expect(rendered)
      .to.equal(await helm('template', 'toolset', file))
      .and.to.include(`${repository.image}:${version}`);
    expect(parse(await helm('show', 'chart', ...remote))).to.include({ version, appVersion: version });
  });

  /** Answers what `cosign` was told. */
  async function pushAsWorkflow(host: string): Promise<string> {
    const { jobs } = parse(readFileSync(join(source, '.github/workflows/release.yaml'), 'utf8')) as Workflow;
    const script = jobs.chart.steps.find((step) => step.name === 'Push and sign')?.run ?? '';
    const bin = join(folder, 'bin');
    await mkdir(bin, { recursive: true });
    await writeFile(join(bin, 'cosign'), '#!/bin/sh\necho "$@" > signed\n', { mode: 0o755 });
    const plain = script.replace('"$helm" push ', '"$helm" push --plain-http ');
    const paths = [bin, dirname(process.execPath), process.env.PATH];
    const given = { IMAGE: `${host}/${repository.name}`, VERSION: version, PATH: paths.join(':') };
    // As GitHub runs a step that names no shell.
    await promisify(execFile)('bash', ['-e', '-c', plain], { cwd: folder, env: { ...environment(), ...given } });
    return readFile(join(folder, 'signed'), 'utf8');
  }

  async function pull(into: string, args: readonly string[]): Promise<Buffer> {
    const target = join(folder, into);
    await mkdir(target);
    await helm('pull', '--plain-http', ...args, '--destination', target);
    // Helm names what it pulls by a digest after that.
    const [name = 'nothing'] = await readdir(target);
    return readFile(join(target, name));
  }

  async function helm(...args: readonly string[]): Promise<string> {
    const options = { cwd: folder, env: environment(), maxBuffer: 64 * 1024 * 1024 };
    return (await promisify(execFile)(toolPaths().helm, args, options)).stdout;
  }

  /** Nothing of a person's own settings, accounts or downloads. */
  function environment(): NodeJS.ProcessEnv {
    const own = (kind: string): string => join(folder, 'helm', kind);
    return {
      ...process.env,
      ...{ HELM_CACHE_HOME: own('cache'), HELM_CONFIG_HOME: own('config'), HELM_DATA_HOME: own('data') },
    };
  }
});

async function refusal(run: Promise<unknown>): Promise<string> {
  return run.then(
    () => 'no error',
    (error: unknown) => String(error),
  );
}
