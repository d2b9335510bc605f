import { chmod, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import type { Plugin } from 'esbuild';
import { build } from 'esbuild';

/**
 * What client-node's KubeConfig imports at the top and uses only for its typed client: 1.5 MB that every start would
 * compile. Here KubeConfig only authenticates, so an empty module stands in their place.
 */
const withoutTypedClient: Plugin = {
  name: 'without-typed-client',
  setup(bundler) {
    bundler.onResolve({ filter: /^undici$|^\.\/gen\/index\.js$/ }, ({ path, importer }) =>
      importer.includes('client-node') ? { path, namespace: 'empty' } : undefined,
    );
    bundler.onLoad({ filter: /./, namespace: 'empty' }, () => ({ contents: 'module.exports = {};' }));
  },
};

/** Packages that KubeConfig needs for proxies, OIDC and kubeconfig files only: each is evaluated when it is first used. */
const lazyPackages = ['socks', 'socks-proxy-agent', 'hpagent', 'openid-client', 'jsonpath-plus', 'js-yaml'];

const lazy: Plugin = {
  name: 'lazy-packages',
  setup(bundler) {
    bundler.onResolve({ filter: new RegExp(`^(${lazyPackages.join('|')})$`) }, ({ path, namespace, resolveDir }) =>
      namespace === 'lazy' ? undefined : { path, namespace: 'lazy', pluginData: resolveDir },
    );
    bundler.onLoad({ filter: /./, namespace: 'lazy' }, async ({ path, pluginData: resolveDir }) => {
      const location = createRequire(`${resolveDir as string}/`).resolve(path);
      const names = Object.keys((await import(location)) as object).filter((name) =>
        /^(?!default$|__esModule$)\w+$/.test(name),
      );
      const getters = names.map((name) => `get ${name}() { return require(${JSON.stringify(path)}).${name}; }`);
      return { contents: `module.exports = { ${getters.join(', ')} };`, resolveDir: dirname(location) };
    });
  },
};

const outfile = 'dist/dynamic-toolset.cjs';

await rm('dist', { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: ['plugin/main.ts'],
  outfile,
  bundle: true,
  platform: 'node',
  // Not ESM: importing node:http there evaluates all that it exports, fetch and WebSocket included (40 ms).
  format: 'cjs',
  target: 'node22.20',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  plugins: [withoutTypedClient, lazy],
  metafile: true,
});
await chmod(outfile, 0o755);
console.log(`${outfile}: ${String(Math.round((metafile.outputs[outfile]?.bytes ?? 0) / 1024))} KB`);
