import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Plugin } from 'esbuild';
import { build } from 'esbuild';
import type { Asset } from './plugin/serve/page/assets.ts';

const folder = join(import.meta.dirname, 'plugin/serve/page/browser');

/** Bundles the page into that of `serve`: one ES module, one style sheet, the HTML file and the icon. */
export const page: Plugin = {
  name: 'page',
  setup(bundler) {
    bundler.onLoad({ filter: /serve\/page\/assets\.ts$/ }, async () => ({
      contents: `export const assets = ${JSON.stringify(await pageAssets())};`,
      loader: 'ts',
    }));
  },
};

/** The files of the page, ready to be sent. */
export async function pageAssets(): Promise<readonly Asset[]> {
  return Promise.all([
    asset('/', 'text/html; charset=utf-8', readFile(join(folder, 'index.html'), 'utf8')),
    asset('/page.js', 'text/javascript; charset=utf-8', bundled('main.ts')),
    asset('/page.css', 'text/css; charset=utf-8', bundled('page.css')),
    asset('/icon.svg', 'image/svg+xml', readFile(join(folder, 'icon.svg'), 'utf8')),
  ]);
}

async function asset(path: string, mediaType: string, text: Promise<string>): Promise<Asset> {
  return { path, mediaType, text: await text };
}

async function bundled(name: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(folder, name)],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    legalComments: 'none',
    // The oldest browsers with light-dark() and everything that the script uses.
    target: ['chrome123', 'firefox124', 'safari17.5'],
  });
  return outputFiles.map(({ text }) => text).join('');
}
