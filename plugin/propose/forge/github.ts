import type { Json } from '../../lib/json.ts';
import { asObject, asObjects, asString } from '../../lib/json.ts';
import type { Forge, ForgeAccess, PullRequest } from './forge.ts';
import { ForgeApi, isWithinRepository } from './forge.ts';

/** Pull requests through GitHub's REST API, version 2022-11-28: github.com and GitHub Enterprise Server. */
export function gitHub(access: ForgeAccess): Forge {
  const api = new ForgeApi(access, (token) => ({
    accept: 'application/vnd.github+json',
    authorization: `Bearer ${token}`,
    'x-github-api-version': '2022-11-28',
  }));
  const { repository, branch, base } = access;
  const pulls = pullsPath(access);
  const [owner = ''] = repository.split('/');
  return {
    list: async () => {
      const query = new URLSearchParams({
        head: `${owner}:${branch}`,
        base,
        state: 'all',
        sort: 'created',
        direction: 'desc',
        per_page: '20',
      });
      return asObjects(await api.send('GET', `${pulls}?${query.toString()}`))
        .filter((pull) => isWithinRepository(pull, access))
        .map(pullOf);
    },
    ...writesPulls(api, access),
  };
}

// What GitHub and Gitea have in common.

/** Path of the repository's pull requests. */
export function pullsPath({ repository }: ForgeAccess): string {
  return `/repos/${repository.split('/').map(encodeURIComponent).join('/')}/pulls`;
}

export function writesPulls(api: ForgeApi, access: ForgeAccess): Omit<Forge, 'list'> {
  const { branch, base } = access;
  const pulls = pullsPath(access);
  return {
    create: async (text) => pullOf(asObject(await api.send('POST', pulls, { ...text, head: branch, base }))),
    update: async ({ number }, text) => {
      await api.send('PATCH', `${pulls}/${String(number)}`, text);
    },
    close: async ({ number }) => {
      await api.send('PATCH', `${pulls}/${String(number)}`, { state: 'closed' });
    },
  };
}

/** A pull request as returned. */
export function pullOf({ number, html_url: url, state, title, body, merged_at: mergedAt }: Json): PullRequest {
  const ended = typeof mergedAt === 'string' ? 'merged' : 'closed';
  return {
    number: Number(number),
    url: asString(url),
    state: state === 'open' ? 'open' : ended,
    title: asString(title),
    body: asString(body),
  };
}
