import { expect } from 'chai';
import fc from 'fast-check';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { apiServer } from '../../plugin/cluster/api-server.ts';
import type { Connection } from '../../plugin/cluster/connection/connection.ts';
import type { WatchEvent } from '../../plugin/cluster/watch/watch.ts';
import { watch } from '../../plugin/cluster/watch/watch.ts';
import { serviceView } from '../../plugin/cluster/projections.ts';
import { allKeys } from '../../plugin/discovery/kept-keys.ts';
import { systemClock } from '../../plugin/lib/clock.ts';
import { PluginError } from '../../plugin/lib/errors.ts';
import { asObject, parseJson } from '../../plugin/lib/json.ts';
import { service } from '../support/objects.ts';
import { fuzz } from './fuzz.ts';
import { hostileText, mutatedData, mutatedText } from './mutations.ts';

/** One answer; each character of the body is a byte. */
interface Reply {
  readonly status: number;
  readonly type: string;
  readonly retryAfter: string;
  readonly body: string;
  /** Bytes that are sent at once; `0` for all. */
  readonly chunk: number;
  /** Whether the connection ends in the middle of the body. */
  readonly isCut: boolean;
}

interface Sent extends Reply {
  /** What a long list is asked for before it is asked for whole is none. */
  readonly isList: boolean;
}

interface Input {
  readonly lists: readonly Reply[];
  readonly watch: Reply;
}

/** Repeats and restarts included: what one list may ask. */
const maxRequests = 40;
const maxMessage = 2_000;

const item = (name: string): object => ({
  ...service({ namespace: 'team', name }),
  metadata: { namespace: 'team', name, uid: name, resourceVersion: '7' },
});
const list = (items: unknown, metadata: object = {}): object => ({
  kind: 'ServiceList',
  apiVersion: 'v1',
  metadata: { resourceVersion: '7', ...metadata },
  items,
});
const expired = {
  kind: 'Status',
  apiVersion: 'v1',
  status: 'Failure',
  reason: 'Expired',
  code: 410,
  message: 'too old',
};
const lists: readonly unknown[] = [
  list([item('a'), item('b')]),
  list([item('c')], { continue: 'two', remainingItemCount: 2 }),
  list([item('d'), item('e')], { continue: 'three' }),
  list([]),
  list(null),
  expired,
];
const watches: readonly unknown[] = ['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK'].map((type) => ({
  type,
  object: item('a'),
}));
const emptyList: Reply = {
  status: 200,
  type: 'application/json',
  retryAfter: '',
  body: JSON.stringify(list([])),
  chunk: 0,
  isCut: false,
};

/** A list in protobuf as an API server begins it, and bytes that mean nothing. */
const binary = [
  'k8s\u0000\n\u0011\n\u0002v1\u0012\u000BServiceList\u0012\u0004\n\u0002\n\u0000\u001A\u0000"\u0000',
  '\u0000\u00FF\u00FE{',
];

describe('fuzz/api-stream', () => {
  let server: Server;
  let connection: Connection;
  /** Replies that are left. */
  let script: Reply[] = [];
  let sent: Sent[] = [];

  before(async () => {
    server = createServer(({ url = '' }, response) => {
      const next = script.shift() ?? emptyList;
      sent.push({ ...next, isList: !url.startsWith('/version') });
      send(response, next);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    connection = {
      server: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
      authenticate: () => Promise.resolve({}),
      close: () => undefined,
    };
  });
  after(async () => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  });

  fuzz<Input>({
    name: 'api-stream',
    law: 'returns a complete list or one error, and ends a watch with a reason, whatever bytes an API server sends',
    inputs: fc.record({
      lists: fc.array(reply(bodies(lists)), { minLength: 1, maxLength: 4 }),
      watch: reply(bodies(watches)),
    }),
    check: async (input) => {
      script = [...input.lists];
      sent = [];
      await assertList(connection, () => sent);
      script = [input.watch];
      await assertWatch(connection, input.watch);
    },
  });
});

function bodies(seeds: readonly unknown[]): fc.Arbitrary<string> {
  const texts = seeds.map((seed) => `${bytesOf(JSON.stringify(seed))}\n`);
  const lines = fc.array(
    fc.oneof(
      fc.constantFrom(...texts),
      mutatedData(seeds).map((one) => `${bytesOf(JSON.stringify(one))}\n`),
    ),
    {
      minLength: 1,
      maxLength: 3,
    },
  );
  return fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...texts) },
    { weight: 4, arbitrary: lines.map((some) => (seeds === watches ? some.join('') : some[0]!)) },
    { weight: 2, arbitrary: mutatedText(texts).map(bytesOf) },
    { weight: 1, arbitrary: mutatedText(binary).map(bytesOf) },
  );
}

function bytesOf(text: string | undefined): string {
  return Buffer.from(text ?? 'null').toString('latin1');
}

function reply(body: fc.Arbitrary<string>): fc.Arbitrary<Reply> {
  return fc.record({
    status: fc.oneof(
      { weight: 6, arbitrary: fc.constant(200) },
      { weight: 2, arbitrary: fc.constantFrom(201, 204, 301, 400, 401, 403, 404, 410, 429, 500, 503, 599) },
    ),
    type: fc.oneof(
      { weight: 6, arbitrary: fc.constant('application/json') },
      {
        weight: 1,
        arbitrary: fc.constantFrom('', 'text/html', 'application/vnd.kubernetes.protobuf', 'application/json;x'),
      },
    ),
    retryAfter: fc.oneof(
      { weight: 5, arbitrary: fc.constant('') },
      fc.constantFrom('0', '-1', '1e9', 'Wed, 21 Oct 2099'),
      hostileText,
    ),
    body,
    chunk: fc.constantFrom(0, 0, 1, 7, 100),
    isCut: fc.oneof({ weight: 8, arbitrary: fc.constant(false) }, fc.constant(true)),
  });
}

function send(response: ServerResponse, { status, type, retryAfter, body, chunk, isCut }: Reply): void {
  const bytes = Buffer.from(body, 'latin1');
  const isHeader = /^[ -~]+$/.test(retryAfter);
  response.writeHead(status, {
    ...(type !== '' && { 'content-type': type }),
    ...(isHeader && { 'retry-after': retryAfter }),
  });
  const part = isCut ? bytes.subarray(0, bytes.length / 2) : bytes;
  const size = chunk === 0 ? part.length : Math.max(chunk, Math.ceil(part.length / 50));
  for (let at = 0; at < part.length; at += size) response.write(part.subarray(at, at + size));
  if (isCut) response.socket?.end();
  else response.end();
}

const impatient = { ...systemClock, sleep: (): Promise<void> => Promise.resolve() };

async function assertList(connection: Connection, sent: () => readonly Sent[]): Promise<void> {
  const cluster = apiServer(connection, AbortSignal.timeout(60_000), impatient);
  const found = await cluster.services('cluster', allKeys).catch((error: unknown) => {
    if (!(error instanceof PluginError)) throw error;
    expect(error.code).to.match(/^CLUSTER_/);
    expect(error.message.length).to.be.at.most(maxMessage);
    return null;
  });

  const replies = sent();
  expect(replies.length).to.be.at.most(maxRequests);
  if (found === null) return;
  const answers = replies
    .filter(({ status, isCut, isList }) => status === 200 && !isCut && isList)
    .map(({ body }) => parseJson(Buffer.from(body, 'latin1').toString()))
    // A list that is asked for whole goes on in pages where the answer is none.
    .filter(({ kind }) => kind === 'ServiceList');
  expect(asObject(answers.at(-1)?.metadata).continue ?? '', 'of the last page').to.be.oneOf(['']);
  const names = answers
    .flatMap(({ items }) => (Array.isArray(items) ? (items as readonly unknown[]) : []))
    .map((one) => serviceView(one, allKeys)?.name);
  for (const { name } of found) expect(names).to.include(name);
  expect(found.length).to.be.at.most(names.length);
}

async function assertWatch(connection: Connection, { body }: Reply): Promise<void> {
  const events: WatchEvent[] = [];
  const end = await watch(
    connection,
    {
      resource: { group: '', resource: 'services', verb: 'watch', namespace: null },
      resourceVersion: '7',
      timeoutSeconds: 60,
      silentMs: 60_000,
    },
    { onOpen: () => undefined, onEvent: (event) => events.push(event) },
    new AbortController().signal,
  );

  expect(JSON.stringify(end).length).to.be.at.most(2 * maxMessage);
  expect(events.length).to.be.at.most(body.split('\n').length);
  for (const { resourceVersion } of events) expect(resourceVersion).not.to.equal('');
}
