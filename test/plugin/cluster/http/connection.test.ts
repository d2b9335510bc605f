import { expect } from 'chai';
import { connect } from '../../../../plugin/cluster/http/connection.ts';
import { failure } from '../../../support/failure.ts';
import { temporaryFolder } from '../../../support/folder.ts';

describe('plugin/cluster/http/connection', () => {
  const folder = temporaryFolder();

  /** A kubeconfig with one context, cluster and user. */
  function kubeconfig(user: string, server = 'https://127.0.0.1:6443'): Promise<string> {
    return folder.write(
      'config',
      `apiVersion: v1
kind: Config
current-context: here
contexts: [{name: here, context: {cluster: here, user: me}}]
clusters: [{name: here, cluster: {server: '${server}'}}]
users: [{name: me, user: ${user}}]
`,
    );
  }

  async function authorization(user: string): Promise<unknown> {
    const connection = connect({ kubeconfig: await kubeconfig(user) });
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

  it('prefers the token itself to the file, as the user wrote both', async () => {
    await folder.write('token', 'from-file');

    expect(await authorization('{token: abc, tokenFile: token}')).to.equal('Bearer abc');
  });

  it('says that a token file is missing', async () => {
    const error = await failure(() => authorization('{tokenFile: nowhere}'));

    expect(error.code).to.equal('CLUSTER_UNAUTHORIZED');
    expect(error.message).to.match(/^no credential for the cluster could be had: ENOENT/);
  });

  it('sends nothing for a user without a credential', async () => {
    expect(await authorization('{}')).to.equal(undefined);
  });

  it('refuses plain http, over which the token could be read', async () => {
    const error = await failure(async () =>
      connect({ kubeconfig: await kubeconfig('{token: abc}', 'http://127.0.0.1:8080') }),
    );

    expect(error.code).to.equal('KUBECONFIG_INVALID');
    expect(error.message).to.equal('the kubeconfig\'s server "http://127.0.0.1:8080" is no https URL');
  });

  it('names a context that is not there', async () => {
    const error = await failure(async () =>
      connect({ kubeconfig: await kubeconfig('{token: abc}'), context: 'there' }),
    );

    expect(error.message).to.equal('there is no context "there" with a cluster in the kubeconfig');
  });
});
