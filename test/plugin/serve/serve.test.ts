import { expect } from 'chai';
import type { Connection } from '../../../plugin/cluster/connection/connection.ts';
import { serve } from '../../../plugin/serve/serve.ts';
import type { ServeOptions } from '../../../plugin/serve/serve-options.ts';
import type { Fields } from '../../../plugin/serve/events.ts';
import { ApiServer } from './clusters/api-server.ts';

describe('plugin/serve/serve', () => {
  const apiServer = new ApiServer();

  before(() => apiServer.listen());

  after(() => apiServer.close());

  it('stops listening when it fails, and fails with the reason', async () => {
    const bug = new Error('bug');
    const events = new Map<string, Fields | undefined>();

    const failed = await serve({
      connection: connectionTo(apiServer.url),
      ...{ scope: 'cluster', configMaps: 'cluster', applications: [], resyncMs: 600_000 },
      ...{ openCluster: null, lease: null, tls: null, extensionSecretFile: null, gitHosts: {}, argoCdUrl: null },
      listen: { host: '127.0.0.1', port: 0 },
      emit: (event, fields) => void events.set(event, fields),
      onSynced: () => {
        throw bug;
      },
      signal: new AbortController().signal,
    } as Partial<ServeOptions> as ServeOptions).catch((error: unknown) => error);

    expect(failed).to.equal(bug);
    const port = String(events.get('started')?.port);
    const response = await fetch(`http://127.0.0.1:${port}/healthz`).catch((error: unknown) => error);
    expect(response).to.be.instanceOf(TypeError);
  });
});

function connectionTo(url: string): Connection {
  return { server: new URL(url), authenticate: () => Promise.resolve({ headers: {} }), close: () => undefined };
}
