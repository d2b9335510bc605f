import type { Json } from '../../lib/json.ts';
import { asObject, asObjects, asString } from '../../lib/json.ts';
import type { Forge, ForgeAccess, PullRequest } from './forge.ts';
import { ForgeApi, newestOf } from './forge.ts';

/** Merge requests through GitLab's REST API, version 4. */
export function gitLab(access: ForgeAccess): Forge {
  const api = new ForgeApi(access, (token) => ({ accept: 'application/json', 'private-token': token }));
  const { repository, branch, base } = access;
  const requests = `/projects/${encodeURIComponent(repository)}/merge_requests`;
  return {
    list: async () => {
      const page = async (number: number): Promise<readonly Json[]> => {
        const query = new URLSearchParams({
          source_branch: branch,
          target_branch: base,
          state: 'all',
          order_by: 'created_at',
          sort: 'desc',
          per_page: '50',
          page: String(number),
        });
        return asObjects(await api.send('GET', `${requests}?${query.toString()}`));
      };
      return (await newestOf(page, isWithinProject)).map(requestOf);
    },
    create: async ({ title, body }) => {
      const content = { title, description: body, source_branch: branch, target_branch: base };
      return requestOf(asObject(await api.send('POST', requests, content)));
    },
    update: async ({ number }, { title, body }) => {
      await api.send('PUT', `${requests}/${String(number)}`, { title, description: body });
    },
    close: async ({ number }, { title, body }) => {
      await api.send('PUT', `${requests}/${String(number)}`, { title, description: body, state_event: 'close' });
    },
  };
}

/** A fork may have a branch of any name, and its merge requests are listed with the project's own. */
function isWithinProject({ source_project_id: source, target_project_id: target }: Json): boolean {
  return source !== undefined && source === target;
}

function requestOf({ iid, web_url: url, state, title, description }: Json): PullRequest {
  return {
    number: Number(iid),
    url: asString(url),
    // `locked` means that it is being merged.
    state: state === 'opened' ? 'open' : state === 'closed' ? 'closed' : 'merged',
    title: asString(title),
    body: asString(description),
  };
}
