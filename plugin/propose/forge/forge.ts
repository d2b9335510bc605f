import { readFile } from 'node:fs/promises';
import { PluginError, reasonOf } from '../../lib/errors.ts';
import type { Json } from '../../lib/json.ts';
import type { JsonRequest } from '../../lib/http/json-request.ts';
import { requestReason, sendJson } from '../../lib/http/json-request.ts';
import { printable } from '../../lib/messages/text.ts';

export const forgeKinds = ['github', 'gitlab', 'gitea'] as const;
export type ForgeKind = (typeof forgeKinds)[number];

/** A pull request of GitHub or Gitea, or a merge request of GitLab. */
export interface PullRequest {
  readonly number: number;
  /** Address for people. */
  readonly url: string;
  readonly state: 'open' | 'closed' | 'merged';
  readonly title: string;
  readonly body: string;
}

/** Title and text of a pull request. */
export interface PullRequestText {
  readonly title: string;
  readonly body: string;
}

/** The API for the pull requests from one branch to another. */
export interface Forge {
  /** Pull requests of the branch, newest first. On Gitea without closed ones if one is open. */
  readonly list: () => Promise<readonly PullRequest[]>;
  readonly create: (text: PullRequestText) => Promise<PullRequest>;
  readonly update: (pull: PullRequest, text: PullRequestText) => Promise<void>;
  /** Closes it with a last text, in one request. */
  readonly close: (pull: PullRequest, text: PullRequestText) => Promise<void>;
}

/** How to reach the API. */
export interface ForgeAccess {
  readonly kind: ForgeKind;
  /** URL of the API, without a trailing slash. */
  readonly url: string;
  readonly tokenFile: string;
  /** `owner/name`. */
  readonly repository: string;
  /** Names of the branches: `branch` is to be merged into `base`. */
  readonly branch: string;
  readonly base: string;
  readonly signal: AbortSignal;
}

/** Per request. */
const timeoutMs = 15_000;

/** Sends requests with the token from a file, which is read for each of them, so that it can be rotated. */
export class ForgeApi {
  readonly #access: ForgeAccess;
  readonly #headers: (token: string) => Readonly<Record<string, string>>;

  constructor(access: ForgeAccess, headers: (token: string) => Readonly<Record<string, string>>) {
    this.#access = access;
    this.#headers = headers;
  }

  /** Fails with FORGE_FAILED. `path` begins with a slash. */
  async send(method: JsonRequest['method'], path: string, body?: object): Promise<unknown> {
    const { url, signal } = this.#access;
    const headers = this.#headers(await this.#token());
    try {
      const limited = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
      return await sendJson({ method, url: `${url}${path}`, headers, body, signal: limited });
    } catch (cause) {
      throw new PluginError('FORGE_FAILED', `the pull request cannot be kept: ${printable(requestReason(cause))}`, {
        hint: 'check --forge-token-file, whose account must be allowed to write pull requests, and --forge-url; the branch is pushed, and the next run tries again',
        cause,
      });
    }
  }

  async #token(): Promise<string> {
    const { tokenFile } = this.#access;
    try {
      return (await readFile(tokenFile, 'utf8')).trim();
    } catch (cause) {
      throw new PluginError('FILE_UNREADABLE', `--forge-token-file ${tokenFile} cannot be read: ${reasonOf(cause)}`, {
        hint: 'name a file that holds just the token, and that this account may read',
        cause,
      });
    }
  }
}

/** Our items of a paged list, newest first, from the first page that has any. */
export async function newestOf(
  page: (number: number) => Promise<readonly Json[]>,
  isOurs: (one: Json) => boolean,
  maxPages = 10,
): Promise<readonly Json[]> {
  for (let number = 1; number <= maxPages; number += 1) {
    const all = await page(number);
    const ours = all.filter(isOurs);
    // The newest of the branch is enough, and an instance may have a smaller limit.
    if (ours.length > 0 || all.length === 0) return ours;
  }
  return [];
}
