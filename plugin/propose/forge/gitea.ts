import { asObject, asObjects } from '../../lib/json.ts';
import type { Forge, ForgeAccess } from './forge.ts';
import { ForgeApi } from './forge.ts';
import { pullOf } from './github.ts';

/** Of the repository's pull requests: Gitea lists all of them, the newest first, and cannot be asked for those of a branch. */
const maxPages = 10;
const perPage = 50;

/** Pull requests by the REST API of Gitea and Forgejo, version 1. */
export function gitea(access: ForgeAccess): Forge {
  const api = new ForgeApi(access, (token) => ({ accept: 'application/json', authorization: `token ${token}` }));
  const { repository, branch, base } = access;
  const pulls = `/repos/${repository.split('/').map(encodeURIComponent).join('/')}/pulls`;
  return {
    list: async () => {
      const found: ReturnType<typeof pullOf>[] = [];
      for (let page = 1; page <= maxPages; page += 1) {
        const query = `state=all&sort=newest&limit=${String(perPage)}&page=${String(page)}`;
        const all = asObjects(await api.send('GET', `${pulls}?${query}`));
        const own = all.filter(({ head, base: into }) => asObject(head).ref === branch && asObject(into).ref === base);
        found.push(...own.map(pullOf));
        // The newest of the branch is enough, and an instance may have a smaller limit.
        if (found.length > 0 || all.length === 0) break;
      }
      return found;
    },
    create: async (text) => pullOf(asObject(await api.send('POST', pulls, { ...text, head: branch, base }))),
    update: async ({ number }, text) => {
      await api.send('PATCH', `${pulls}/${String(number)}`, text);
    },
    close: async ({ number }) => {
      await api.send('PATCH', `${pulls}/${String(number)}`, { state: 'closed' });
    },
  };
}
