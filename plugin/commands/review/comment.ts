import type { JobVariables } from '../flags/environment.ts';
import type { platforms } from '../flags/options.ts';
import { asObject, asObjects, asString } from '../../lib/json.ts';
import type { Json } from '../../lib/json.ts';
import type { JsonRequest } from '../../lib/http/json-request.ts';
import { RefusedRequest, requestReason, sendJson } from '../../lib/http/json-request.ts';
import { printable } from '../../lib/messages/text.ts';

/** Per request. */
const timeoutMs = 15_000;

const perPage = 100;
/** Pages of comments searched for our own. */
const maxPages = 30;

/** The API for reading and writing comments on one pull or merge request. */
interface Platform {
  /** Variables that the job lacks: outside of a pull request, or without a token. */
  readonly missing: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly urls: {
    /** The account of the token. */
    readonly account: string;
    /** The comments of the pull or merge request; POST adds one. */
    readonly comments: string;
    readonly comment: (id: number) => string;
  };
  readonly update: 'PATCH' | 'PUT';
  /** The account that wrote a comment. */
  readonly authorOf: (comment: Json) => Json;
}

/** The platform as described by the job's variables. */
export function platformOf(name: (typeof platforms)[number], job: JobVariables = {}): Platform {
  return name === 'github' ? gitHub(job) : gitLab(job);
}

function gitHub({ GITHUB_API_URL, GITHUB_REF, GITHUB_REPOSITORY, GITHUB_TOKEN }: JobVariables): Platform {
  const pull = /^refs\/pull\/(\d+)\//.exec(GITHUB_REF ?? '')?.[1];
  const repository = /^[\w.-]+\/[\w.-]+$/.exec(GITHUB_REPOSITORY ?? '')?.[0];
  const issues = `${GITHUB_API_URL ?? ''}/repos/${repository ?? ''}/issues`;
  return {
    missing: missingOf({
      GITHUB_API_URL,
      'GITHUB_REF of a pull request': pull,
      GITHUB_REPOSITORY: repository,
      GITHUB_TOKEN,
    }),
    headers: {
      accept: 'application/vnd.github+json',
      authorization: `Bearer ${GITHUB_TOKEN ?? ''}`,
      'x-github-api-version': '2022-11-28',
    },
    urls: {
      account: `${GITHUB_API_URL ?? ''}/user`,
      comments: `${issues}/${pull ?? ''}/comments`,
      comment: (id) => `${issues}/comments/${String(id)}`,
    },
    update: 'PATCH',
    authorOf: (comment) => asObject(comment.user),
  };
}

function gitLab(job: JobVariables): Platform {
  const { CI_API_V4_URL, CI_MERGE_REQUEST_IID, CI_MERGE_REQUEST_PROJECT_ID, GITLAB_TOKEN } = job;
  const request = `projects/${CI_MERGE_REQUEST_PROJECT_ID ?? ''}/merge_requests/${CI_MERGE_REQUEST_IID ?? ''}`;
  const notes = `${CI_API_V4_URL ?? ''}/${request}/notes`;
  return {
    missing: missingOf({ CI_API_V4_URL, CI_MERGE_REQUEST_IID, CI_MERGE_REQUEST_PROJECT_ID, GITLAB_TOKEN }),
    headers: { 'private-token': GITLAB_TOKEN ?? '' },
    urls: { account: `${CI_API_V4_URL ?? ''}/user`, comments: notes, comment: (id) => `${notes}/${String(id)}` },
    update: 'PUT',
    authorOf: (note) => asObject(note.author),
  };
}

function missingOf(variables: Readonly<Record<string, string | undefined>>): string[] {
  return Object.entries(variables).flatMap(([name, value]) => (value === undefined || value === '' ? [name] : []));
}

/**
 * Updates the comment with the marker, or adds a new one. Returns the reason if it could not be written: the text is
 * printed as well, so this is not a failure.
 */
export async function writeComment(
  platform: Platform,
  { marker, body }: { readonly marker: string; readonly body: string },
): Promise<string | null> {
  const { missing, urls, update } = platform;
  if (missing.length > 0) return `no comment is written: the job has no ${missing.join(', no ')}`;
  try {
    const account = await accountOf(platform);
    const id = await find(platform, (comment) => {
      const author = platform.authorOf(comment);
      // A marker can be copied, and a comment can be edited by its author: comments of other accounts are left alone.
      const isOwn = account === null ? author.type === 'Bot' : author.id === account.id;
      return isOwn && asString(comment.body).startsWith(marker);
    });
    await (id === null
      ? send(platform, 'POST', urls.comments, { body })
      : send(platform, update, urls.comment(id), { body }));
    return null;
  } catch (error) {
    return `the comment cannot be written: ${printable(requestReason(error))}`;
  }
}

/** The account of the token; `null` for an installed app, such as GitHub's job token, which cannot name its account. */
async function accountOf(platform: Platform): Promise<Json | null> {
  try {
    return asObject(await send(platform, 'GET', platform.urls.account));
  } catch (error) {
    if (error instanceof RefusedRequest && error.status === 403) return null;
    throw error;
  }
}

async function find(platform: Platform, isWanted: (comment: Json) => boolean): Promise<number | null> {
  for (let page = 1; page <= maxPages; page += 1) {
    const query = `?per_page=${String(perPage)}&page=${String(page)}`;
    const comments = asObjects(await send(platform, 'GET', `${platform.urls.comments}${query}`));
    const found = comments.find(isWanted);
    if (typeof found?.id === 'number') return found.id;
    if (comments.length < perPage) return null;
  }
  return null;
}

async function send(
  { headers }: Platform,
  method: JsonRequest['method'],
  url: string,
  body?: { readonly body: string },
): Promise<unknown> {
  return sendJson({ method, url, headers, body, signal: AbortSignal.timeout(timeoutMs) });
}
