import { expect } from 'chai';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ServiceView } from '../../../detectors/types.ts';
import { apiServer } from '../../../plugin/cluster/api-server.ts';
import { pageSize } from '../../../plugin/cluster/http/list.ts';
import type { Cluster as Source } from '../../../plugin/cluster/types.ts';
import { PluginError } from '../../../plugin/lib/errors.ts';
import { missingTools } from '../../tools/build.ts';
import { realPart } from '../../support/real-part.ts';
import { clusterTools } from '../parts/cluster.ts';
import type { Cluster } from '../parts/cluster.ts';
import { allKeys } from '../../../plugin/discovery/kept-keys.ts';
import { acquireCluster } from '../parts/pool.ts';
import { seedFaultFixture } from './fixture.ts';
import { openRequest, receive } from './echo-server.ts';

/** Most of the time is spent between two attempts. */
const parallelReads = 400;
const target = { namespace: 'holmesgpt', name: 'custom-toolsets-configmap' };
const prometheus = { namespace: 'team', name: 'prometheus' } as ServiceView;
const limit = `limit=${pageSize}`;
const slices = `${limit}&labelSelector=${encodeURIComponent('kubernetes.io/service-name in (prometheus)')}`;

/** Everything that is ever read, and what reads it. */
const reads: readonly { readonly path: string; readonly read: (source: Source) => Promise<unknown> }[] = [
  { path: `/api/v1/services?${limit}`, read: (source) => source.services('cluster', allKeys) },
  { path: `/api/v1/namespaces?${limit}`, read: (source) => source.namespaces(allKeys) },
  {
    path: `/apis/discovery.k8s.io/v1/endpointslices?${slices}`,
    read: async (source) => [...(await source.endpoints([prometheus], 'cluster'))],
  },
  {
    path: `/api/v1/namespaces/${target.namespace}/configmaps/${target.name}`,
    read: (source) => source.configMap(target),
  },
];

type End = 'whole' | 'cut' | 'short';

describe('cluster/faults/fail-closed-bytes', () => {
  let cluster: Cluster;
  let server: Server;
  let answer: Buffer;

  before(async function () {
    const available = missingTools(clusterTools).length === 0;
    if (!realPart('kube-apiserver', available, 'node test/tools/build.ts')) this.skip();
    cluster = await acquireCluster();
    await seedFaultFixture(cluster);
    server = createServer((request, response) => {
      replay(answer, request, response);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  after(async () => {
    // Unset when the suite was skipped.
    (server as Server | undefined)?.close();
    await (cluster as Cluster | undefined)?.stop();
  });

  for (const { path, read } of reads) {
    describe(`for the response to GET ${path.split('?')[0]!}`, () => {
      before(async () => {
        const recorded = await receive(openRequest(cluster, new URL(path, cluster.url)));
        answer = Buffer.from(`${JSON.stringify(JSON.parse(recorded.body), withoutManagers)}\n`);
      });

      it('reads it when it is complete', async () => {
        expect(JSON.stringify(await read(source('whole', 0)))).to.have.length.above(2);
      });

      it('returns an error when the connection drops at any byte', async () => {
        await forEachByte(async (bytes) => {
          expect(await codeOf(read(source('cut', bytes))), `${bytes} bytes`).to.equal('CLUSTER_UNREACHABLE');
        });
      });

      it('returns an error when the response ends at any byte as if it were complete', async () => {
        await forEachByte(async (bytes) => {
          // Only the new line after the JSON can be done without.
          const expected = bytes === answer.length - 1 ? null : 'CLUSTER_RESPONSE_INVALID';
          expect(await codeOf(read(source('short', bytes))), `${bytes} bytes`).to.equal(expected);
        });
      });
    });
  }

  async function forEachByte(check: (bytes: number) => Promise<void>): Promise<void> {
    const rest = answer.keys();
    await Promise.all(
      Array.from({ length: parallelReads }, async () => {
        for (const bytes of rest) await check(bytes);
      }),
    );
  }

  /** Each reader's requests say how they are to be answered. */
  function source(end: End, bytes: number): Source {
    const { port } = server.address() as AddressInfo;
    const headers = { 'x-end': end, 'x-bytes': String(bytes) };
    const connection = {
      server: new URL(`http://127.0.0.1:${port}`),
      authenticate: () => Promise.resolve({ headers }),
      close: () => undefined,
    };
    return apiServer(connection, new AbortController().signal);
  }
});

/** Maps and lists like those around them, which are almost half of the bytes. */
function withoutManagers(key: string, value: unknown): unknown {
  return key === 'managedFields' ? undefined : value;
}

function replay(answer: Buffer, { headers }: IncomingMessage, response: ServerResponse): void {
  const end = headers['x-end'] as End;
  const part = end === 'whole' ? answer : answer.subarray(0, Number(headers['x-bytes']));
  const length = end === 'cut' ? answer.length : part.length;
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': length });
  response.flushHeaders();
  if (end !== 'cut') response.end(part);
  else if (part.length === 0) response.destroy();
  else response.write(part, () => response.destroy());
}

/** `null` for a read that succeeded. */
async function codeOf(read: Promise<unknown>): Promise<string | null> {
  try {
    await read;
    return null;
  } catch (error) {
    if (error instanceof PluginError) return error.code;
    throw error;
  }
}
