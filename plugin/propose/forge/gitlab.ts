import type { Json } from '../../lib/json.ts';
import { asObject, asObjects, asString } from '../../lib/json.ts';
import type { Forge, ForgeAccess, PullRequest } from './forge.ts';
import { ForgeApi } from './forge.ts';

/** Merge requests by GitLab's REST API, version 4. */
export function gitLab(access: ForgeAccess): Forge {
  const api = new ForgeApi(access, (token) => ({ accept: 'application/json', 'private-token': token }));
  const { repository, branch, base } = access;
  const requests = `/projects/${encodeURIComponent(repository)}/merge_requests`;
  return {
    list: async () => {
      const query = new URLSearchParams({
        source_branch: branch,
        target_branch: base,
        state: 'all',
        order_by: 'created_at',
        sort: 'desc',
        per_page: '20',
      });
      return asObjects(await api.send('GET', `${requests}?${query.toString()}`)).map(requestOf);
    },
    create: async ({ title, body }) => {
      const content = { title, description: body, source_branch: branch, target_branch: base };
      return requestOf(asObject(await api.send('POST', requests, content)));
    },
    update: async ({ number }, { title, body }) => {
      await api.send('PUT', `${requests}/${String(number)}`, { title, description: body });
    },
    close: async ({ number }) => {
      await api.send('PUT', `${requests}/${String(number)}`, { state_event: 'close' });
    },
  };
}

function requestOf({ iid, web_url: url, state, title, description }: Json): PullRequest {
  return {
    number: Number(iid),
    url: asString(url),
    // `locked` is the moment in which it is merged.
    state: state === 'opened' ? 'open' : state === 'closed' ? 'closed' : 'merged',
    title: asString(title),
    body: asString(description),
  };
}
