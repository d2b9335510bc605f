import { expect } from 'chai';
import nock from 'nock';
import { unlink } from 'node:fs/promises';
import type { RequestOptions } from 'node:https';
import { connectArgoCd } from '../../../../plugin/serve/argocd/connection.ts';
import { sendRequest } from '../../../../plugin/cluster/http/http-client.ts';
import { failure } from '../../../support/failure.ts';
import { temporaryFolder } from '../../../support/folder.ts';

const url = new URL('https://argocd-server.argocd.svc');

describe('plugin/serve/argocd/connection', () => {
  const folder = temporaryFolder();

  it('reads the token again for each request, because it may be rotated', async () => {
    const tokenFile = await folder.write('token', 'first\n');
    const connection = connectArgoCd({ url, tokenFile, caFile: undefined });
    nock(url.origin, { reqheaders: { authorization: 'Bearer first' } })
      .get('/api')
      .reply(200);
    nock(url.origin, { reqheaders: { authorization: 'Bearer second' } })
      .get('/api')
      .reply(200);

    const request = { method: 'GET', path: '/api' } as const;
    const first = await sendRequest(connection, request, new AbortController().signal);
    await folder.write('token', 'second\n');
    const second = await sendRequest(connection, request, new AbortController().signal);
    connection.close();

    expect([first, second].map((one) => (one instanceof Error ? one.message : one.status))).to.deep.equal([200, 200]);
  });

  it('reuses its connections while the CA is unchanged, and trusts a new CA once it is mounted', async () => {
    const tokenFile = await folder.write('token', 'abc');
    const caFile = await folder.write('ca.crt', 'first CA');
    const connection = connectArgoCd({ url, tokenFile, caFile });

    const [first, again] = [await connection.authenticate(), await connection.authenticate()];
    await folder.write('ca.crt', 'second CA');
    const renewed = await connection.authenticate();
    connection.close();

    expect(again.agent).to.equal(first.agent);
    expect([first, renewed].map(agentOptions)).to.deep.equal([
      { keepAlive: true, ca: 'first CA' },
      { keepAlive: true, ca: 'second CA' },
    ]);
  });

  it("trusts Node's default CAs when no CA file is given", async () => {
    const tokenFile = await folder.write('token', 'abc');
    const connection = connectArgoCd({ url, tokenFile, caFile: undefined });

    const options = await connection.authenticate();
    connection.close();

    expect(agentOptions(options)).to.deep.equal({ keepAlive: true, ca: undefined });
  });

  it('needs no certificate over plain HTTP', async () => {
    const tokenFile = await folder.write('token', 'abc');
    const plain = new URL('http://argocd-server.argocd.svc');
    const connection = connectArgoCd({ url: plain, tokenFile, caFile: undefined });
    nock(plain.origin).get('/api').reply(200);

    const answer = await sendRequest(connection, { method: 'GET', path: '/api' }, new AbortController().signal);
    connection.close();

    expect(answer).to.include({ status: 200 });
  });

  const direct = [
    'https://argocd-server',
    'https://argocd-server.argocd.svc',
    'https://argocd-server.argocd.svc.local',
  ];
  for (const server of [...direct, 'https://argocd.corp.example', 'http://argocd.example']) {
    it(`reaches ${server} directly, although other servers are behind a proxy`, async () => {
      const tokenFile = await folder.write('token', 'abc');
      const variables = { HTTPS_PROXY: 'http://proxy.example:3128', NO_PROXY: 'corp.example' };

      const connection = connectArgoCd({ url: new URL(server), tokenFile }, variables);
      const { agent } = await connection.authenticate();
      connection.close();

      expect(agent).not.to.have.property('proxy');
    });
  }

  for (const missing of ['token', 'ca.crt']) {
    it(`reports that ${missing} cannot be read`, async () => {
      const tokenFile = await folder.write('token', 'abc');
      const caFile = await folder.write('ca.crt', 'CA');
      await unlink(`${folder.path}/${missing}`);

      const error = await failure(() => connectArgoCd({ url, tokenFile, caFile }).authenticate());

      expect(error.code).to.equal('FILE_UNREADABLE');
      expect(error.message).to.match(new RegExp(`^${folder.path}/${missing} cannot be read: `));
      expect(error.hint).to.include('mount the Secret with the token of the Argo CD account');
    });
  }
});

interface AgentOptions {
  readonly keepAlive?: boolean;
  readonly ca?: string;
}

function agentOptions({ agent }: RequestOptions): AgentOptions {
  const { options } = agent as unknown as { readonly options: AgentOptions };
  return { keepAlive: options.keepAlive, ca: options.ca } as AgentOptions;
}
