import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { markdownTable } from '../../docs/markdown.ts';
import type { Engine } from './engine.ts';

interface Manifest {
  readonly config: { readonly digest: string };
  readonly layers: readonly { readonly digest: string; readonly size: number }[];
}

interface Config {
  readonly history: readonly { readonly created_by?: string; readonly empty_layer?: boolean }[];
}

/** The layers of an image as a registry would keep them, compressed, and what of it is ours and not the base's. */
export async function renderLayers(
  { buildah, folder }: Engine,
  image: string,
): Promise<{ readonly text: string; readonly ownBytes: number }> {
  const target = join(folder, 'layout');
  await buildah('push', '--quiet', image, `dir:${target}`);
  const read = async (name: string): Promise<unknown> => JSON.parse(await readFile(join(target, name), 'utf8'));
  const { config, layers } = (await read('manifest.json')) as Manifest;
  const { history } = (await read(config.digest.replace('sha256:', ''))) as Config;
  const steps = history.filter((one) => one.empty_layer !== true).map((one) => stepOf(one.created_by ?? ''));
  const sizes = layers.map(({ digest }) => statSync(join(target, digest.replace('sha256:', ''))).size);
  const rows = sizes.map((size, index) => [index === 0 ? 'the base image' : (steps[index] ?? ''), kilobytes(size)]);
  const ownBytes = sizes.slice(1).reduce((sum, size) => sum + size, 0);
  return {
    text: markdownTable(['Layer', 'KB'], [...rows, ['ours together', kilobytes(ownBytes)]], 'numbers'),
    ownBytes,
  };
}

function kilobytes(size: number): string {
  return Math.ceil(size / 1000).toLocaleString('en');
}

/** An instruction without the digests that the engine puts in the place of sources. */
function stepOf(createdBy: string): string {
  return createdBy
    .replace(/^.*#\(nop\) /, '')
    .replace(/^.*\/bin\/sh -c /, 'RUN ')
    .replace(/ (?:file|multi|dir):\w+ in /, ' ')
    .trim()
    .slice(0, 60);
}
