import { expect } from 'chai';
import type { Metafile } from 'esbuild';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import packageJson from '../package.json' with { type: 'json' };
import { buildProgram, entryPoint } from '../build.ts';
import { commandOf, compiledCodeScript } from './support/built-program.ts';

/** What `generate` imports when it is run on a live cluster, one import() after the other. */
const generate = [
  entryPoint,
  'plugin/commands/generate.ts',
  'plugin/cluster/connection/connect.ts',
  'plugin/cluster/api-server.ts',
  'plugin/cluster/probe/http-prober.ts',
];

describe('bundle', function () {
  this.timeout(60_000);
  let folder: string;
  let program: string;
  let metafile: Metafile;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'dynamic-toolset-bundle-'));
    program = join(folder, 'dynamic-toolset.cjs');
    metafile = await buildProgram(program);
  });

  after(() => {
    rmSync(folder, { recursive: true });
  });

  it('imports only Node built-ins and the serve bundle at run time', () => {
    const external = Object.values(metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path));

    expect(external.filter((path) => !isBuiltin(path))).to.deep.equal(['./dynamic-toolset-serve.cjs']);
  });

  it('evaluates no package but pbf for generate in a Pod when Git has no files', () => {
    expect(packagesOf(evaluated(metafile, generate))).to.deep.equal(['pbf']);
  });

  it('evaluates only the client library for a kubeconfig, and only zod for files from Git', () => {
    expect(packagesOf(evaluated(metafile, ['plugin/cluster/connection/kubeconfig.ts']))).to.deep.equal([
      '@kubernetes/client-node',
      'rfc4648',
    ]);
    expect(packagesOf(evaluated(metafile, ['plugin/settings/parse-settings.ts']))).to.deep.equal(['zod']);
  });

  it('evaluates no package to parse the command line', () => {
    expect(packagesOf(evaluated(metafile, [entryPoint]))).to.deep.equal([]);
  });

  it("runs as an executable that switches off Node's concurrent compilation, which can keep it from exiting", () => {
    const { status, stdout, stderr } = spawnSync(program, ['--version'], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH },
    });

    expect(stderr).to.equal('');
    expect(status).to.equal(0);
    expect(stdout).to.include(packageJson.version);
    expect(readFileSync(program, 'utf8').split('\n', 1)).to.deep.equal([
      '#!/usr/bin/env -S node --no-concurrent-recompilation --no-concurrent-sparkplug',
    ]);
    expect(commandOf(program).slice(1)).to.deep.equal([
      '--no-concurrent-recompilation',
      '--no-concurrent-sparkplug',
      program,
    ]);
  });

  describe('with a compile cache folder', () => {
    let kept: string;

    beforeEach(() => {
      kept = mkdtempSync(join(folder, 'compiled-'));
    });

    /** `generate` of a cluster with one Prometheus. */
    function run(...flags: readonly string[]): string {
      const metadata = { name: 'prometheus', labels: { app: 'prometheus' } };
      const input = JSON.stringify({ kind: 'Service', metadata, spec: { ports: [{ port: 9090 }] } });
      const { stdout, stderr, status } = spawnSync(
        process.execPath,
        [...flags, program, 'generate', '--snapshot', '-'],
        {
          encoding: 'utf8',
          cwd: kept,
          input,
          env: { ...process.env, NODE_COMPILE_CACHE: kept },
        },
      );
      expect({ stderr, status }).to.deep.equal({ stderr: '', status: 0 });
      return stdout;
    }

    /** Files of one start or several, without Node's own. */
    function filesKept(): readonly string[] {
      return readdirSync(kept, { recursive: true, encoding: 'utf8' }).filter((name) =>
        name.includes('dynamic-toolset'),
      );
    }

    it('caches the compiled code that a run used, which V8 accepts in the next run', () => {
      const first = run();
      const [file = '', ...others] = filesKept();
      // In a process that has no flags of ours.
      const bundle = join(folder, 'dynamic-toolset-program.cjs');
      const env = { ...process.env, NODE_COMPILE_CACHE: kept };
      const { stdout } = spawnSync(process.execPath, ['-e', compiledCodeScript, bundle], { encoding: 'utf8', env });

      expect(file).to.match(/dynamic-toolset-[0-9a-f]{16}\.bin$/);
      expect(others).to.deep.equal([]);
      expect(stdout).to.equal(`${basename(file)} false`);
      expect(run()).to.equal(first);
      expect(filesKept()).to.deep.equal([file]);
    });

    it("caches nothing when the run changed V8's flags", () => {
      const changed = join(kept, 'changed.cjs');
      writeFileSync(
        changed,
        "process.once('exit', () => require('node:v8').setFlagsFromString('--optimize-for-size'));",
      );

      run('--require', changed);

      expect(filesKept()).to.deep.equal([]);
    });

    it('prints the same when the cache is corrupt or was made with other V8 flags', () => {
      const first = run();
      const [file = ''] = filesKept();
      writeFileSync(join(kept, file), 'nothing that V8 wrote');

      expect(run()).to.equal(first);
      expect(run('--no-opt')).to.equal(first);
    });
  });

  it('reports in one line which Node it needs, before it uses anything that an older Node lacks', () => {
    const older = join(folder, 'older-node.cjs');
    writeFileSync(
      older,
      `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } });
       delete Map.groupBy; delete Promise.withResolvers; delete Object.groupBy;`,
    );

    const { status, stdout, stderr } = spawnSync(process.execPath, ['--require', older, program, 'generate'], {
      encoding: 'utf8',
    });

    expect({ status, stdout }).to.deep.equal({ status: 2, stdout: '' });
    expect(
      stderr
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).to.deep.equal([
      {
        level: 'error',
        code: 'NODE_TOO_OLD',
        message: `Node.js 20.20.2 is too old: dynamic-toolset needs ${packageJson.engines.node}`,
        hint: 'install a newer Node.js, or use the container image',
      },
    ]);
  });
});

/** Modules that are evaluated together with `roots`: what they import, but not by import() and not on first use. */
function evaluated({ inputs }: Metafile, roots: readonly string[]): Set<string> {
  const found = new Set<string>();
  const open = [...roots];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (found.has(path)) continue;
    const input = inputs[path];
    expect(input, path).to.not.equal(undefined);
    found.add(path);
    if (path.startsWith('lazy:')) continue;
    open.push(...input!.imports.filter(isEvaluated).map((one) => one.path));
  }
  return found;
}

function isEvaluated({ kind, external }: Metafile['inputs'][string]['imports'][number]): boolean {
  return kind !== 'dynamic-import' && external !== true;
}

function packagesOf(modules: ReadonlySet<string>): string[] {
  const names = [...modules].flatMap((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []);
  return [...new Set(names)].sort();
}
