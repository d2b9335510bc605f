import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { createServer as createTcpServer } from 'node:net';
import type { Socket } from 'node:net';
import type { KubeObject } from '../../cluster/parts/objects.ts';
import { selfSigned } from '../../support/certificate.ts';
import { listenOnLoopback } from '../../support/loopback.ts';
import { eventBytes, objectBytes } from '../../support/protobuf.ts';

/** What a recorded cluster has of one resource, in the order of an API server. */
export type Recorded = Readonly<Record<'services' | 'endpointslices' | 'namespaces', () => readonly KubeObject[]>>;

/**
 * A small server that lists and watches what it has recorded, as an API server does: in pages, in protobuf where that is asked for,
 * with bookmarks, over TLS. Besides, ConfigMaps can be applied before they are listed.
 */
export interface RecordedCluster {
  readonly url: string;
  readonly ca: string;
  readonly apply: (objects: readonly KubeObject[]) => Promise<readonly KubeObject[]>;
  /** From now on nothing listens there, or connections are taken and nothing is answered. */
  readonly leave: (how: 'refuse' | 'hang') => Promise<void>;
  readonly stop: () => Promise<void>;
}

const resourceVersion = '1000';
const bookmarkMs = 60_000;

/** One certificate for all: making them takes longer than everything else. */
const identity = selfSigned('recorded');

export async function startRecordedCluster(recorded: Recorded): Promise<RecordedCluster> {
  const configMaps: KubeObject[] = [];
  const resources: Resources = { ...recorded, configmaps: () => configMaps };
  const server = createServer(identity, (request, response) => {
    answer(request, response, resources);
  });
  let current = await listenOnLoopback(server);
  const { port } = current;
  return {
    url: `https://127.0.0.1:${String(port)}`,
    ca: identity.cert,
    apply: (objects) => {
      configMaps.push(
        ...objects.map((one) => ({ ...one, metadata: { ...one.metadata, uid: one.metadata.name, resourceVersion } })),
      );
      return Promise.resolve(objects);
    },
    leave: async (how) => {
      await current.stop();
      if (how === 'hang') current = await listenOnLoopback(createTcpServer(ignoreErrors), port);
    },
    stop: () => current.stop(),
  };
}

function ignoreErrors(socket: Socket): void {
  socket.on('error', () => undefined);
}

type Resources = Readonly<Record<string, () => readonly KubeObject[]>>;

function answer(
  { url = '', headers: { accept = '' } }: IncomingMessage,
  response: ServerResponse,
  all: Resources,
): void {
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  const [, namespace, resource = '', name] =
    /^\/apis?(?:\/discovery\.k8s\.io|\/argoproj\.io)?\/v1(?:alpha1)?(?:\/namespaces\/([^/]+)(?=\/))?\/([^/]+)(?:\/([^/]+))?$/.exec(
      pathname,
    ) ?? [];
  const objects = new Map(Object.entries(all)).get(resource)?.();
  if (objects === undefined || name !== undefined) {
    const status = { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'NotFound', code: 404 };
    response.writeHead(404, { 'content-type': 'application/json' }).end(JSON.stringify(status));
    return;
  }
  const form = formOf(accept, resource);
  response.writeHead(200, {
    'content-type': form.inProtobuf ? 'application/vnd.kubernetes.protobuf' : 'application/json',
  });
  if (searchParams.has('watch')) watch(response, form, Number(searchParams.get('timeoutSeconds')));
  else response.end(page(selected(objects, namespace, searchParams.get('labelSelector')), searchParams, form));
}

interface Form {
  readonly type: { readonly kind: string; readonly apiVersion: string };
  readonly inProtobuf: boolean;
}

/** ConfigMaps are asked for in JSON. */
function formOf(accept: string, resource: string): Form {
  const { kind, apiVersion = 'v1' } = new Map(Object.entries(types)).get(resource) ?? { kind: 'ConfigMap' };
  return {
    inProtobuf: accept.startsWith('application/vnd.kubernetes.protobuf'),
    type: accept.includes('as=PartialObjectMetadata')
      ? { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1' }
      : { kind, apiVersion },
  };
}

const types: Readonly<Record<string, { readonly kind: string; readonly apiVersion?: string }>> = {
  services: { kind: 'Service' },
  endpointslices: { kind: 'EndpointSlice', apiVersion: 'discovery.k8s.io/v1' },
  namespaces: { kind: 'Namespace' },
  applications: { kind: 'Application', apiVersion: 'argoproj.io/v1alpha1' },
};

/** By namespace, and of EndpointSlices by the names of their Services. */
function selected(
  objects: readonly KubeObject[],
  namespace: string | undefined,
  selector: string | null,
): readonly KubeObject[] {
  const [, list] = /^kubernetes\.io\/service-name in \((.*)\)$/.exec(selector ?? '') ?? [];
  const names = list === undefined ? null : new Set(list.split(','));
  return objects.filter(
    ({ metadata }) =>
      (namespace === undefined || metadata.namespace === namespace) &&
      (names === null || names.has(metadata.labels?.['kubernetes.io/service-name'] ?? '')),
  );
}

function page(objects: readonly KubeObject[], params: URLSearchParams, { type, inProtobuf }: Form): Buffer {
  const from = Number(params.get('continue') ?? 0);
  const to = Math.min(objects.length, from + Number(params.get('limit') ?? objects.length));
  const rest = to < objects.length ? { continue: String(to), remainingItemCount: objects.length - to } : {};
  const items = objects.slice(from, to).map((one) => ({ ...one, ...type }));
  const list = { kind: `${type.kind}List`, apiVersion: type.apiVersion, metadata: { resourceVersion, ...rest }, items };
  return inProtobuf ? objectBytes(list) : Buffer.from(JSON.stringify(list));
}

function watch(response: ServerResponse, { type, inProtobuf }: Form, seconds: number): void {
  const object = { ...type, metadata: { resourceVersion } };
  const event = inProtobuf ? eventBytes('BOOKMARK', object) : `${JSON.stringify({ type: 'BOOKMARK', object })}\n`;
  response.flushHeaders();
  const bookmarks = setInterval(() => response.write(event), bookmarkMs * (0.75 + Math.random() / 2));
  const end = setTimeout(() => response.end(), seconds * 1000);
  response.on('close', () => {
    clearInterval(bookmarks);
    clearTimeout(end);
  });
}
