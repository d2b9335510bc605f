import type { RepositoryUrl } from '../repository-url.ts';
import type { ForgeKind } from './forge.ts';

/** Hosts of public forges that only serve SSH on port 443, with the host of their API. */
const hostsBehind: ReadonlyMap<string, string> = new Map([
  ['ssh.github.com', 'github.com'],
  ['altssh.gitlab.com', 'gitlab.com'],
]);

/** The usual address of a forge's API, derived from the repository's; `null` if the URL names no host. */
export function defaultApiUrl(kind: ForgeKind, repository: RepositoryUrl): string | null {
  const { protocol } = repository;
  if (repository.host === '' || protocol === 'file') return null;
  const written = (protocol === 'ssh' ? repository.host.replace(/:\d+$/, '') : repository.host).toLowerCase();
  const host = hostsBehind.get(written) ?? written;
  const origin = `${protocol === 'http' ? 'http' : 'https'}://${host}`;
  if (kind === 'github') return isInGitHubsCloud(host) ? `https://api.${host}` : `${origin}/api/v3`;
  return kind === 'gitlab' ? `${origin}/api/v4` : `${origin}${folderOf(repository)}/api/v1`;
}

/** GitHub, and its Enterprise Cloud with data residency, where each enterprise has a subdomain. */
function isInGitHubsCloud(host: string): boolean {
  return host === 'github.com' || /^[a-z0-9-]+\.ghe\.com$/.test(host);
}

/** The path prefix of Gitea on its host: each of its repositories has an owner and a name. */
function folderOf({ protocol, path }: RepositoryUrl): string {
  // SSH URLs have no such prefix.
  if (protocol === 'ssh') return '';
  return path
    .split('/')
    .slice(0, -2)
    .map((part) => `/${part}`)
    .join('');
}

/** The repository's name in the API: its path, without the path prefix of the forge on its host. */
export function nameAt(kind: ForgeKind, apiUrl: string, { protocol, host, path }: RepositoryUrl): string {
  if (protocol === 'file') return path;
  if (kind !== 'gitlab') return path.split('/').slice(-2).join('/');
  const api = URL.parse(apiUrl);
  const [, folder = ''] = /^\/(.+\/)api\/v4\/*$/.exec(api?.pathname ?? '') ?? [];
  // Groups can be nested to any depth, so only the API's address distinguishes a prefix from a group.
  return protocol !== 'ssh' && api?.host === host && path.startsWith(folder) ? path.slice(folder.length) : path;
}
