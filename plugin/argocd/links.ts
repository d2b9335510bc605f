import type { ConfigMapName } from '../cluster/types.ts';
import { getOwn } from '../lib/json.ts';
import { keyOf } from '../lib/object-key.ts';
import type { ApplicationView, GitSource } from './application.ts';
import { withoutTrailing } from '../lib/trailing.ts';

/** Kinds of web pages for a repository. Gitea's also fit Forgejo; Bitbucket means its cloud. */
export const gitWebs = ['github', 'gitlab', 'gitea', 'bitbucket'] as const;
export type GitWeb = (typeof gitWebs)[number];

/** Kinds by host: what the platform configures for its own hosts. */
export type GitHosts = Readonly<Record<string, GitWeb>>;

/** Hosts that need no configuration. */
const wellKnown: GitHosts = {
  'github.com': 'github',
  'gitlab.com': 'gitlab',
  'bitbucket.org': 'bitbucket',
  'codeberg.org': 'gitea',
  'gitea.com': 'gitea',
};

/** A place in the folder of a source; `line` starts at 1. */
export interface GitPlace {
  readonly file: string;
  readonly line: number;
}

interface Shape {
  readonly folder: string;
  readonly file: string;
  readonly line: (line: number) => string;
  /** Groups of GitLab can be nested. */
  readonly isNested: boolean;
}

const lineFragment = (line: number): string => `#L${String(line)}`;

const shapes: Readonly<Record<GitWeb, Shape>> = {
  github: { folder: 'tree', file: 'blob', line: lineFragment, isNested: false },
  gitlab: { folder: '-/tree', file: '-/blob', line: lineFragment, isNested: true },
  gitea: { folder: 'src/commit', file: 'src/commit', line: lineFragment, isNested: false },
  bitbucket: { folder: 'src', file: 'src', line: (line) => `#lines-${String(line)}`, isNested: false },
};

const commitForm = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
const segmentForm = /^[\w.-]{1,100}$/;
const maxGroups = 20;

/**
 * Web address of a source's folder, or of a line of a file in it, at its commit. `null` if unknown: not an https URL, a
 * host that is neither well known nor configured by the platform, or a revision that is not a commit. The author of the
 * Application writes all of it, so the link only ever leads to a repository on such a host; a login in the URL is
 * dropped.
 */
export function gitLink({ repoUrl, path, commit }: GitSource, place: GitPlace | null, hosts: GitHosts): string | null {
  const url = URL.parse(repoUrl);
  if (url?.protocol !== 'https:' || url.search !== '' || url.hash !== '' || !commitForm.test(commit)) return null;
  const web = getOwn(hosts, url.host) ?? getOwn(wellKnown, url.host);
  const repository = repositoryOf(url.pathname);
  const below = segmentsOf(`${path}/${place?.file ?? ''}`);
  if (web === undefined || repository === null || below === null) return null;
  const { folder, file, line, isNested } = shapes[web];
  if (repository.length < 2 || repository.length > (isNested ? maxGroups : 2)) return null;
  const parts = [...repository, place ? file : folder, commit, ...below.map(encodeURIComponent)];
  return `https://${url.host}/${parts.join('/')}${place ? line(place.line) : ''}`;
}

function repositoryOf(pathname: string): readonly string[] | null {
  const segments = withoutTrailing(pathname, '/')
    .replace(/\.git$/, '')
    .split('/')
    .slice(1);
  return segments.every((segment) => segmentForm.test(segment) && !/^\.+$/.test(segment)) ? segments : null;
}

/** The segments of a path in the repository; `null` if it leads out of it. */
function segmentsOf(path: string): readonly string[] | null {
  const segments = path.split('/').filter((segment) => segment !== '' && segment !== '.');
  return segments.includes('..') ? null : segments;
}

/**
 * A ConfigMap in the page of its Application, relative to the address of Argo CD's UI: `node` is group, kind,
 * namespace, name and the number of a container, as written by the UI itself (application-details.tsx).
 */
export function argoCdPath(
  { namespace, name }: Pick<ApplicationView, 'namespace' | 'name'>,
  configMap: ConfigMapName,
): string {
  const node = encodeURIComponent(`/ConfigMap/${keyOf(configMap)}/0`);
  return `applications/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}?node=${node}`;
}
