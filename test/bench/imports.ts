import { build } from 'esbuild';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { bundling } from '../../build.ts';
import type { Contender } from './compare.ts';
import { contest } from './compare.ts';

/** What a dependency adds to every start, in CPU time: bundled as the program has it, and as a package imported whole. */
export interface ImportResult {
  readonly name: string;
  readonly bundledKB: number;
  readonly bundledMs: number;
  readonly bundledMB: number;
  readonly packageMs: number;
  readonly packageMB: number;
}

interface Dependency {
  readonly name: string;
  /** The module of ours through which the program uses it. */
  readonly module: string;
}

const repository = join(import.meta.dirname, '../..');

const dependencies: readonly Dependency[] = [
  { name: 'zod', module: 'plugin/settings/schema/index.ts' },
  { name: 'yaml', module: 'plugin/settings/yaml/parse.ts' },
  { name: 'js-yaml', module: 'plugin/lib/data/yaml-writer.ts' },
  { name: 'pbf', module: 'plugin/cluster/protobuf/list-decoder.ts' },
  { name: '@kubernetes/client-node', module: 'plugin/cluster/connection/kubeconfig.ts' },
];

const nothing = 'nothing';

export async function benchImports(folder: string, rounds: number): Promise<ImportResult[]> {
  const contenders: Contender[] = [{ name: nothing, command: await bundled(folder, nothing, '') }];
  for (const { name, module } of dependencies) {
    // Assigned to a global, or the bundler would drop the module as unused.
    const source = `import * as module from './${module}'; globalThis.kept = module;`;
    contenders.push({ name, command: await bundled(folder, name.replace(/\W/g, '-'), source) });
    contenders.push({ name: `${name} package`, command: await asPackage(folder, name) });
  }
  const results = new Map((await contest(contenders, nothing, rounds)).map((result) => [result.name, result]));
  const [none] = results.values();
  return dependencies.map(({ name }, index) => {
    const [own, whole] = [results.get(name)!, results.get(`${name} package`)!];
    return {
      name,
      bundledKB: statSync(contenders[1 + 2 * index]!.command[1]!).size / 1024,
      bundledMs: own.cpuMs - none!.cpuMs,
      bundledMB: own.peakMB - none!.peakMB,
      packageMs: whole.cpuMs - none!.cpuMs,
      packageMB: whole.peakMB - none!.peakMB,
    };
  });
}

async function bundled(folder: string, name: string, source: string): Promise<string[]> {
  const outfile = join(folder, `import-${name}.cjs`);
  await build({ ...bundling, outfile, stdin: { contents: source, resolveDir: repository, loader: 'ts' } });
  return [process.execPath, outfile];
}

/** Not bundled and not evaluated as ESM where it can be required: what a plain program would pay. */
async function asPackage(folder: string, name: string): Promise<string[]> {
  const outfile = join(folder, `package-${name.replace(/\W/g, '-')}.cjs`);
  const contents = `import(${JSON.stringify(import.meta.resolve(name))});`;
  await build({ outfile, stdin: { contents }, format: 'cjs', platform: 'node' });
  return [process.execPath, outfile];
}
