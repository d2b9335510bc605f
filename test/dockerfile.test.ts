import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import packageJson from '../package.json' with { type: 'json' };
import { imageEnvironment } from './cluster/support/program.ts';
import { compiledCodeScript } from './support/built-program.ts';
import { all, parseDockerfile, words } from './image/dockerfile.ts';
import type { Image } from './image/replay.ts';
import { environmentOf, inImage, replay } from './image/replay.ts';

const folder = join(import.meta.dirname, '..');
const stages = parseDockerfile(join(folder, 'Dockerfile'));
const final = stages.at(-1)!;
const program = '/usr/local/bin/dynamic-toolset';
const generate = ['generate', '--snapshot', 'cluster.yaml'];

describe('Dockerfile', () => {
  it('builds and runs on the Node version that the tests run on', () => {
    const node = packageJson.devDependencies.node;
    const [base = '', ...others] = stages.map((stage) => stage.base);

    expect(base.split('@sha256:')).to.deep.equal([`docker.io/library/node:${node}-slim`, base.slice(-64)]);
    expect(base).to.match(/@sha256:[0-9a-f]{64}$/);
    expect(others).to.deep.equal([base]);
  });

  it("runs as Argo CD's user", () => {
    expect(all(final, 'USER')).to.deep.equal(['999:999']);
  });

  it('has labels with its title, version and licence', () => {
    const labels = new Map(words(all(final, 'LABEL').join(' ')).map((word) => word.split('=', 2) as [string, string]));

    expect(labels.get('org.opencontainers.image.title')).to.equal(packageJson.name);
    expect(labels.get('org.opencontainers.image.version')).to.equal(packageJson.version);
    expect(labels.get('org.opencontainers.image.licenses')).to.equal(packageJson.license);
  });

  it('sets the environment that other tests run the program in', () => {
    const environment = all(final, 'ENV').flatMap((rest) => words(rest));

    for (const [name, value] of Object.entries(imageEnvironment)) expect(environment).to.include(`${name}=${value}`);
  });

  it('puts the program where plugin.yaml expects it, and plugin.yaml where Argo CD expects it', () => {
    const plugin = parse(readFileSync(join(folder, 'plugin.yaml'), 'utf8')) as {
      readonly spec: { readonly generate: { readonly command: readonly string[] } };
    };
    const targets = all(final, 'COPY').map((rest) => words(rest).at(-1));

    expect(plugin.spec.generate.command).to.deep.equal([program, 'generate']);
    expect(targets).to.include(program).and.to.include('/home/argocd/cmp-server/config/plugin.yaml');
  });

  describe('replayed without a container engine', function () {
    this.timeout(120_000);
    let target: string;
    let image: Image;

    before(() => {
      target = mkdtempSync(join(tmpdir(), 'dynamic-toolset-image-'));
      chmodSync(target, 0o755);
      image = replay(stages, { folder, target });
      rmSync(join(target, 'build'), { recursive: true });
      cpSync(join(folder, 'manifests/examples'), inImage(image, '/home/argocd/examples'), { recursive: true });
      writeFileSync(inImage(image, '/modules.cjs'), listModules);
      for (const entry of readdirSync(image.root, { recursive: true, withFileTypes: true })) {
        const isProgram = entry.isDirectory() || entry.parentPath === inImage(image, '/usr/local/bin');
        chmodSync(join(entry.parentPath, entry.name), isProgram ? 0o555 : 0o444);
      }
    });

    after(() => {
      for (const entry of readdirSync(target, { recursive: true, withFileTypes: true })) {
        if (entry.isDirectory()) chmodSync(join(entry.parentPath, entry.name), 0o755);
      }
      rmSync(target, { recursive: true });
    });

    it('prints its version', () => {
      const { code, stdout } = run(image, [program, '--version']);

      expect(code).to.equal(0);
      expect(stdout.match(/\S+$/gm)?.slice(0, 3)).to.deep.equal([
        packageJson.version,
        'unknown',
        packageJson.devDependencies.node,
      ]);
    });

    it('runs the program from its entry point when there is no plugin server', () => {
      const [entry] = JSON.parse(all(final, 'ENTRYPOINT')[0]!) as readonly string[];

      expect(run(image, [entry!, '--version'])).to.deep.equal(run(image, [program, '--version']));
      expect(run(image, [entry!, ...generate])).to.deep.equal(run(image, [program, ...generate]));
    });

    it('contains the Argo CD UI extension with a matching checksum', () => {
      const cwd = inImage(image, '/usr/local/share/dynamic-toolset');
      const { stdout } = spawnSync('sha256sum', ['--check', 'extension-dynamic-toolset.js.sha256'], { cwd });

      expect(stdout.toString()).to.equal('extension-dynamic-toolset.js: OK\n');
    });

    it('prints the manifest without installed packages and without write access', () => {
      const { code, stdout, stderr } = run(image, [program, ...generate]);

      expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
      expect(parse(stdout)).to.have.property('kind', 'ConfigMap');
      expect(stdout).to.include('prometheus_url');
    });

    it('uses the compile cache that the image contains', () => {
      const { stderr } = run(image, [program, ...generate], { NODE_DEBUG_NATIVE: 'COMPILE_CACHE' });

      expect(stderr).to.match(/V8 code cache for CommonJS \S+dynamic-toolset was accepted/);
      // Node's cache has the file that starts the program; that of the program itself is beside it.
      const bundle = inImage(image, `${program}-program.cjs`);
      const { stdout } = run(image, ['/usr/local/bin/node', '-e', compiledCodeScript, bundle]);
      expect(stdout).to.match(/^dynamic-toolset-[0-9a-f]{16}\.bin false$/);
    });

    it('prints the same as a user that cannot write to the compile cache', function () {
      if (process.getuid?.() !== 0) this.skip();

      const other = run(image, [program, ...generate], {}, 998);

      expect(other).to.deep.equal(run(image, [program, ...generate]));
    });

    it("does not load Node's expensive modules to generate from a file", () => {
      const { stderr } = run(image, [
        '/usr/local/bin/node',
        '--require',
        inImage(image, '/modules.cjs'),
        inImage(image, program),
        ...generate,
      ]);
      const loaded = JSON.parse(stderr) as string[];

      expect(loaded).to.include('NativeModule fs/promises');
      expect(loaded.filter((name) => expensive.test(name))).to.deep.equal([]);
    });
  });
});

/** fetch, workers, debugger, test runner, database, HTTP and TLS: 5 to 40 ms each. */
const expensive =
  /^NativeModule (internal\/deps\/(undici|minimatch|acorn|amaro)\/.*|worker_threads|inspector|test|sqlite|wasi|http2?|https|tls|dns|child_process|cluster|repl|zlib)$/;

const listModules = `process.on('exit', () => require('node:fs').writeSync(2, JSON.stringify(process.moduleLoadList)));`;

interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs in the image as its user; anyone but root stays who they are. */
function run(
  image: Image,
  [command, ...args]: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  uid = Number(image.user.split(':')[0]),
): Run {
  const { status, stdout, stderr, error } = spawnSync(inImage(image, command!), args, {
    cwd: inImage(image, '/home/argocd/examples'),
    env: { ...environmentOf(image), HOME: inImage(image, '/home/argocd'), ...environment },
    encoding: 'utf8',
    ...(process.getuid?.() === 0 ? { uid, gid: uid } : {}),
  });
  if (error) throw error;
  return { code: status, stdout, stderr };
}
