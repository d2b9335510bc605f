import { expect } from 'chai';
import { delimiter } from 'node:path';
import { connect } from '../../../../plugin/cluster/connection/connect.ts';
import type { ConnectionOptions } from '../../../../plugin/cluster/connection/connection.ts';
import { failure } from '../../../support/failure.ts';
import { temporaryFolder } from '../../../support/folder.ts';

describe('plugin/cluster/connection/connection', () => {
  const folder = temporaryFolder();

  /** A kubeconfig with one context, cluster and user. */
  function kubeconfig(user: string, server = 'https://127.0.0.1:6443'): Promise<string> {
    return folder.write('config', oneContext('here', 'me', user, server));
  }

  function oneContext(name: string, user: string, credential: string, server: string): string {
    return `apiVersion: v1
kind: Config
current-context: ${name}
contexts: [{name: ${name}, context: {cluster: ${name}, user: ${user}}}]
clusters: [{name: ${name}, cluster: {server: '${server}'}}]
users: [{name: ${user}, user: ${credential}}]
`;
  }

  async function authorization(user: string): Promise<unknown> {
    return authorizationWith({ kubeconfig: await kubeconfig(user) });
  }

  async function authorizationWith(options: ConnectionOptions): Promise<unknown> {
    const connection = await connect(options);
    try {
      const { headers } = await connection.authenticate();
      return (headers as Record<string, unknown> | undefined)?.Authorization;
    } finally {
      connection.close();
    }
  }

  it('sends the token of a kubeconfig', async () => {
    expect(await authorization('{token: abc}')).to.equal('Bearer abc');
  });

  it('sends the token of a file that the kubeconfig names, relative to it', async () => {
    await folder.write('token', 'from-file');

    expect(await authorization('{tokenFile: token}')).to.equal('Bearer from-file');
  });

  it('reads the token file again for each request: it is renewed while the process runs', async () => {
    await folder.write('token', 'first\n');
    const connection = await connect({ kubeconfig: await kubeconfig('{tokenFile: token}') });
    try {
      const before = (await connection.authenticate()).headers;
      await folder.write('token', 'second\n');

      expect(before).to.include({ Authorization: 'Bearer first' });
      expect((await connection.authenticate()).headers).to.include({ Authorization: 'Bearer second' });
    } finally {
      connection.close();
    }
  });

  it('merges the files of KUBECONFIG, and finds the token file that the last of them names', async () => {
    await folder.write('token', 'from-file');
    const first = await kubeconfig('{token: abc}');
    const second = await folder.write('other', oneContext('there', 'you', '{tokenFile: token}', 'https://127.0.0.1:1'));
    const defaultKubeconfig = ['', first, second].join(delimiter);

    expect(await authorizationWith({ defaultKubeconfig })).to.equal('Bearer from-file');
    expect(await authorizationWith({ defaultKubeconfig, context: 'here' })).to.equal('Bearer abc');
  });

  it('reads the file that is named, and not those of KUBECONFIG', async () => {
    const defaultKubeconfig = await folder.write('other', 'no kubeconfig at all');

    expect(await authorizationWith({ kubeconfig: await kubeconfig('{token: abc}'), defaultKubeconfig })).to.equal(
      'Bearer abc',
    );
  });

  it('prefers the token itself to the file, as the user wrote both', async () => {
    await folder.write('token', 'from-file');

    expect(await authorization('{token: abc, tokenFile: token}')).to.equal('Bearer abc');
  });

  it('says that a token file is missing', async () => {
    const error = await failure(() => authorization('{tokenFile: nowhere}'));

    expect(error.code).to.equal('CLUSTER_UNAUTHORIZED');
    expect(error.message).to.match(/^cannot get a credential for the cluster: ENOENT/);
  });

  it('sends nothing for a user without a credential', async () => {
    expect(await authorization('{}')).to.equal(undefined);
  });

  it('refuses plain http, over which the token could be read', async () => {
    const error = await failure(async () =>
      connect({ kubeconfig: await kubeconfig('{token: abc}', 'http://127.0.0.1:8080') }),
    );

    expect(error.code).to.equal('KUBECONFIG_INVALID');
    expect(error.message).to.equal('the kubeconfig\'s server "http://127.0.0.1:8080" is not an https URL');
  });

  it('names a context that is not there', async () => {
    const error = await failure(async () =>
      connect({ kubeconfig: await kubeconfig('{token: abc}'), context: 'there' }),
    );

    expect(error.message).to.equal('there is no context "there" with a cluster in the kubeconfig');
  });
});
