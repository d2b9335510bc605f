import { expect } from 'chai';
import nock from 'nock';
import { sendRequest } from '../../../../plugin/cluster/http/http-client.ts';
import { HttpProber } from '../../../../plugin/cluster/probe/http-prober.ts';
import { lokiApi } from '../../../../detectors/stores/apis.ts';
import { askStore, storeQuestion } from '../stores/store-server.ts';
import { backends, probeRequest } from './backends.ts';

/** Of such an answer Node tells by another event than of every other, and nothing more of the request, not even its abort. */
describe('plugin/cluster/probe/switching', () => {
  const servers = backends();
  const { signal } = new AbortController();

  before(() => {
    nock.restore();
  });

  after(() => {
    nock.activate();
  });

  async function switchingPort(): Promise<number> {
    const answer = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n';
    const { port } = await servers.tcp((socket) => socket.on('error', () => undefined).write(answer));
    return port;
  }

  it('is reported as an unexpected status of a backend that is probed', async () => {
    const result = await new HttpProber({ signal }).probe(probeRequest(await switchingPort()));

    expect(result).to.include({ healthy: false, reason: 'UnexpectedStatus' });
    expect(result.message).to.match(/^answered 101 at /);
  });

  it('yields no facts about a store', async () => {
    expect(await askStore(storeQuestion(await switchingPort(), lokiApi))).to.deep.equal({ noFacts: 'Other' });
  });

  it('is reported as a failure of an API server', async () => {
    const server = new URL(`http://127.0.0.1:${String(await switchingPort())}`);
    const connection = { server, authenticate: () => Promise.resolve({}), close: () => undefined };

    const answer = await sendRequest(connection, { method: 'GET', path: '/api' }, signal);

    expect(answer).to.be.an('error').with.property('message', 'the server switches to another protocol');
  });
});
