import packageJson from '../package.json' with { type: 'json' };

/** What stands for the repository in every file of it, until a release says which one it is. */
export const placeholder = 'OWNER/REPOSITORY';

/** Where releases come from and go to. All of it follows from one name, which package.json's `homepage` has. */
export interface Repository {
  /** `owner/name`, as GitHub has it. */
  readonly name: string;
  readonly url: string;
  /** Registries take lower case alone. */
  readonly image: string;
  readonly charts: string;
}

export function repositoryOf(name: string): Repository {
  if (!/^[\w.-]+\/[\w.-]+$/.test(name)) throw new Error(`invalid repository "${name}": expected owner/name`);
  const registry = `ghcr.io/${name.toLowerCase()}`;
  return { name, url: `https://github.com/${name}`, image: registry, charts: `oci://${registry}/charts` };
}

/** That of package.json. */
export function ownRepository(): Repository {
  return repositoryOf(packageJson.homepage.replace('https://github.com/', ''));
}
