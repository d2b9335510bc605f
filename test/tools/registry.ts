import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { buildModule, cacheFolder } from './build.ts';
import type { ToolModule } from './build.ts';

/** A registry of images and charts that keeps all in memory. `npm run test:image` alone needs it: a minute or two to build. */
const registry: ToolModule = {
  folder: 'registry',
  programs: { registry: 'github.com/google/go-containerregistry/cmd/registry' },
  link: () => [],
};

/** Where the registry is once it is built; `null` where it is not. */
export function registryProgram(): string | null {
  const file = join(cacheFolder(registry), 'registry');
  return existsSync(file) ? file : null;
}

if (import.meta.main) await buildModule(registry, console.log);
