import { execFile, spawn, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** buildah with a storage of its own: it neither sees nor changes what a person has. */
export interface Engine {
  readonly folder: string;
  /** Runs a command of it and answers what it printed. Its messages go to a log file beside the storage. */
  readonly buildah: (...args: readonly string[]) => Promise<string>;
}

/** What a container is started with besides its image. */
export interface RunOptions {
  /** Numbers of user and group, as `docker run --user` takes them. */
  readonly user: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Place in the container -> folder or file of this machine, read-only; `null` is an empty folder that can be written. */
  readonly mounts?: Readonly<Record<string, string | null>>;
}

export interface ContainerRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process in a container that goes on until it is stopped. */
export interface RunningContainer {
  /** What it has printed so far, to both. */
  readonly printed: () => string;
  readonly stop: () => Promise<ContainerRun>;
}

/** The configuration of an image as OCI has it, as far as a run needs it. */
export interface ImageConfig {
  readonly Env: readonly string[];
  readonly Entrypoint: readonly string[];
  readonly WorkingDir: string;
  readonly User: string;
  readonly Labels: Readonly<Record<string, string>>;
}

/** An image whose file system is mounted on this machine. */
export interface MountedImage {
  readonly root: string;
  readonly config: ImageConfig;
}

/** What a process that is told to end has for it. */
const graceMs = 20_000;

/** Programs that the suite needs and this machine lacks; it has to be run by root as well. */
export function missingPrograms(): readonly string[] {
  const programs = ['buildah', 'debootstrap', 'unshare', 'chroot'];
  const missing = programs.filter((program) => spawnSync(program, ['--version'], { stdio: 'ignore' }).error);
  return process.getuid?.() === 0 ? missing : [...missing, 'root'];
}

/** The overlay driver of the kernel is ten times faster than copies, and not everywhere. */
export async function openEngine(folder: string): Promise<Engine> {
  mkdirSync(folder, { recursive: true });
  for (const driver of ['overlay', 'vfs']) {
    const storage = [
      ...['--root', join(folder, driver)],
      ...['--runroot', join(folder, `${driver}-run`), '--storage-driver', driver],
    ];
    const buildah = (...args: readonly string[]): Promise<string> => output('buildah', [...storage, ...args]);
    const works = await buildah('images').then(
      () => true,
      () => false,
    );
    if (works) return { folder, buildah };
  }
  throw new Error(`buildah can use neither overlay nor vfs in ${folder}`);
}

/** Mounts an image; the container that it needs is removed by `buildah rm --all`. */
export async function mountImage({ buildah }: Engine, image: string): Promise<MountedImage> {
  const container = (await buildah('from', '--pull-never', image)).trim();
  const inspected = JSON.parse(await buildah('inspect', '--type', 'image', image)) as {
    readonly OCIv1: { readonly config: ImageConfig };
  };
  return { root: (await buildah('mount', container)).trim(), config: inspected.OCIv1.config };
}

/** Runs the entry point with arguments, as `docker run --read-only --cap-drop ALL` would, to its end. */
export async function runContainer(
  image: MountedImage,
  args: readonly string[],
  options: RunOptions,
): Promise<ContainerRun> {
  const { command, env } = commandLine(image, args, options);
  const { promise, resolve } = Promise.withResolvers<ContainerRun>();
  execFile('unshare', command, { env, timeout: 120_000 }, (error, stdout, stderr) => {
    resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
  });
  return promise;
}

export function startContainer(image: MountedImage, args: readonly string[], options: RunOptions): RunningContainer {
  const { command, env } = commandLine(image, args, options);
  const child = spawn('unshare', command, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const printed = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (printed.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (printed.stderr += chunk.toString()));
  const ended = new Promise<ContainerRun>((resolve) => {
    child.once('close', (code) => {
      resolve({ code, ...printed });
    });
  });
  return {
    printed: () => printed.stdout + printed.stderr,
    stop: () => {
      child.kill('SIGTERM');
      // As Kubernetes does with what does not end by itself, the plugin server for one.
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
      return ended.finally(() => {
        clearTimeout(timer);
      });
    },
  };
}

/**
 * Mounts of a namespace of its own end with the process. The root is read-only, as Kubernetes makes it, and user,
 * capabilities and privileges are given up inside of it.
 */
function commandLine(
  { root, config }: MountedImage,
  args: readonly string[],
  { user, env = {}, mounts = {} }: RunOptions,
): { readonly command: readonly string[]; readonly env: Record<string, string> } {
  const [uid = '', gid = ''] = user.split(':');
  const inside = (place: string): string => join(root, place);
  const script = [
    'set -e',
    `mount --bind "${root}" "${root}"`,
    `mount -t proc proc "${inside('/proc')}"`,
    `mount --rbind /dev "${inside('/dev')}"`,
    `mount -t tmpfs -o mode=755 tmpfs "${inside('/run')}"`,
    ...Object.entries(mounts).flatMap(([place, source]) => mountLines(inside(place), source, uid)),
    `mount -o remount,bind,ro "${root}"`,
    `cd "${inside(config.WorkingDir)}"`,
    // Neither a shell nor its signals stay between: what is stopped is the program.
    `exec chroot "${root}" /bin/sh -c 'cd "$0" && exec /usr/bin/setpriv --reuid ${uid} --regid ${gid} --clear-groups --no-new-privs --bounding-set -all --inh-caps -all "$@"' "${config.WorkingDir}" "$@"`,
  ].join('\n');
  const environment = Object.fromEntries(config.Env.map((one) => one.split(/=(.*)/s, 2) as [string, string]));
  return {
    command: ['--mount', '--propagation', 'private', 'sh', '-c', script, 'sh', ...config.Entrypoint, ...args],
    env: { ...environment, HOME: '/', ...env, PATH: `${environment.PATH ?? ''}:/usr/sbin:/usr/bin:/sbin:/bin` },
  };
}

function mountLines(place: string, source: string | null, uid: string): readonly string[] {
  if (source === null) return [`mkdir -p "${place}"`, `mount -t tmpfs -o uid=${uid},mode=755 tmpfs "${place}"`];
  const make = [`mkdir -p "$(dirname "${place}")"`, `[ -d "${source}" ] && mkdir -p "${place}" || touch "${place}"`];
  return [...make, `mount --bind "${source}" "${place}"`, `mount -o remount,bind,ro "${place}"`];
}

/** What a program printed; an error with the end of its messages where it failed. */
export async function output(program: string, args: readonly string[]): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  execFile(program, args, { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
    if (error) reject(new Error(`${program} ${args.join(' ')}: ${stderr.slice(-4000)}`, { cause: error }));
    else resolve(stdout);
  });
  return promise;
}
