import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join, posix } from 'node:path';
import type { Instruction, Stage } from './dockerfile.ts';
import { words } from './dockerfile.ts';

/** The file system and the settings that a stage ends with. */
export interface Image {
  /** The folder that stands for `/`. */
  readonly root: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly user: string;
  readonly workingFolder: string;
}

export interface Context {
  /** What is built: the folder with the Dockerfile. */
  readonly folder: string;
  /** Where each stage's root folder is made. */
  readonly target: string;
}

/**
 * Builds without an engine: each stage is a folder, its base image a copy of the running Node. The same COPY and RUN
 * steps run on it, with absolute paths of the image moved below that folder. Two things differ: `npm ci` takes the
 * packages that are installed here, and users are only changed where that is allowed.
 */
export function replay(stages: readonly Stage[], { folder, target }: Context): Image {
  const built = new Map<string, Image>();
  let last: Image | undefined;
  for (const stage of stages) {
    let image = base(join(target, stage.name));
    for (const instruction of stage.instructions) image = step(image, instruction, folder, built);
    built.set(stage.name, image);
    last = image;
  }
  return last!;
}

/** Where a path of the image is on this machine. */
export function inImage({ root }: Pick<Image, 'root'>, path: string): string {
  return join(root, path);
}

/** The environment of a process in the image. */
export function environmentOf(image: Image): Record<string, string> {
  const moved = Object.entries(image.environment).map(([key, value]) => [key, moveBelow(image.root, value)]);
  return { ...(Object.fromEntries(moved) as Record<string, string>), PATH: pathIn(image) };
}

function base(root: string): Image {
  mkdirSync(inImage({ root }, '/usr/local/bin'), { recursive: true });
  cpSync(process.execPath, inImage({ root }, '/usr/local/bin/node'));
  return { root, environment: {}, user: '0:0', workingFolder: '/' };
}

function step(image: Image, { name, rest }: Instruction, folder: string, built: ReadonlyMap<string, Image>): Image {
  switch (name) {
    case 'WORKDIR':
      mkdirSync(inImage(image, rest), { recursive: true });
      return { ...image, workingFolder: rest };
    case 'USER':
      return { ...image, user: rest };
    case 'ENV':
      return { ...image, environment: { ...image.environment, ...environment(rest) } };
    case 'COPY':
      copy(image, rest, folder, built);
      return image;
    case 'RUN':
      execute(image, rest, folder);
      return image;
    case 'ARG':
    case 'LABEL':
    case 'ENTRYPOINT':
      return image;
    default:
      throw new Error(`the replay knows no ${name}: teach it`);
  }
}

function environment(rest: string): Record<string, string> {
  return Object.fromEntries(words(rest).map((word) => word.split('=', 2) as [string, string]));
}

function copy(image: Image, rest: string, folder: string, built: ReadonlyMap<string, Image>): void {
  const [first = '', ...others] = words(rest);
  const from = /^--from=(.*)$/.exec(first)?.[1];
  const paths = from === undefined ? [first, ...others] : others;
  const target = posix.join(image.workingFolder, paths.at(-1)!);
  const isFolder = paths.at(-1)!.endsWith('/');
  for (const path of paths.slice(0, -1)) {
    if (from === undefined) assertNotIgnored(folder, path);
    const source = from === undefined ? join(folder, path) : inImage(built.get(from)!, path);
    const to = inImage(image, isFolder ? posix.join(target, posix.basename(path)) : target);
    mkdirSync(join(to, '..'), { recursive: true });
    cpSync(source, to, { recursive: true });
  }
}

/** The ignore file lets nothing pass but what it names. */
function assertNotIgnored(folder: string, path: string): void {
  const lines = readFileSync(join(folder, '.dockerignore'), 'utf8').split('\n');
  if (!lines.includes('*') || !lines.includes(`!${path}`))
    throw new Error(`.dockerignore keeps ${path} out of the build`);
}

function execute(image: Image, command: string, folder: string): void {
  const cwd = inImage(image, image.workingFolder);
  if (/^npm ci\b/.test(command)) {
    assertLockFile(cwd);
    symlinkSync(join(folder, 'node_modules'), join(cwd, 'node_modules'));
    return;
  }
  const [uid, gid] = image.user.split(':').map(Number);
  const isRoot = process.getuid?.() === 0;
  const owned = isRoot ? command : command.replace(/ -[og] \d+/g, '');
  execFileSync('sh', ['-c', moveBelow(image.root, owned)], {
    cwd,
    env: environmentOf(image),
    ...(isRoot ? { uid: uid!, gid: gid! } : {}),
  });
}

function assertLockFile(folder: string): void {
  for (const name of ['package.json', 'package-lock.json']) {
    if (!existsSync(join(folder, name))) throw new Error(`npm ci runs without ${name}`);
  }
}

/** Absolute paths of the image at the start of a word; devices stay what they are. */
function moveBelow(root: string, text: string): string {
  return text.replace(/(^|[\s=:])(\/(?!dev\/)[a-z])/g, (_, before: string, path: string) => before + root + path);
}

function pathIn(image: Image): string {
  return `${inImage(image, '/usr/local/bin')}:/usr/bin:/bin`;
}
