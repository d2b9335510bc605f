import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A comment as the forges have it. */
export interface Comment {
  readonly id: number;
  body: string;
  /** GitHub calls its author `user`, GitLab `author`. */
  readonly user: { readonly id: number; readonly login: string; readonly type: 'User' | 'Bot' };
}

/** Stands for the APIs of GitHub and GitLab, as far as comments of one pull request go. */
export class Forge {
  comments: Comment[] = [];
  /** What a write responds with instead of doing it: 403 for the token of a fork. */
  refusal: number | null = null;
  /** Whose token it is; `null` for GitHub's job token, which may not ask. */
  account: Comment['user'] | null = null;
  /** `METHOD path`, in order. */
  requests: string[] = [];
  tokens = new Set<string>();
  private readonly server: Server;

  constructor() {
    this.server = createServer((request, response) => {
      void this.answer(request, response);
    });
  }

  async start(): Promise<string> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.server.listen(0, '127.0.0.1', () => {
      resolve(undefined);
    });
    await promise;
    return `http://127.0.0.1:${String((this.server.address() as AddressInfo).port)}`;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '' } = request;
    const { pathname, searchParams } = new URL(url, 'http://forge');
    this.requests.push(`${method} ${pathname}`);
    this.tokens.add(request.headers.authorization ?? String(request.headers['private-token']));
    const say = (status: number, content: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(content));
    };
    if (pathname.endsWith('/user')) {
      say(this.account ? 200 : 403, this.account ?? { message: 'Resource not accessible by integration' });
      return;
    }
    if (method === 'GET') {
      const [page, size] = [Number(searchParams.get('page')), Number(searchParams.get('per_page'))];
      say(200, this.comments.slice((page - 1) * size, page * size).map(forBoth));
      return;
    }
    if (this.refusal !== null) {
      say(this.refusal, { message: 'Resource not accessible by integration' });
      return;
    }
    const { body } = JSON.parse(await text(request)) as { readonly body: string };
    this.write(method, Number(pathname.split('/').at(-1)), body);
    say(method === 'POST' ? 201 : 200, {});
  }

  private write(method: string, id: number, body: string): void {
    const known = this.comments.find((one) => one.id === id);
    if (method === 'POST') this.comments.push({ id: 1000 + this.comments.length, body, user: this.account ?? bot });
    else if (known) known.body = body;
  }
}

/** The account of GitHub's job token. */
export const bot = { id: 41, login: 'github-actions[bot]', type: 'Bot' } as const;

function forBoth(comment: Comment): object {
  return { ...comment, author: comment.user };
}
