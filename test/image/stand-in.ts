import { existsSync, realpathSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import packageJson from '../../package.json' with { type: 'json' };
import type { Engine } from './engine.ts';
import { output } from './engine.ts';

/** Architectures of the image, as OCI names them, and what npm and Debian call them. */
export const architectures = { amd64: 'x64', arm64: 'arm64' } as const;
export type Architecture = keyof typeof architectures;

const node = packageJson.devDependencies.node;
const certificates = '/etc/ssl/certs/ca-certificates.crt';

/** This machine's own. */
export const own: Architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';

/** Whether programs of the architecture run here: by themselves, or by what the kernel starts for them. */
export function runsHere(architecture: Architecture): boolean {
  return (
    architecture === own ||
    existsSync(`/proc/sys/fs/binfmt_misc/qemu-${architecture === 'arm64' ? 'aarch64' : 'x86_64'}`)
  );
}

/**
 * An image that stands in for the official one of Node, where its registry cannot be reached: Debian's minimal system with the
 * very release of Node, from its npm package. It tells nothing about the official image's own packages. Answers the
 * name of a list with all architectures. `cache` keeps what Debian gave from run to run.
 */
export async function makeStandIn(engine: Engine, cache: string, wanted: readonly Architecture[]): Promise<string> {
  const name = (suffix: string): string => `localhost/dynamic-toolset-node-${suffix}:${node}`;
  for (const architecture of wanted) {
    const system = await debian(cache, architecture);
    const { buildah } = engine;
    const container = (await buildah('from', 'scratch')).trim();
    const root = (await buildah('mount', container)).trim();
    await output('cp', ['-a', `${system}/.`, `${root}/`]);
    if (architecture !== own) await writeFile(join(root, 'var/lib/dpkg/status'), await unpackedPackages(system));
    for (const folder of ['usr/local/bin', 'usr/local/lib/node_modules', 'usr/local/etc', 'tmp', 'etc/ssl/certs']) {
      await mkdir(join(root, folder), { recursive: true });
    }
    await output('install', ['-m', '755', await nodeBinary(cache, architecture), join(root, 'usr/local/bin/node')]);
    if (architecture === own) await addNpm(root);
    const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
    await buildah('config', '--arch', architecture, '--env', path, container);
    await buildah('commit', '--quiet', '--rm', '--timestamp', '0', container, name(architecture));
  }
  await engine.buildah('manifest', 'create', name('any'));
  for (const architecture of wanted) {
    await engine.buildah('manifest', 'add', name('any'), `containers-storage:${name(architecture)}`);
  }
  return name('any');
}

/** Only unpacked for a foreign architecture: nothing of it has to run before the image does. */
async function debian(cache: string, architecture: Architecture): Promise<string> {
  const folder = join(cache, `debian-bookworm-${architecture}`);
  if (existsSync(folder)) return folder;
  const draft = `${folder}.${String(process.pid)}`;
  const foreign = architecture === own ? [] : ['--foreign'];
  await output('debootstrap', [...foreign, '--arch', architecture, '--variant', 'minbase', 'bookworm', draft]);
  await rm(join(draft, 'var/cache/apt/archives'), { recursive: true, force: true });
  await rename(draft, folder);
  return folder;
}

/** What dpkg says of packages that are unpacked and not set up: from the list that debootstrap keeps for its second stage. */
async function unpackedPackages(system: string): Promise<string> {
  const list = await readFile(join(system, 'debootstrap/debpaths'), 'utf8');
  const files = [...list.matchAll(/\/([^/_]+)_([^/_]+)_([^/_]+)\.deb$/gm)];
  return files
    .map(([, name = '', version = '', architecture = '']) => {
      const fields = { Package: name, Status: 'install ok unpacked', Architecture: architecture };
      const paragraph = { ...fields, Version: decodeURIComponent(version) };
      return Object.entries(paragraph)
        .map(([field, value]) => `${field}: ${value}\n`)
        .join('');
    })
    .join('\n');
}

async function nodeBinary(cache: string, architecture: Architecture): Promise<string> {
  if (architecture === own) return process.execPath;
  const name = `node-linux-${architectures[architecture]}`;
  const folder = join(cache, `${name}-${node}`);
  if (!existsSync(folder)) {
    const draft = `${folder}.${String(process.pid)}`;
    const options = ['--no-save', '--force', '--ignore-scripts', '--no-audit', '--no-fund'];
    await output('npm', ['install', '--prefix', draft, ...options, `${name}@${node}`]);
    await rename(draft, folder);
  }
  return join(folder, 'node_modules', name, 'bin/node');
}

/** The npm that is used here, and the authorities that this machine trusts: it may stand behind a proxy. */
async function addNpm(root: string): Promise<void> {
  const program = realpathSync((await output('sh', ['-c', 'command -v npm'])).trim());
  await output('cp', ['-a', join(program, '../..'), join(root, 'usr/local/lib/node_modules/npm')]);
  await output('ln', ['-s', '../lib/node_modules/npm/bin/npm-cli.js', join(root, 'usr/local/bin/npm')]);
  if (!existsSync(certificates)) return;
  await output('install', ['-m', '644', certificates, join(root, certificates)]);
  await output('sh', ['-c', `echo cafile=${certificates} > "${join(root, 'usr/local/etc/npmrc')}"`]);
}
