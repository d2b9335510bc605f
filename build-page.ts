import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuildOptions, Plugin } from 'esbuild';
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

/** What the extension of Argo CD's UI is called: Argo CD loads every file of this form. */
export const extensionFile = 'extension-dynamic-toolset.js';

/** Argo CD has React on its page, as a global of this name for each module. */
const globals = { react: 'React' } as const;

/** React as Argo CD has it: what the extension imports of it is a property of a global. */
const reactOfArgoCd: Plugin = {
  name: 'react-of-argo-cd',
  setup(bundler) {
    bundler.onResolve({ filter: /^react$/ }, ({ path }) => ({ path, namespace: 'global' }));
    bundler.onLoad({ filter: /./, namespace: 'global' }, ({ path }) => ({
      contents: `module.exports = window.${globals[path as keyof typeof globals]};`,
    }));
    bundler.onLoad({ filter: /extension\/styles\.ts$/ }, async () => ({
      contents: `export const styles = ${JSON.stringify(await bundled('extension/extension.css'))};`,
      loader: 'ts',
    }));
  },
};

/** The extension of Argo CD's UI: one script, which registers itself. */
export async function extensionScript(): Promise<string> {
  return bundled('extension/main.ts', { format: 'iife', plugins: [reactOfArgoCd] });
}

async function bundled(
  name: string,
  more: Pick<BuildOptions, 'format' | 'plugins'> = { format: 'esm' },
): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(folder, name)],
    bundle: true,
    minify: true,
    write: false,
    legalComments: 'none',
    // The oldest browsers with light-dark() and everything that the script uses.
    target: ['chrome123', 'firefox124', 'safari17.5'],
    ...more,
  });
  return outputFiles.map(({ text }) => text).join('');
}
