import { asObjects } from '../../lib/json.ts';
import type { Forge, ForgeAccess } from './forge.ts';
import { ForgeApi } from './forge.ts';
import { isWithinRepository, pullOf, pullsPath, writesPulls } from './pulls.ts';

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
