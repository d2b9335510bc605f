import packageJson from './package.json' with { type: 'json' };
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import type { BuildOptions, Metafile, Plugin } from 'esbuild';
import { build } from 'esbuild';
import { extensionFile, extensionScript, page } from './build-page.ts';
import { defaultSpec } from './plugin/settings/default-spec.ts';

export const entryPoint = 'plugin/main.ts';
export const serveEntryPoint = 'plugin/commands/serve.ts';
const startEntryPoint = 'plugin/start.ts';
const validateEntryPoint = 'plugin/serve/http/validate/validate-worker.ts';

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

/**
 * Packages that some runs never use: what KubeConfig needs for proxies, OIDC and kubeconfig files, and YAML's reader where
 * Git has no file. Each is evaluated when it is first used.
 */
const lazyPackages = ['socks', 'socks-proxy-agent', 'hpagent', 'openid-client', 'jsonpath-plus', 'js-yaml', 'yaml'];

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

/** The largest JSON as text that is parsed: V8 reads that faster than the same as an object literal. */
const parsedJson: Plugin = {
  name: 'parsed-json',
  setup(bundler) {
    bundler.onLoad({ filter: /\/catalog\.json$/ }, async ({ path }) => {
      const compact = JSON.stringify(JSON.parse(await readFile(path, 'utf8')));
      return { contents: `export default JSON.parse(${JSON.stringify(compact)});`, loader: 'js' };
    });
  },
};

/** The defaults as data: `generate` builds no schema where no file says anything. */
const foldedDefaults: Plugin = {
  name: 'folded-defaults',
  setup(bundler) {
    bundler.onLoad({ filter: /\/settings\/default-spec\.ts$/ }, () => ({
      contents: `export const defaultSpec = ${JSON.stringify(defaultSpec)};`,
      loader: 'js',
    }));
  },
};

/** The commit, where the one who builds or Git tells it: neither the image's build nor a package's has a checkout. */
const foldedCommit: Plugin = {
  name: 'folded-commit',
  setup(bundler) {
    bundler.onLoad({ filter: /\/help\/commit\.ts$/ }, () => ({
      contents: `export const commit = ${JSON.stringify(currentCommit())};`,
      loader: 'js',
    }));
  },
};

function currentCommit(): string {
  if (process.env.REVISION !== undefined) return process.env.REVISION;
  const args = ['describe', '--always', '--abbrev=40', '--exclude=*', '--dirty'];
  const { stdout, status } = spawnSync('git', args, { cwd: import.meta.dirname, encoding: 'utf8' });
  return status === 0 ? stdout.trim() : 'unknown';
}

/** `serve` is a bundle of its own beside the program: no other command pays for loading its web server. */
const serveApart: Plugin = {
  name: 'serve-apart',
  setup(bundler) {
    bundler.onResolve({ filter: /^\.\/serve\.ts$/ }, ({ importer }) =>
      importer.endsWith('commands/commands.ts') ? { path: './dynamic-toolset-serve.cjs', external: true } : undefined,
    );
  },
};

/** What the program needs, such as `>=22.20`. */
const oldestNode = packageJson.engines.node;

/**
 * Node parses the whole file before it runs the first line of it: the program keeps to a syntax that Node 18 can parse,
 * so that the check of its version is reached. Lower targets would rewrite syntax that runs faster as it is.
 */
const syntaxTarget = 'node18';

/** How everything is bundled: the program, and what the benchmark measures one dependency at a time. */
export const bundling = {
  bundle: true,
  platform: 'node',
  // Not ESM: importing node:http there evaluates all that it exports, fetch and WebSocket included (40 ms).
  format: 'cjs',
  target: `node${oldestNode.replace('>=', '')}`,
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  define: { 'import.meta.filename': '__filename', 'import.meta.dirname': '__dirname' },
  plugins: [withoutTypedClient, lazy, parsedJson, foldedDefaults, foldedCommit, serveApart, page] as Plugin[],
  metafile: true,
} satisfies BuildOptions & { metafile: true };

/** Makes the program and beside it what only `serve` needs; answers what is in them, and what imports what. */
export async function buildProgram(outfile: string): Promise<Metafile> {
  const beside = (name: string): string => join(dirname(outfile), name);
  const program = beside('dynamic-toolset-program.cjs');
  const built = await Promise.all([
    build({ ...bundling, entryPoints: [entryPoint], outfile: program }),
    build({ ...bundling, entryPoints: [serveEntryPoint], outfile: beside('dynamic-toolset-serve.cjs') }),
    build({ ...bundling, entryPoints: [validateEntryPoint], outfile: beside('dynamic-toolset-validate.cjs') }),
  ]);
  built.push(
    await buildStart(
      outfile,
      createHash('sha256')
        .update(await readFile(program))
        .digest('hex')
        .slice(0, 16),
    ),
  );
  await chmod(outfile, 0o755);
  const outputs = Object.assign({}, ...built.map(({ metafile }) => metafile.outputs)) as Metafile['outputs'];
  for (const file of Object.keys(outputs)) await assertAscii(file);
  return {
    inputs: Object.assign({}, ...built.map(({ metafile }) => metafile.inputs)) as Metafile['inputs'],
    outputs,
  };
}

/** What is started: it checks Node, and runs the program, whose compiled code it keeps under the name of `program`. */
async function buildStart(outfile: string, program: string): ReturnType<typeof build<typeof bundling>> {
  return build({
    ...bundling,
    entryPoints: [startEntryPoint],
    outfile,
    target: syntaxTarget,
    define: { ...bundling.define, buildOfBundle: JSON.stringify(program) },
    banner: { js: await nodeCheck() },
  });
}

/** Before everything else, with the directive that esbuild would otherwise put first. */
async function nodeCheck(): Promise<string> {
  const call = `assertNodeVersion(${JSON.stringify(oldestNode)});`;
  const { outputFiles } = await build({
    stdin: {
      contents: `import { assertNodeVersion } from './plugin/node-version.ts'; ${call}`,
      resolveDir: import.meta.dirname,
    },
    bundle: true,
    platform: 'node',
    format: 'iife',
    target: syntaxTarget,
    minify: true,
    write: false,
  });
  return `"use strict";${outputFiles.map(({ text }) => text.trim()).join('')}`;
}

/**
 * One other character and Node holds the whole file in memory with two bytes for each. esbuild escapes them in strings;
 * in regular expressions they have to be written as escapes.
 */
async function assertAscii(file: string): Promise<void> {
  const [found] = /.{0,40}[^\0-\x7f].{0,40}/.exec(await readFile(file, 'utf8')) ?? [];
  if (found !== undefined) throw new Error(`${file} has a character that is no ASCII: ${found}`);
}

/** The licences of what is in the bundle, which their texts must go with. */
async function thirdPartyLicenses({ inputs }: Metafile): Promise<string> {
  const folders = Object.keys(inputs).flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []);
  const texts = [...new Set(folders)].sort().map(async (folder) => {
    const names = await readdir(folder);
    const license = names.find((name) => /^licen[cs]e/i.test(name));
    const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Record<string, string>;
    const text = license === undefined ? '' : await readFile(join(folder, license), 'utf8');
    return `${manifest.name ?? folder} (${manifest.license ?? 'see its text'})\n\n${text.trim()}\n`;
  });
  return (await Promise.all(texts)).join(`\n${'-'.repeat(78)}\n\n`);
}

/** The extension of Argo CD's UI, and its checksum as `sha256sum --check` reads it. */
export async function writeExtension(folder: string): Promise<void> {
  const script = await extensionScript();
  const checksum = createHash('sha256').update(script).digest('hex');
  await writeFile(join(folder, extensionFile), script);
  await writeFile(join(folder, `${extensionFile}.sha256`), `${checksum}  ${extensionFile}\n`);
}

if (import.meta.main) {
  const usual = 'dist/dynamic-toolset.cjs';
  // A suite makes a program of its own: another may be running the usual one.
  const { outfile = usual } = parseArgs({ options: { outfile: { type: 'string' } } }).values;
  if (outfile === usual) await rm('dist', { recursive: true, force: true });
  const metafile = await buildProgram(outfile);
  await writeFile(join(dirname(outfile), 'THIRD-PARTY-LICENSES.txt'), await thirdPartyLicenses(metafile));
  await writeExtension(dirname(outfile));
  for (const [file, { bytes }] of Object.entries(metafile.outputs))
    console.log(`${file}: ${String(Math.round(bytes / 1024))} KB`);
}
