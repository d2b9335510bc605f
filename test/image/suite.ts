import { expect } from 'chai';
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import packageJson from '../../package.json' with { type: 'json' };
import { installServe, serveAccount } from '../cluster/manifests/serve.ts';
import { clusterTools } from '../cluster/parts/cluster.ts';
import { acquireCluster } from '../cluster/parts/pool.ts';
import { freePort } from '../cluster/parts/process.ts';
import { compiledCodeScript } from '../support/built-program.ts';
import { realPart } from '../support/real-part.ts';
import { until } from '../support/until.ts';
import { missingTools, toolPaths } from '../tools/build.ts';
import { registryProgram } from '../tools/registry.ts';
import type { Engine, MountedImage } from './engine.ts';
import { missingPrograms, mountImage, openEngine, output, runContainer, startContainer } from './engine.ts';
import { renderLayers } from './layers.ts';
import { digestOf, startRegistry } from './registry.ts';
import { architectures, makeStandIn, own, runsHere } from './stand-in.ts';
import type { Architecture } from './stand-in.ts';

const repository = join(import.meta.dirname, '../..');
const examples = { '/run/examples': join(repository, 'manifests/examples') };
const recorded = ['--path', '/run/examples/holmesgpt', '--snapshot', '/run/examples/cluster.yaml'];
const users = { "Argo CD's user": '999:999', 'any user of group 0, as OpenShift assigns one': '1000680000:0' };
/** A release says from which commit all is built. */
const revision = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: repository, encoding: 'utf8' }).trim();

/** As far as the test of the extension reads the patch of argocd-server. */
interface Patch {
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly initContainers: readonly { readonly command: readonly string[]; readonly args: readonly string[] }[];
      };
    };
  };
}

/** As far as the test reads the index of an image. */
interface Index {
  readonly manifests: readonly {
    readonly digest: string;
    readonly platform: { readonly os: string; readonly architecture: Architecture };
  }[];
}

/** As far as the test reads an SBOM. */
interface Spdx {
  readonly packages: readonly { readonly name: string; readonly versionInfo: string }[];
}

/** `npm run test:image`: the Dockerfile, built by a real engine, and what is in it, run as Kubernetes runs it. */
describe('image', () => {
  let engine: Engine;
  let base: string;
  let context: string;
  let image: MountedImage;
  let first: string;
  const built: Partial<Record<Architecture, string>> = {};
  const root = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  const cache = join(root, 'dynamic-toolset-tests', 'image');
  const wanted = (Object.keys(architectures) as Architecture[]).filter(runsHere);

  before(async function () {
    const missing = missingPrograms();
    const remedy = missing.includes('root') ? 'run it as root' : 'apt-get install buildah debootstrap';
    if (!realPart(missing.join(', '), missing.length === 0, remedy)) this.skip();
    await mkdir(cache, { recursive: true });
    engine = await openEngine(mkdtempSync(join(cache, 'storage-')));
    base = await makeStandIn(engine, cache, wanted);
    context = await copyContext(join(engine.folder, 'context'));
    first = await imageFor(own);
    image = await mountImage(engine, first);
  });

  after(async () => {
    if (!(engine as Engine | undefined)) return;
    await engine.buildah('rm', '--all');
    await rm(engine.folder, { recursive: true, force: true });
  });

  it('has the user and the labels of the release', () => {
    const { Labels, User } = image.config;

    expect(User).to.equal('999:999');
    expect(Labels).to.include({
      'org.opencontainers.image.title': packageJson.name,
      'org.opencontainers.image.version': packageJson.version,
      'org.opencontainers.image.revision': revision,
    });
  });

  for (const [who, user] of Object.entries(users)) {
    describe(`as ${who}, with a read-only root and no capabilities`, () => {
      it('has no capabilities, and cannot write anywhere', async () => {
        const script = 'grep -E "^(Cap(Eff|Prm|Bnd)|NoNewPrivs)" /proc/self/status; touch /tmp/a /home/argocd/a';
        const shell = { ...image, config: { ...image.config, Entrypoint: ['/bin/sh', '-c', script] } };

        const { stdout, stderr } = await runContainer(shell, [], { user });

        expect(stdout.match(/\d+$/gm)).to.deep.equal([...Array<string>(3).fill('0'.repeat(16)), '1']);
        expect(stderr.match(/Read-only file system/g)).to.have.length(2);
      });

      it('generates', async () => {
        const { code, stdout, stderr } = await runContainer(image, ['generate', ...recorded], {
          user,
          mounts: examples,
        });

        expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
        expect(parse(stdout)).to.have.property('kind', 'ConfigMap');
      });

      it('explains', async () => {
        const { code, stdout } = await runContainer(image, ['explain', ...recorded], { user, mounts: examples });

        expect(code).to.equal(0);
        expect(stdout).to.include('monitoring/kube-prometheus-stack-prometheus');
      });

      it('serves', async function () {
        const tools = [...clusterTools, 'applicationCrd'] as const;
        if (!realPart('kube-apiserver', missingTools(tools).length === 0, 'node test/tools/build.ts')) this.skip();
        const cluster = await acquireCluster();
        try {
          await cluster.kubectl(['apply', '--server-side', '-f', toolPaths().applicationCrd]);
          const { args } = await installServe(cluster, 'kubernetes');
          const account = await readable(await cluster.serviceAccountFolder(serveAccount.namespace, serveAccount.name));
          const { hostname, port } = new URL(cluster.url);
          const listen = `127.0.0.1:${String(await freePort())}`;
          const serve = startContainer(image, ['serve', ...args, `--listen=${listen}`], {
            user,
            env: { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port },
            mounts: { '/run/secrets/kubernetes.io/serviceaccount': account },
          });
          try {
            await until(
              'serve is ready',
              async () => {
                const answer = await fetch(`http://${listen}/readyz`).catch(() => null);
                return answer?.status === 200;
              },
              60_000,
            );
          } finally {
            const { code, stderr } = await serve.stop();
            expect({ code }, stderr).to.deep.equal({ code: 0 });
          }
        } finally {
          await cluster.stop();
        }
      });
    });
  }

  describe('entry point', () => {
    const user = '999:999';

    it('runs the program with --help and without arguments', async () => {
      const help = await runContainer(image, ['--help'], { user });
      const none = await runContainer(image, [], { user });

      expect(help.stdout).to.include('generate').and.to.include('explain');
      expect(none.stdout + none.stderr).to.include('explain');
    });

    it("runs Argo CD's plugin server in the sidecar, listening on its socket", async function () {
      if (!realPart('argocd', missingTools(['argoCd']).length === 0, 'node test/tools/build.ts argo-cd')) this.skip();
      const shared = await readable();
      await cp(toolPaths().argoCd, join(shared, 'argocd-cmp-server'));
      const socket = '/home/argocd/cmp-server/plugins/dynamic-toolset.sock';
      const mounts = { '/run/argocd': shared, '/home/argocd/cmp-server/plugins': null, '/tmp': null };
      const server = startContainer(image, [], { user, mounts });
      try {
        await until('the plugin server listens', () => server.printed().includes(`serving on ${socket}`));
      } finally {
        await server.stop();
      }
    });

    it('runs the program in the sidecar when a command is given, and the plugin server when only flags are', async () => {
      const shared = await readable();
      await writeFile(join(shared, 'argocd-cmp-server'), '#!/bin/sh\necho the plugin server\n', { mode: 0o755 });
      const mounts = { ...examples, '/run/argocd': shared };

      const explained = await runContainer(image, ['explain', ...recorded], { user, mounts });
      const server = await runContainer(image, ['--loglevel', 'debug'], { user, mounts });

      expect(explained.stdout).to.include('monitoring/kube-prometheus-stack-prometheus');
      expect(server.stdout).to.equal('the plugin server\n');
    });
  });

  it('contains the Argo CD UI extension, as the init container of argocd-server copies it', async () => {
    const { template } = (parse(readFileSync(join(repository, 'manifests/argocd-ui/patch.yaml'), 'utf8')) as Patch)
      .spec;
    const { command, args } = template.spec.initContainers[0]!;
    const init = { ...image, config: { ...image.config, Entrypoint: command } };
    const [script = ''] = args;
    const shown = `${script.trim()} && ls -l /tmp/extensions`;

    const { code, stdout, stderr } = await runContainer(init, [shown], {
      user: '999:999',
      mounts: { '/tmp/extensions': null },
    });

    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
    expect(stdout).to.match(/^extension-dynamic-toolset\.js: OK\n[^]* extension-dynamic-toolset\.js\n$/);
  });

  it('has the same digest when built again', async () => {
    expect(await build(own)).to.equal(first);
  });

  it('uses the compile cache that it contains', async () => {
    const { stderr } = await runContainer(image, ['generate', ...recorded], {
      user: '999:999',
      env: { NODE_DEBUG_NATIVE: 'COMPILE_CACHE' },
      mounts: examples,
    });

    expect(stderr).to.match(/V8 code cache for CommonJS \S+dynamic-toolset was accepted/);
    const shell = { ...image, config: { ...image.config, Entrypoint: ['node', '-e', compiledCodeScript] } };
    const { stdout } = await runContainer(shell, ['/usr/local/bin/dynamic-toolset-program.cjs'], { user: '999:999' });
    expect(stdout).to.match(/^dynamic-toolset-[0-9a-f]{16}\.bin false$/);
  });

  it('adds less than 12 MB to its base', async () => {
    const table = await renderLayers(engine, first);
    console.log(table.text);

    expect(table.ownBytes).to.be.below(12_000_000);
  });

  for (const architecture of (Object.keys(architectures) as Architecture[]).filter((one) => one !== own)) {
    it(`contains the same program for ${architecture}, from the same Dockerfile`, async function () {
      if (
        !realPart(
          `${architecture} in the kernel`,
          runsHere(architecture),
          'apt-get install qemu-user-static binfmt-support',
        )
      )
        this.skip();
      const other = await mountImage(engine, await imageFor(architecture));
      const programs = [image, other].map(({ root: folder }) =>
        readFileSync(join(folder, 'usr/local/bin/dynamic-toolset')),
      );

      const { code, stdout, stderr } = await runContainer(other, ['generate', ...recorded], {
        user: '999:999',
        mounts: examples,
      });

      expect({ code }, stderr).to.deep.equal({ code: 0 });
      expect(programs[0]?.equals(programs[1]!)).to.equal(true);
      expect(stdout).to.equal(
        (await runContainer(image, ['generate', ...recorded], { user: '999:999', mounts: examples })).stdout,
      );
    });
  }

  it('is pushed as one index of all architectures, and pulled as it was built', async function () {
    const program = registryProgram();
    if (!realPart('registry', program !== null, 'node test/tools/registry.ts')) this.skip();
    const registry = await startRegistry(program!);
    try {
      const [name, list] = ['owner/name', 'localhost/dynamic-toolset-release'];
      const reference = `${registry.host}/${name}`;
      await makeIndex(list);
      const options = ['--all', '--format', 'oci', '--tls-verify=false'];
      await engine.buildah('manifest', 'push', ...options, list, `docker://${reference}:${packageJson.version}`);

      const index = await registry.manifest(name, packageJson.version);
      const { manifests } = JSON.parse(index.toString()) as Index;
      expect(manifests.map(({ platform }) => `${platform.os}/${platform.architecture}`)).to.deep.equal(
        wanted.map((architecture) => `linux/${architecture}`),
      );
      const user = await openEngine(join(engine.folder, 'user'));
      for (const { digest, platform } of manifests) {
        const manifest = await registry.manifest(name, digest);
        expect(digestOf(manifest)).to.equal(digest);
        const { config } = JSON.parse(manifest.toString()) as { readonly config: { readonly digest: string } };
        const id = built[platform.architecture];
        expect(config.digest).to.equal(id);
        const place = `docker://${reference}@${digestOf(index)}`;
        const from = ['--platform', `linux/${platform.architecture}`, '--tls-verify=false'];
        expect(`sha256:${(await user.buildah('pull', '--quiet', ...from, place)).trim()}`).to.equal(id);
      }
    } finally {
      await registry.stop();
    }
  });

  it('has SBOMs of all packages, a signature and provenance in a dry run, without problems', async function () {
    if (!realPart('helm', missingTools(['helm']).length === 0, 'node test/tools/build.ts helm')) this.skip();
    const list = 'localhost/dynamic-toolset-dry-run';
    await makeIndex(list);
    const archive = join(engine.folder, 'image.tar');
    const out = join(engine.folder, 'release');
    await engine.buildah('manifest', 'push', '--all', '--format', 'oci', list, `oci-archive:${archive}`);

    const args = ['release/main.ts', '--dry-run', '--repository', 'Acme/toolsets', '--out', out, '--image', archive];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd: repository });

    expect(stderr).to.equal('');
    expect(stdout).to.include(`: ${wanted.map((architecture) => `linux/${architecture}`).join(', ')}\n`);
    const file = join(out, `dynamic-toolset-${packageJson.version}-image-linux-${own}.spdx.json`);
    const { packages } = JSON.parse(readFileSync(file, 'utf8')) as Spdx;
    const listed = packages.map(({ name, versionInfo }) => `${name}@${versionInfo}`);
    const asked = await inImage(
      "dpkg-query --show --showformat '${Package}@${Version}\\n'; node --print '`node@${process.versions.node}`'",
    );
    expect(asked.length).to.be.above(50);
    expect(listed).to.include.members(asked);
    expect(listed).to.include(`zod@${packageJson.dependencies.zod}`);
  });

  /** What a shell in the image prints, line by line. */
  async function inImage(script: string): Promise<readonly string[]> {
    const shell = { ...image, config: { ...image.config, Entrypoint: ['/bin/sh', '-c', script] } };
    const { stdout, stderr } = await runContainer(shell, [], { user: '999:999' });
    expect(stderr).to.equal('');
    return stdout.trim().split('\n');
  }

  /** A list of all architectures, as a registry gets it. */
  async function makeIndex(list: string): Promise<void> {
    await engine.buildah('manifest', 'create', list);
    for (const architecture of wanted) {
      const id = await imageFor(architecture);
      await engine.buildah('manifest', 'add', list, id.replace('sha256:', ''));
    }
  }

  /** Built once for all tests, which takes minutes. */
  async function imageFor(architecture: Architecture): Promise<string> {
    return (built[architecture] ??= await build(architecture));
  }

  /** Builds as the release does, on the stand-in; answers the digest of the configuration, by which an image is known. */
  async function build(architecture: Architecture): Promise<string> {
    const idFile = join(engine.folder, 'id');
    const options = ['--isolation', 'chroot', '--pull-never', '--no-cache', '--layers', '--quiet', '--timestamp', '0'];
    const values = { NODE_IMAGE: base, REVISION: revision, BUILDPLATFORM: `linux/${own}` };
    const given = Object.entries(values).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]);
    const platform = ['--platform', `linux/${architecture}`];
    await engine.buildah('build', ...options, ...platform, ...given, '--iidfile', idFile, context);
    return readFileSync(idFile, 'utf8').trim();
  }

  /** What the ignore file lets pass, as it is now: a build of minutes is not of files that change meanwhile. */
  async function copyContext(target: string): Promise<string> {
    const passed = readFileSync(join(repository, '.dockerignore'), 'utf8').match(/(?<=^!).+$/gm) ?? [];
    for (const name of ['Dockerfile', '.dockerignore', ...passed]) {
      await cp(join(repository, name), join(target, name), { recursive: true });
    }
    return target;
  }

  /** A folder that any user may read: a copy of one, or an empty one. */
  async function readable(from?: string): Promise<string> {
    const folder = mkdtempSync(join(engine.folder, 'mount-'));
    if (from !== undefined) await cp(from, folder, { recursive: true });
    await output('chmod', ['-R', 'a+rX', folder]);
    return folder;
  }
});
