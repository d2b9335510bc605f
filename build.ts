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
 * What packages import only for features that are off, with the package that imports it; an empty module replaces it.
 * client-node's typed client (`undici` and `gen`) is 1.5 MB that every start would compile: KubeConfig only authenticates
 * here. `kerberos` is for proxies that ask for Negotiate, and is not installed.
 */
const unusedImports: readonly (readonly [imported: RegExp, importer: string])[] = [
  [/^undici$|^\.\/gen\/index\.js$/, 'client-node'],
  [/^kerberos$/, 'proxy-agent-negotiate'],
];

const withoutUnused: Plugin = {
  name: 'without-unused',
  setup(bundler) {
    for (const [filter, name] of unusedImports) {
      bundler.onResolve({ filter }, ({ path, importer }) =>
        importer.includes(name) ? { path, namespace: 'empty' } : undefined,
      );
    }
    bundler.onLoad({ filter: /./, namespace: 'empty' }, () => ({ contents: 'module.exports = {};' }));
  },
};

/**
 * Packages that some runs never use: those that KubeConfig needs for proxies, OIDC and kubeconfig files, and YAML's
 * reader, which is not needed without files in Git. Each is evaluated on first use.
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

/** Embeds the largest JSON as a string to parse: V8 reads that faster than an object literal. */
const parsedJson: Plugin = {
  name: 'parsed-json',
  setup(bundler) {
    bundler.onLoad({ filter: /\/catalog\.json$/ }, async ({ path }) => {
      const compact = JSON.stringify(JSON.parse(await readFile(path, 'utf8')));
      return { contents: `export default JSON.parse(${JSON.stringify(compact)});`, loader: 'js' };
    });
  },
};

/** Embeds the defaults as data, so that `generate` builds no schema where there is no file. */
const foldedDefaults: Plugin = {
  name: 'folded-defaults',
  setup(bundler) {
    bundler.onLoad({ filter: /\/settings\/default-spec\.ts$/ }, () => ({
      contents: `export const defaultSpec = ${JSON.stringify(defaultSpec)};`,
      loader: 'js',
    }));
  },
};

/** Embeds the commit, where the builder or Git provides it: an image build and a package have no checkout. */
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

/** Puts `serve` into a bundle of its own, so that no other command has to load its web server. */
const serveApart: Plugin = {
  name: 'serve-apart',
  setup(bundler) {
    bundler.onResolve({ filter: /^\.\/serve\.ts$/ }, ({ importer }) =>
      importer.endsWith('commands/commands.ts') ? { path: './dynamic-toolset-serve.cjs', external: true } : undefined,
    );
  },
};

/** The required version of Node, such as `>=22.20`. */
const oldestNode = packageJson.engines.node;

/**
 * Node parses the whole file before it runs the first line. The program uses only syntax that Node 18 can parse, so
 * that the version check is reached. Lower targets would rewrite syntax that is faster as it is.
 */
const syntaxTarget = 'node18';

/** Common options of all bundles: the program, and the dependencies that the benchmark measures one at a time. */
export const bundling = {
  bundle: true,
  platform: 'node',
  // Not ESM: there, importing node:http evaluates all of its exports, including fetch and WebSocket (40 ms).
  format: 'cjs',
  target: `node${oldestNode.replace('>=', '')}`,
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  define: { 'import.meta.filename': '__filename', 'import.meta.dirname': '__dirname' },
  plugins: [withoutUnused, lazy, parsedJson, foldedDefaults, foldedCommit, serveApart, page] as Plugin[],
  metafile: true,
} satisfies BuildOptions & { metafile: true };

/** Builds the program and, beside it, the bundle of `serve`; returns their contents and imports. */
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

/**
 * Builds the start file: it checks Node's version and runs the program, whose compiled code it
 * caches under the name `program`.
 */
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

/** Precedes everything else, with the directive that esbuild would otherwise put first. */
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
 * With a single other character Node holds the whole file in memory with two bytes per character. esbuild escapes them
 * in strings; in regular expressions they have to be written as escapes.
 */
async function assertAscii(file: string): Promise<void> {
  const [found] = /.{0,40}[^\0-\x7f].{0,40}/.exec(await readFile(file, 'utf8')) ?? [];
  if (found !== undefined) throw new Error(`${file} has a character that is no ASCII: ${found}`);
}

/** The licences of the bundled packages, which have to be distributed with them. */
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

/** Writes the extension of Argo CD's UI and its checksum in the format of `sha256sum --check`. */
export async function writeExtension(folder: string): Promise<void> {
  const script = await extensionScript();
  const checksum = createHash('sha256').update(script).digest('hex');
  await writeFile(join(folder, extensionFile), script);
  await writeFile(join(folder, `${extensionFile}.sha256`), `${checksum}  ${extensionFile}\n`);
}

if (import.meta.main) {
  const usual = 'dist/dynamic-toolset.cjs';
  // Test suites build a program of their own, because another process may be running the usual one.
  const { outfile = usual } = parseArgs({ options: { outfile: { type: 'string' } } }).values;
  if (outfile === usual) await rm('dist', { recursive: true, force: true });
  const metafile = await buildProgram(outfile);
  await writeFile(join(dirname(outfile), 'THIRD-PARTY-LICENSES.txt'), await thirdPartyLicenses(metafile));
  await writeExtension(dirname(outfile));
  for (const [file, { bytes }] of Object.entries(metafile.outputs))
    console.log(`${file}: ${String(Math.round(bytes / 1024))} KB`);
}
