import { expect } from 'chai';
import type { Metafile } from 'esbuild';
import { mkdtempSync, rmSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildProgram, entryPoint } from '../build.ts';

/** What `generate` imports when it is run on a live cluster, one import() after the other. */
const generate = [
  entryPoint,
  'plugin/commands/generate.ts',
  'plugin/cluster/http/connection.ts',
  'plugin/cluster/api-server.ts',
  'plugin/cluster/probe.ts',
];

describe('bundle', function () {
  this.timeout(60_000);
  let metafile: Metafile;

  before(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'dynamic-toolset-bundle-'));
    metafile = await buildProgram(join(folder, 'dynamic-toolset.cjs'));
    rmSync(folder, { recursive: true });
  });

  it('imports nothing at run time but what Node has, and serve', () => {
    const external = Object.values(metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path));

    expect(external.filter((path) => !isBuiltin(path))).to.deep.equal(['./dynamic-toolset-serve.cjs']);
  });

  it('evaluates for generate no package but these', () => {
    expect(packagesOf(evaluated(metafile, generate))).to.deep.equal([
      '@kubernetes/client-node',
      'rfc4648',
      'yaml',
      'zod',
    ]);
  });

  it('evaluates no package to parse the command line', () => {
    expect(packagesOf(evaluated(metafile, [entryPoint]))).to.deep.equal([]);
  });
});

/** Modules that are evaluated together with `roots`: what they import, but not by import() and not on first use. */
function evaluated({ inputs }: Metafile, roots: readonly string[]): Set<string> {
  const found = new Set<string>();
  const open = [...roots];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (found.has(path)) continue;
    const input = inputs[path];
    expect(input, path).to.not.equal(undefined);
    found.add(path);
    if (path.startsWith('lazy:')) continue;
    open.push(...input!.imports.filter(isEvaluated).map((one) => one.path));
  }
  return found;
}

function isEvaluated({ kind, external }: Metafile['inputs'][string]['imports'][number]): boolean {
  return kind !== 'dynamic-import' && external !== true;
}

function packagesOf(modules: ReadonlySet<string>): string[] {
  const names = [...modules].flatMap((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []);
  return [...new Set(names)].sort();
}
