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

/** What signs images, and verifies them: minutes to build, and `npm run test:image` alone needs it as well. */
const cosign: ToolModule = {
  folder: 'cosign',
  programs: { cosign: 'github.com/sigstore/cosign/v3/cmd/cosign' },
  link: () => [],
};

/** Where the registry is once it is built; `null` where it is not. */
export function registryProgram(): string | null {
  return builtFile(registry, 'registry');
}

/** The same of cosign. */
export function cosignProgram(): string | null {
  return builtFile(cosign, 'cosign');
}

function builtFile(module: ToolModule, name: string): string | null {
  const file = join(cacheFolder(module), name);
  return existsSync(file) ? file : null;
}

if (import.meta.main) for (const module of [registry, cosign]) await buildModule(module, console.log);
