import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { KubeObject } from '../../../cluster/parts/objects.ts';

const kinds = {
  services: 'Service',
  endpointslices: 'EndpointSlice',
  namespaces: 'Namespace',
  configmaps: 'ConfigMap',
};
type Resource = keyof typeof kinds;

/** What lists and watches of a cluster are answered with: its objects, nothing, or a status. */
export class ApiServer {
  /** Answers every request with this status instead. */
  failWith: number | null = null;
  /** Lists of these are answered once they are not. */
  readonly held = new Set<Resource>();
  readonly #objects = new Map<string, KubeObject>();
  readonly #watches = new Map<ServerResponse, Resource>();
  /** Requests to Services that are being answered, the most of them at once, and all. */
  readonly proxied = { open: 0, most: 0, all: 0 };
  readonly #waiting: (() => void)[] = [];
  #version = 1;
  readonly #server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost');
    const resource = pathname.split('/').at(-1) as Resource;
    if (pathname.includes('/proxy/')) this.#proxy(response);
    else if (searchParams.has('watch')) this.#watch(resource, response);
    else this.#list(resource, response);
  });

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  get url(): string {
    return `http://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`;
  }

  /** Watches that are open. */
  get watches(): number {
    return this.#watches.size;
  }

  put(...objects: readonly KubeObject[]): void {
    for (const object of objects) {
      this.#objects.set(`${object.kind} ${object.metadata.namespace ?? ''}/${object.metadata.name}`, object);
      this.#version += 1;
      for (const [response, resource] of this.#watches)
        if (kinds[resource] === object.kind)
          response.write(`${JSON.stringify({ type: 'ADDED', object: this.#shown(object) })}\n`);
    }
  }

  /** Fails every watch, and what is asked from now on. */
  fail(status: number): void {
    this.failWith = status;
    for (const response of this.#watches.keys()) response.destroy();
  }

  /** Answers the lists that were held. */
  release(): void {
    this.held.clear();
    for (const answer of this.#waiting.splice(0)) answer();
  }

  #list(resource: Resource, response: ServerResponse): void {
    if (this.held.has(resource)) {
      this.#waiting.push(() => {
        this.#list(resource, response);
      });
      return;
    }
    const items = [...this.#objects.values()].filter(({ kind }) => kind === kinds[resource]);
    const kind = resource === 'configmaps' || resource === 'namespaces' ? 'PartialObjectMetadata' : kinds[resource];
    const group = resource === 'endpointslices' ? 'discovery.k8s.io/v1' : 'v1';
    this.#answer(response, {
      kind: `${kind}List`,
      apiVersion: kind === 'PartialObjectMetadata' ? 'meta.k8s.io/v1' : group,
      metadata: { resourceVersion: String(this.#version) },
      items: items.map((one) => this.#shown(one)),
    });
  }

  /** The Service takes a while, and is another product. */
  #proxy(response: ServerResponse): void {
    const { proxied } = this;
    proxied.all += 1;
    proxied.open += 1;
    proxied.most = Math.max(proxied.most, proxied.open);
    setTimeout(() => {
      proxied.open -= 1;
      response.writeHead(404).end();
    }, 20);
  }

  #watch(resource: Resource, response: ServerResponse): void {
    if (this.failWith !== null) {
      this.#answer(response, {});
      return;
    }
    this.#watches.set(response, resource);
    response.once('close', () => this.#watches.delete(response));
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
  }

  #answer(response: ServerResponse, body: object): void {
    const failed = { kind: 'Status', apiVersion: 'v1', status: 'Failure', message: 'no', code: this.failWith };
    response
      .writeHead(this.failWith ?? 200, { 'content-type': 'application/json' })
      .end(JSON.stringify(this.failWith === null ? body : failed));
  }

  #shown(object: KubeObject): KubeObject {
    const { metadata } = object;
    return { ...object, metadata: { uid: metadata.name, resourceVersion: String(this.#version), ...metadata } };
  }
}
