// What the APIs of GitHub and Gitea have in common.

import type { Json } from '../../lib/json.ts';
import { asObject, asString } from '../../lib/json.ts';
import type { Forge, ForgeAccess, ForgeApi, PullRequest } from './forge.ts';

/** Path of the repository's pull requests. */
export function pullsPath({ repository }: ForgeAccess): string {
  return `/repos/${repository.split('/').map(encodeURIComponent).join('/')}/pulls`;
}

/** The requests that write pull requests. */
export function writesPulls(api: ForgeApi, access: ForgeAccess): Omit<Forge, 'list'> {
  const { branch, base } = access;
  const pulls = pullsPath(access);
  return {
    create: async (text) => pullOf(asObject(await api.send('POST', pulls, { ...text, head: branch, base }))),
    update: async ({ number }, text) => {
      await api.send('PATCH', `${pulls}/${String(number)}`, text);
    },
    close: async ({ number }, text) => {
      await api.send('PATCH', `${pulls}/${String(number)}`, { ...text, state: 'closed' });
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

/**
 * Whether a pull request of GitHub or Gitea is between these branches of one repository: a fork may have a branch of
 * any name.
 */
export function isWithinRepository({ head, base }: Json, names: Pick<ForgeAccess, 'branch' | 'base'>): boolean {
  const [from, into] = [asObject(head), asObject(base)];
  const [source, target] = [asObject(from.repo).id, asObject(into.repo).id];
  return from.ref === names.branch && into.ref === names.base && source !== undefined && source === target;
}
