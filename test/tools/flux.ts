import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { buildModule, cacheFolder, readModuleFile } from './build.ts';
import type { ToolModule } from './build.ts';

const sourceModule = 'github.com/fluxcd/source-controller';
const kustomizeModule = 'github.com/fluxcd/kustomize-controller';

/** `npm run test:flux` alone needs them: 28 minutes on two cores that others used at the same time, 3.6 minutes of CPU time. */
const controllers: ToolModule = {
  folder: 'flux',
  programs: { 'source-controller': sourceModule, 'kustomize-controller': kustomizeModule },
  link: () => [],
};

/** Each controller watches all kinds that it has. */
const sourceKinds = [
  'buckets',
  'externalartifacts',
  'gitrepositories',
  'helmcharts',
  'helmrepositories',
  'ocirepositories',
];
const sourceDefinitions: ToolModule = definitionsOf(
  sourceModule,
  sourceKinds.map((kind) => `source.toolkit.fluxcd.io_${kind}.yaml`),
);
const kustomizeDefinitions: ToolModule = definitionsOf(kustomizeModule, [
  'kustomize.toolkit.fluxcd.io_kustomizations.yaml',
]);

function definitionsOf(from: string, files: readonly string[]): ToolModule {
  const copy = Object.fromEntries(files.map((file) => [file, `config/crd/bases/${file}`]));
  return { folder: 'flux', programs: {}, files: { from, copy }, link: () => [] };
}

/** Where Flux is once it is built; `null` where it is not. */
export function fluxTools(): {
  readonly sourceController: string;
  readonly kustomizeController: string;
  readonly definitions: readonly string[];
} | null {
  const filesIn = (module: ToolModule): string[] =>
    Object.keys(module.files?.copy ?? {}).map((file) => join(cacheFolder(module), file));
  const programs = cacheFolder(controllers);
  const found = {
    sourceController: join(programs, 'source-controller'),
    kustomizeController: join(programs, 'kustomize-controller'),
    definitions: [sourceDefinitions, kustomizeDefinitions].flatMap(filesIn),
  };
  const all = [found.sourceController, found.kustomizeController, ...found.definitions];
  return all.every((file) => existsSync(file)) ? found : null;
}

/** The release that go.mod requires, such as `v1.9.6`: both controllers have the same. */
export function fluxVersion(): string {
  const [, version] = new RegExp(`${kustomizeModule} (v\\S+)`).exec(readModuleFile(controllers, 'go.mod')) ?? [];
  if (version === undefined) throw new Error(`flux/go.mod requires no version of ${kustomizeModule}`);
  return version;
}

if (import.meta.main) {
  for (const module of [controllers, sourceDefinitions, kustomizeDefinitions]) await buildModule(module, console.log);
}
