import { expect } from 'chai';
import nock from 'nock';
import { openCluster } from '../../../../plugin/cluster/named/named-cluster.ts';
import type { NamedCluster } from '../../../../plugin/cluster/named/named-cluster.ts';
import type { AccessRules } from '../../../../plugin/cluster/named/access.ts';
import type { PluginError } from '../../../../plugin/lib/errors.ts';
import { selfSigned } from '../../../support/certificate.ts';
import { testClock } from '../../../support/clock.ts';
import { failure } from '../../../support/failure.ts';
import { connection as own, server as ownServer } from '../../serve/argocd/fake-connection.ts';

const canary = 'canary-7f3a';
const server = 'https://spoke.example:6443';
const path = '/api/v1/namespaces/argocd/secrets';
const query = { labelSelector: 'argocd.argoproj.io/secret-type=cluster', limit: '2000' };

interface Options {
  readonly names?: readonly string[] | 'all';
  readonly rules?: Partial<AccessRules>;
  readonly clock?: ReturnType<typeof testClock>;
  readonly timeoutMs?: number;
}

describe('plugin/cluster/named cluster Secrets', () => {
  function secret(config: object, data: Readonly<Record<string, string>> = {}, name = 'cluster-spoke'): object {
    const all = { name: 'spoke', server, config: JSON.stringify(config), ...data };
    const encoded = Object.entries(all).map(([key, value]) => [key, Buffer.from(value).toString('base64')]);
    const metadata = { name, labels: { 'argocd.argoproj.io/secret-type': 'cluster' } };
    return { kind: 'Secret', metadata, data: Object.fromEntries(encoded) as object };
  }

  function serve(object: object, name = 'cluster-spoke'): void {
    nock(ownServer).get(`${path}/${name}`).reply(200, object);
  }

  async function opened<T>(called: string, use: (cluster: NamedCluster) => T, options: Options = {}): Promise<T> {
    const { names = ['cluster-spoke'], rules = {}, clock = testClock(), timeoutMs } = options;
    const cluster = await openCluster(called, {
      folder: undefined,
      secrets: { own, signal: AbortSignal.timeout(10_000), namespace: 'argocd', names, timeoutMs },
      rules: { exec: [], insecure: false, ...rules },
      mayName: () => true,
      clock,
    });
    try {
      return await use(cluster);
    } finally {
      cluster.connection.close();
    }
  }

  async function refusal(config: object, rules: Partial<AccessRules> = {}): Promise<PluginError> {
    serve(secret(config));
    const error = await failure(() => opened('spoke', ({ connection }) => connection.authenticate(), { rules }));
    expect(error.message + error.hint).to.not.include(canary);
    return error;
  }

  it('are read one by one by their names, and matched by cluster name or server', async () => {
    for (const called of ['spoke', `${server}/`]) {
      serve(secret({ bearerToken: 'abc' }));
      serve(secret({}, { name: 'other', server: 'https://other.example' }, 'other'), 'other');

      const found = await opened(
        called,
        async ({ name, server: url, project, connection }) => {
          return [name, url, project, (await connection.authenticate()).headers];
        },
        { names: ['other', 'cluster-spoke'] },
      );

      expect(found).to.deep.equal(['spoke', server, null, { authorization: 'Bearer abc' }]);
    }
  });

  it('are listed by their label when all may be read', async () => {
    const other = secret({}, { name: 'other', server: 'https://other.example' }, 'other');
    nock(ownServer)
      .get(path)
      .query(query)
      .reply(200, { items: [other, secret({ bearerToken: 'abc' }, { project: 'team' })] });

    const found = await opened('spoke', ({ name, project, where }) => [name, project, where], { names: 'all' });

    expect(found).to.deep.equal(['spoke', 'team', 'the Secret argocd/cluster-spoke of Argo CD']);
  });

  for (const [names, at] of [
    [['cluster-spoke'], `${path}/cluster-spoke`],
    ['all', path],
  ] as const)
    it(`are requested again when the API server does not answer in time: ${at}`, async () => {
      const answer = names === 'all' ? { items: [secret({ bearerToken: 'abc' })] } : secret({ bearerToken: 'abc' });
      nock(ownServer).get(at).query(true).delay(60_000).reply(200, answer);
      nock(ownServer).get(at).query(true).reply(200, answer);

      expect(await opened('spoke', ({ name }) => name, { names, timeoutMs: 100 })).to.equal('spoke');
    });

  it('are rejected when they could not be listed completely', async () => {
    nock(ownServer)
      .get(path)
      .query(query)
      .reply(200, { items: [], metadata: { continue: 'more' } });

    const error = await failure(() => opened('spoke', () => null, { names: 'all' }));

    expect(error.message).to.equal('there are more than 2000 cluster Secrets in argocd');
  });

  it('are not clusters without the label of Argo CD', async () => {
    serve({ ...secret({ bearerToken: canary }), metadata: { name: 'cluster-spoke' } });

    expect((await failure(() => opened('spoke', () => null))).code).to.equal('CLUSTER_UNKNOWN');
  });

  it('are rejected when two are for the same cluster', async () => {
    serve(secret({ bearerToken: 'abc' }));
    serve(secret({ bearerToken: 'abc' }, { name: 'twin', server: `${server}/` }, 'twin'), 'twin');

    const error = await failure(() => opened(server, () => null, { names: ['cluster-spoke', 'twin'] }));

    expect(error.message).to.include('the Secret argocd/twin of Argo CD is the same cluster');
  });

  it('may hold a user name and password, a client certificate, a CA and a server name', async () => {
    const { cert, key } = selfSigned();
    const [certData, keyData] = [cert, key].map((text) => Buffer.from(text).toString('base64'));
    const tlsClientConfig = { insecure: false, serverName: 'inner', caData: certData, certData, keyData };
    serve(secret({ username: 'me', password: 'pass', tlsClientConfig }));

    const options = await opened('spoke', ({ connection }) => connection.authenticate());

    expect(options).to.include({ cert, key, ca: cert, servername: 'inner' });
    expect(options.headers).to.deep.equal({ authorization: `Basic ${Buffer.from('me:pass').toString('base64')}` });
  });

  it('are read again at once when the server has rejected their credential', async () => {
    serve(secret({ bearerToken: 'first' }));
    await opened('spoke', async ({ connection }) => {
      expect((await connection.authenticate()).headers).to.deep.equal({ authorization: 'Bearer first' });

      serve(secret({ bearerToken: 'second' }));
      connection.rejected?.();

      expect((await connection.authenticate()).headers).to.deep.equal({ authorization: 'Bearer second' });
      expect((await connection.authenticate()).headers).to.deep.equal({ authorization: 'Bearer second' });
    });
  });

  it('may not name a command by a relative path, whatever is allowed', async () => {
    const execProviderConfig = { ...exec, command: './login' };

    const error = await refusal({ execProviderConfig }, { exec: ['./login'] });

    expect(error.message).to.include('its command is a relative path');
  });

  const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'gke', args: [canary] };
  const bad: readonly (readonly [title: string, config: object, message: string])[] = [
    ['without a credential', {}, 'it has no credential'],
    [
      'that turn off TLS verification',
      { bearerToken: canary, tlsClientConfig: { insecure: true } },
      'turns off verification',
    ],
    ['with a command', { execProviderConfig: exec }, 'the command "gke" may not be run'],
    ['of AWS', { awsAuthConfig: { clusterName: canary } }, 'the command "argocd-k8s-auth" may not be run'],
    ['with an invalid proxy', { bearerToken: 'a', proxyUrl: `ftp://${canary}` }, 'its proxy is not the URL of one'],
    ['with an unknown key', { bearerToken: canary, other: canary }, '"other" is not supported'],
    ['whose config is not an object', [canary], 'it has no credential'],
  ];
  for (const [title, config, message] of bad) {
    it(`${title} are rejected without printing their content`, async () => {
      const error = await refusal(config);

      expect(error.code).to.equal('CLUSTER_ACCESS_INVALID');
      expect(error.message).to.include(message).and.include('the Secret argocd/cluster-spoke of Argo CD');
    });
  }

  it('are read again after a minute: a new token is used, and a changed project or a missing Secret fails', async () => {
    const clock = testClock();
    serve(secret({ bearerToken: 'first' }));
    await opened(
      'spoke',
      async ({ connection }) => {
        const sent = async (): Promise<unknown> => (await connection.authenticate()).headers;
        clock.advance(59_000);
        expect(await sent()).to.deep.equal({ authorization: 'Bearer first' });

        clock.advance(1_000);
        serve(secret({ bearerToken: 'second' }));
        expect(await Promise.all([sent(), sent()])).to.deep.equal(Array(2).fill({ authorization: 'Bearer second' }));

        clock.advance(60_000);
        nock(ownServer).get(`${path}/cluster-spoke`).times(3).reply(503);
        expect(await sent()).to.deep.equal({ authorization: 'Bearer second' });

        clock.advance(60_000);
        serve(secret({ bearerToken: 'second' }, { project: 'another' }));
        expect((await failure(sent)).code).to.equal('CLUSTER_UNKNOWN');

        nock(ownServer).get(`${path}/cluster-spoke`).reply(404, { kind: 'Status' });
        expect((await failure(sent)).code).to.equal('CLUSTER_UNKNOWN');
      },
      { clock },
    );
  });

  it('that may not be read are reported with the missing rule', async () => {
    nock(ownServer).get(`${path}/cluster-spoke`).reply(403, { kind: 'Status', message: 'no' });

    const error = await failure(() => opened('spoke', () => null));

    expect(error.hint).to.include('resources: ["secrets"], resourceNames: ["cluster-spoke"], verbs: ["get"]');
  });
});
