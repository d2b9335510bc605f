import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { ask } from '../../support/ask.ts';
import type { HostFile } from '../../support/extension-host.ts';
import type { KubeObject } from '../parts/objects.ts';

/** What Argo CD does with a request to its proxy. */
export type Proxy =
  'forwards' | 'has no extension' | 'has no session' | 'refuses' | 'cannot reach serve' | 'has another secret';

interface Options {
  /** The host page and the extension. */
  readonly files: readonly HostFile[];
  readonly serveUrl: string;
  /** That `serve` believes. */
  readonly secret: string;
  /** The ConfigMap that Argo CD's own API answers. */
  readonly manifest: KubeObject;
  readonly proxy: () => Proxy;
  /** Told the path of each request to an API. */
  readonly onAsked?: (path: string) => void;
}

/** A stand-in for Argo CD's API server: its UI's files, its proxy in front of the real `serve`, and its own API of one ConfigMap. */
export async function startArgoCdUi({ files, manifest, onAsked, ...options }: Options): Promise<Server> {
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = request.url ?? '';
    const file = files.find(({ name }) => path === `/${name}`);
    if (file) send(response, 200, file.mediaType, file.text);
    else if (path.startsWith('/extensions/dynamic-toolset/')) await forward(path, request, response, options);
    else if (path.startsWith('/api/v1/applications/one/resource?'))
      send(response, 200, 'application/json', JSON.stringify({ manifest: JSON.stringify(manifest) }));
    else send(response, 200, 'text/html', '<!doctype html><title>Argo CD</title>');
  };
  const started = createServer((request, response) => {
    if ((request.url ?? '').includes('/v1/')) onAsked?.(request.url ?? '');
    void answer(request, response);
  }).listen(0, '127.0.0.1');
  await once(started, 'listening');
  return started;
}

/** An Application as Argo CD's UI gives it to an extension, with this ConfigMap. */
export function shownApplication(name: string, { metadata }: KubeObject): object {
  return {
    metadata: { namespace: 'argocd', name },
    spec: { project: 'default', source: { path: 'x', plugin: { name: 'dynamic-toolset' } } },
    status: { resources: [{ kind: 'ConfigMap', version: 'v1', ...metadata, status: 'Synced' }] },
  };
}

function send(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, { 'content-type': type }).end(text);
}

async function forward(
  path: string,
  { headers: sent }: IncomingMessage,
  response: ServerResponse,
  { serveUrl, secret, proxy }: Pick<Options, 'serveUrl' | 'secret' | 'proxy'>,
): Promise<void> {
  const state = proxy();
  if (state === 'has no extension') send(response, 200, 'text/html', '<!doctype html><title>Argo CD</title>');
  else if (state === 'has no session') send(response, 400, 'text/plain', 'Auth cookie not found\n');
  else if (state === 'refuses') send(response, 401, 'text/plain', 'Unauthorized extension request\n');
  else if (state === 'cannot reach serve') send(response, 502, 'text/plain', '');
  else {
    const headers = {
      'argocd-application-name': String(sent['argocd-application-name']),
      'argocd-project-name': String(sent['argocd-project-name']),
      'argocd-username': 'alice',
      'x-dynamic-toolset-secret': state === 'forwards' ? secret : 'another',
    };
    const asked = await ask(`${serveUrl}${path.slice('/extensions/dynamic-toolset'.length)}`, { headers });
    send(response, asked.status, asked.headers['content-type'] ?? '', asked.text);
  }
}
