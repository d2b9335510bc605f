import packageJson from '../package.json' with { type: 'json' };

/** Placeholder for the repository in all of its files, until a release says which one it is. */
export const placeholder = 'OWNER/REPOSITORY';

/** Where releases come from and go to. All of it follows from one name, in the `homepage` of package.json. */
export interface Repository {
  /** `owner/name`, as on GitHub. */
  readonly name: string;
  readonly url: string;
  /** Registries accept lower case only. */
  readonly image: string;
  readonly charts: string;
}

export function repositoryOf(name: string): Repository {
  if (!/^[\w.-]+\/[\w.-]+$/.test(name)) throw new Error(`invalid repository "${name}": expected owner/name`);
  const registry = `ghcr.io/${name.toLowerCase()}`;
  return { name, url: `https://github.com/${name}`, image: registry, charts: `oci://${registry}/charts` };
}

/** The repository in package.json. */
export function ownRepository(): Repository {
  return repositoryOf(packageJson.homepage.replace('https://github.com/', ''));
}
