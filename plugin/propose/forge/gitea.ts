import type { Json } from '../../lib/json.ts';
import { asObjects } from '../../lib/json.ts';
import type { Forge, ForgeAccess } from './forge.ts';
import { ForgeApi, newestOf } from './forge.ts';
import { isWithinRepository, pullOf, pullsPath, writesPulls } from './pulls.ts';

/** Gitea lists all pull requests of the repository, and cannot filter by branch. */
const perPage = 50;
/** Open ones are searched further back: a second one cannot be created. */
const maxPages = { open: 40, closed: 10 } as const;

/** Pull requests through the REST API of Gitea and Forgejo, version 1. */
export function gitea(access: ForgeAccess): Forge {
  const api = new ForgeApi(access, (token) => ({ accept: 'application/json', authorization: `token ${token}` }));
  return {
    list: async () => {
      const search = (state: keyof typeof maxPages): Promise<readonly Json[]> => {
        const page = async (number: number): Promise<readonly Json[]> => {
          const query = `state=${state}&sort=newest&limit=${String(perPage)}&page=${String(number)}`;
          return asObjects(await api.send('GET', `${pullsPath(access)}?${query}`));
        };
        return newestOf(page, (pull) => isWithinRepository(pull, access), maxPages[state]);
      };
      const open = await search('open');
      return (open.length > 0 ? open : await search('closed')).map(pullOf);
    },
    ...writesPulls(api, access),
  };
}
