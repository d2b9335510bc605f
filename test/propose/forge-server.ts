import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ForgeKind } from '../../plugin/propose/forge/forge.ts';
import type { BareRepository } from '../support/bare-repository.ts';

/** A pull request as the server keeps it. */
export interface StoredPull {
  readonly number: number;
  title: string;
  body: string;
  state: 'open' | 'closed' | 'merged';
  readonly head: string;
  readonly base: string;
  /** Whether the branch is one of a fork. */
  readonly isFork?: boolean;
}

/** Ids of the repository and of its fork. */
const [own, fork] = [1, 2];

/** The API of a forge, as far as pull requests go, with the fields and status codes that its documentation has. */
export class ForgeServer {
  readonly pulls: StoredPull[] = [];
  /** Method, path and query. */
  readonly requests: string[] = [];
  /** Answers every request with this status instead. */
  failWith: number | null = null;
  /** Closes no pull request, and changes nothing of one that it is asked to close. */
  keepsOpen = false;
  /** Answers with these headers and this text instead, as no forge does. */
  lieWith: { readonly status: number; readonly location?: string; readonly text: string } | null = null;
  url = '';
  readonly #kind: ForgeKind;
  readonly #token: string;
  readonly #repository: BareRepository;
  readonly #collection: string;
  readonly #server = createServer((request, response) => {
    const { lieWith: lie } = this;
    if (lie !== null) {
      this.requests.push(`${request.method ?? ''} ${request.url ?? ''}`);
      response.writeHead(lie.status, lie.location === undefined ? {} : { location: lie.location }).end(lie.text);
      return;
    }
    void this.#answer(request).then(({ status, body }) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });

  /** `name` is that of the repository: `owner/name`. */
  constructor(kind: ForgeKind, token: string, repository: BareRepository, name: string) {
    this.#kind = kind;
    this.#token = token;
    this.#repository = repository;
    this.#collection =
      kind === 'gitlab' ? `/projects/${encodeURIComponent(name)}/merge_requests` : `/repos/${name}/pulls`;
  }

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    this.url = `http://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}/api`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #answer(request: IncomingMessage): Promise<{ status: number; body: unknown }> {
    const url = new URL(request.url ?? '', this.url);
    this.requests.push(`${request.method ?? ''} ${url.pathname}${url.search}`);
    let text = '';
    for await (const chunk of request) text += String(chunk);
    if (this.failWith !== null) return { status: this.failWith, body: { message: 'no' } };
    if (!this.#isAuthorized(request)) return { status: 401, body: { message: 'Bad credentials' } };
    const given = text === '' ? {} : (JSON.parse(text) as Record<string, string>);
    const path = url.pathname.replace('/api', '');
    const collection = this.#collection;
    if (path === collection && request.method === 'GET') return { status: 200, body: this.#list(url.searchParams) };
    if (path === collection && request.method === 'POST') return this.#create(given);
    const number = Number(path.slice(collection.length + 1));
    const pull = path.startsWith(`${collection}/`) ? this.pulls.find((one) => one.number === number) : undefined;
    const isUpdate = request.method === (this.#kind === 'gitlab' ? 'PUT' : 'PATCH');
    if (!pull || !isUpdate) return { status: 404, body: { message: 'Not Found' } };
    const closes = given.state === 'closed' || given.state_event === 'close';
    if (closes && this.keepsOpen) return { status: 503, body: { message: 'try again' } };
    pull.title = given.title ?? pull.title;
    pull.body = given.body ?? given.description ?? pull.body;
    if (closes) pull.state = 'closed';
    return { status: 200, body: this.#shown(pull) };
  }

  #isAuthorized({ headers }: IncomingMessage): boolean {
    if (this.#kind === 'gitlab') return headers['private-token'] === this.#token;
    return headers.authorization === `${this.#kind === 'github' ? 'Bearer' : 'token'} ${this.#token}`;
  }

  #list(query: URLSearchParams): unknown[] {
    const newest = this.pulls.toReversed();
    if (this.#kind === 'gitea') {
      // Forks and other branches are in its list as well.
      const all = [
        {
          number: 999,
          state: 'open',
          head: { ref: 'other', repo: { id: own } },
          base: { ref: 'main', repo: { id: own } },
        },
        ...newest.map((pull) => this.#shown(pull)),
      ];
      const state = query.get('state') ?? 'open';
      const shown = all.filter((one) => state === 'all' || (one as { state: string }).state === state);
      const [limit, page] = [Number(query.get('limit')), Number(query.get('page'))];
      return shown.slice(limit * (page - 1), limit * page);
    }
    if (query.get('page') === '2') return [];
    const head = this.#kind === 'github' ? query.get('head')?.replace('acme:', '') : query.get('source_branch');
    const base = query.get('base') ?? query.get('target_branch');
    if (query.get('state') !== 'all') throw new Error('all of them are needed');
    return newest.filter((pull) => pull.head === head && pull.base === base).map((pull) => this.#shown(pull));
  }

  #create(given: Record<string, string>): { status: number; body: unknown } {
    const { title = '', head = given.source_branch ?? '', base = given.target_branch ?? '' } = given;
    if (
      this.#repository.tip(head) === null ||
      this.pulls.some((one) => one.head === head && one.state === 'open' && !one.isFork)
    )
      return { status: this.#kind === 'github' ? 422 : 409, body: { message: 'Validation Failed' } };
    const body = given.body ?? given.description ?? '';
    const pull: StoredPull = { number: this.pulls.length + 1, title, body, state: 'open', head, base };
    this.pulls.push(pull);
    return { status: 201, body: this.#shown(pull) };
  }

  #shown({ number, title, body, state, head, base, isFork = false }: StoredPull): unknown {
    const url = `https://forge.example/acme/fleet/${String(number)}`;
    const source = isFork ? fork : own;
    if (this.#kind === 'gitlab') {
      const projects = { source_project_id: source, target_project_id: own };
      const shown = state === 'open' ? 'opened' : state;
      return { ...projects, iid: number, web_url: url, title, description: body, state: shown };
    }
    return {
      number,
      html_url: url,
      title,
      body,
      state: state === 'merged' ? 'closed' : state,
      merged_at: state === 'merged' ? '2026-01-01T00:00:00Z' : null,
      head: { ref: head, repo: { id: source } },
      base: { ref: base, repo: { id: own } },
    };
  }
}
