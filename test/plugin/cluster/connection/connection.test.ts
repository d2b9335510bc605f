import { expect } from 'chai';
import { chmod, mkdir, readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { connect } from '../../../../plugin/cluster/connection/connect.ts';
import type { ConnectionOptions } from '../../../../plugin/cluster/connection/connection.ts';
import { selfSigned } from '../../../support/certificate.ts';
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

  const exec =
    '{exec: {apiVersion: client.authentication.k8s.io/v1, command: ./bin/login, env: [{name: NAME, value: me}]}}';

  /** The command of `exec`. */
  async function command(script: string): Promise<void> {
    await mkdir(join(folder.path, 'bin'), { recursive: true });
    await chmod(await folder.write('bin/login', `#!/bin/sh\n${script}\n`), 0o755);
  }

  it('sends the token of a kubeconfig', async () => {
    expect(await authorization('{token: abc}')).to.equal('Bearer abc');
  });

  it('sends the token from the file that the kubeconfig names, relative to the kubeconfig', async () => {
    await folder.write('token', 'from-file');

    expect(await authorization('{tokenFile: token}')).to.equal('Bearer from-file');
  });

  it('reads the token file anew for each request, as it is renewed while the process runs', async () => {
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

  it('merges the files of KUBECONFIG as kubectl does: the first entry wins, and missing files are skipped', async () => {
    await folder.write('token', 'from-file');
    const first = await kubeconfig('{token: abc}');
    const second = await folder.write('other', oneContext('there', 'you', '{tokenFile: token}', 'https://127.0.0.1:1'));
    const same = await folder.write('same', oneContext('here', 'me', '{token: other}', 'https://127.0.0.1:2'));
    const empty = await folder.write('empty', '');
    const files = ['', `${folder.path}/missing`, empty, first, second, same];
    const defaultKubeconfig = files.join(delimiter);

    expect(await authorizationWith({ defaultKubeconfig })).to.equal('Bearer abc');
    expect(await authorizationWith({ defaultKubeconfig, context: 'there' })).to.equal('Bearer from-file');
  });

  it('names a file of KUBECONFIG when all of them are missing', async () => {
    const error = await failure(() => authorizationWith({ defaultKubeconfig: `${folder.path}/missing` }));

    expect(error.code).to.equal('KUBECONFIG_INVALID');
    expect(error.message).to.include('missing cannot be read');
  });

  it('accepts a context beside one without a cluster', async () => {
    const text = oneContext('here', 'me', '{token: abc}', 'https://127.0.0.1:6443');
    const other = '{name: half, context: {user: me}}, ';
    const file = await folder.write('config', text.replace('contexts: [', `contexts: [${other}`));

    expect(await authorizationWith({ kubeconfig: file })).to.equal('Bearer abc');
  });

  it('reads the given kubeconfig and not those of KUBECONFIG', async () => {
    const defaultKubeconfig = await folder.write('other', 'no kubeconfig at all');

    expect(await authorizationWith({ kubeconfig: await kubeconfig('{token: abc}'), defaultKubeconfig })).to.equal(
      'Bearer abc',
    );
  });

  it('prefers the token file to the token beside it, as kubectl does, unless the file is missing', async () => {
    await folder.write('token', 'from-file');

    expect(await authorization('{token: abc, tokenFile: token}')).to.equal('Bearer from-file');
    expect(await authorization('{token: abc, tokenFile: nowhere}')).to.equal('Bearer abc');
  });

  it('sends the token from a file beside a client certificate', async () => {
    await folder.write('token', 'from-file');
    const certificate = `client-certificate-data: ${Buffer.from('cert').toString('base64')}`;

    expect(await authorization(`{tokenFile: token, ${certificate}}`)).to.equal('Bearer from-file');
  });

  it('runs a credential plugin by its path from the kubeconfig, with KUBERNETES_EXEC_INFO', async () => {
    await command(
      'echo "{\\"status\\": {\\"token\\": \\"$NAME-$(echo "$KUBERNETES_EXEC_INFO" | grep -c ExecCredential)\\"}}"',
    );

    expect(await authorization(exec)).to.equal('Bearer me-1');
  });

  it('runs a credential plugin again once the server has rejected its token, which has no expiry', async () => {
    await command(
      `echo x >> "${folder.path}/calls"; echo "{\\"status\\": {\\"token\\": \\"$(wc -l < "${folder.path}/calls")\\"}}"`,
    );
    const connection = await connect({ kubeconfig: await kubeconfig(exec) });
    try {
      const told = async (): Promise<unknown> => (await connection.authenticate()).headers;
      expect(await told()).to.include({ Authorization: 'Bearer 1' });
      expect(await told()).to.include({ Authorization: 'Bearer 1' });

      connection.rejected?.();

      expect(await told()).to.include({ Authorization: 'Bearer 2' });
    } finally {
      connection.close();
    }
  });

  it('runs a credential plugin as kubectl does: with the variables of the process, its own, and empty stdin', async () => {
    await command('read answer; echo "{\\"status\\": {\\"token\\": \\"$NAME-$OTHER\\"}}"');
    const variables = { ...process.env, NAME: 'inherited', OTHER: 'inherited' };

    expect(await authorizationWith({ kubeconfig: await kubeconfig(exec), variables })).to.equal('Bearer me-inherited');
  });

  it('passes the cluster to a credential plugin that asks for it, with its extension and the content of the CA', async () => {
    await command(`printf '%s' "$KUBERNETES_EXEC_INFO" > "${folder.path}/info"; echo '{"status": {"token": "abc"}}'`);
    await folder.write('ca.crt', 'PEM');
    const extension = { name: 'client.authentication.k8s.io/exec', extension: { shootRef: { name: 'a' } } };
    const cluster = {
      server: 'https://127.0.0.1:6443/k8s/clusters/c-1/',
      'certificate-authority': 'ca.crt',
      'tls-server-name': 'api',
      extensions: [{ name: 'other', extension: {} }, extension],
    };
    const apiVersion = 'client.authentication.k8s.io/v1';
    const user = { exec: { apiVersion, command: './bin/login', provideClusterInfo: true } };
    const file = await folder.write(
      'config',
      JSON.stringify({
        'current-context': 'c',
        contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
        clusters: [{ name: 'c', cluster }],
        users: [{ name: 'u', user }],
      }),
    );

    expect(await authorizationWith({ kubeconfig: file })).to.equal('Bearer abc');
    expect(JSON.parse(await readFile(join(folder.path, 'info'), 'utf8'))).to.deep.equal({
      kind: 'ExecCredential',
      apiVersion,
      spec: {
        cluster: {
          server: cluster.server,
          'tls-server-name': 'api',
          'certificate-authority-data': Buffer.from('PEM').toString('base64'),
          config: { shootRef: { name: 'a' } },
        },
        interactive: false,
      },
    });
  });

  for (const [title, script, message] of [
    ['prints nothing', 'exit 3', 'the command "./bin/login" ended with 3'],
    ['starts its error with an empty line', 'echo >&2; echo "log in first" >&2; exit 1', 'log in first'],
    ['does not print JSON', 'echo secret', 'the command "./bin/login" printed no credential'],
    ['prints no status', "echo '{}'", 'the command "./bin/login" printed no credential'],
    ['prints null', 'echo null', 'the command "./bin/login" printed no credential'],
  ] as const) {
    it(`reports why a credential plugin that ${title} failed, without its stdout, and runs it again`, async () => {
      await command(`echo x >> "${folder.path}/calls"; ${script}`);
      const connection = await connect({ kubeconfig: await kubeconfig(exec) });
      try {
        const errors = [await failure(connection.authenticate), await failure(connection.authenticate)];

        expect(errors[0]).to.include({
          code: 'CLUSTER_UNAUTHORIZED',
          message: `cannot get a credential for the cluster: ${message}`,
        });
        expect(await readFile(join(folder.path, 'calls'), 'utf8')).to.equal('x\nx\n');
      } finally {
        connection.close();
      }
    });
  }

  it('reports a missing credential plugin with its install hint', async () => {
    const missing = '{exec: {command: not-there-7f3a, installHint: "get it from the platform"}}';

    const error = await failure(() => authorization(missing));

    expect(error.message).to.include('there is no command "not-there-7f3a"');
    expect(error.hint).to.equal('get it from the platform');
  });

  it('rejects a credential plugin that needs a terminal', async () => {
    const asking = '{exec: {command: ./bin/login, interactiveMode: Always}}';

    expect((await failure(() => authorization(asking))).message).to.include('needs a terminal');
  });

  it('impersonates the user, groups and extra fields that the kubeconfig names', async () => {
    const as = "as: jane, as-uid: u1, as-groups: [dev, ops], as-user-extra: {'example.com/scope': [a, b]}";
    const connection = await connect({ kubeconfig: await kubeconfig(`{token: abc, ${as}}`) });
    try {
      expect((await connection.authenticate()).headers).to.deep.equal({
        Authorization: 'Bearer abc',
        'Impersonate-User': 'jane',
        'Impersonate-Uid': 'u1',
        'Impersonate-Group': ['dev', 'ops'],
        'Impersonate-Extra-example.com%2Fscope': ['a', 'b'],
      });
    } finally {
      connection.close();
    }
  });

  it('prefers inline data to the file beside it, as kubectl does', async () => {
    const { cert, key } = selfSigned();
    const data = (pem: string): string => Buffer.from(pem).toString('base64');
    const file = await folder.write(
      'config',
      JSON.stringify({
        'current-context': 'c',
        contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
        clusters: [
          {
            name: 'c',
            cluster: {
              server: 'https://127.0.0.1:6443',
              'certificate-authority': '/elsewhere/ca.crt',
              'certificate-authority-data': data(cert),
            },
          },
        ],
        users: [
          {
            name: 'u',
            user: {
              'client-certificate': '/elsewhere/me.crt',
              'client-certificate-data': data(cert),
              'client-key': '/elsewhere/me.key',
              'client-key-data': data(key),
            },
          },
        ],
      }),
    );
    const connection = await connect({ kubeconfig: file });
    try {
      const request = await connection.authenticate();

      expect([request.ca, request.cert, request.key].map(String)).to.deep.equal([cert, cert, key]);
    } finally {
      connection.close();
    }
  });

  it('reports a missing token file', async () => {
    const error = await failure(() => authorization('{tokenFile: nowhere}'));

    expect(error.code).to.equal('CLUSTER_UNAUTHORIZED');
    expect(error.message).to.match(/^cannot get a credential for the cluster: ENOENT/);
  });

  it('sends no credential for a user without one', async () => {
    expect(await authorization('{}')).to.equal(undefined);
  });

  it('rejects plain http, over which the token could be read', async () => {
    const error = await failure(async () =>
      connect({ kubeconfig: await kubeconfig('{token: abc}', 'http://127.0.0.1:8080') }),
    );

    expect(error.code).to.equal('KUBECONFIG_INVALID');
    expect(error.message).to.equal('the kubeconfig\'s server "http://127.0.0.1:8080" is not an https URL');
  });

  it('names a context that does not exist', async () => {
    const error = await failure(async () =>
      connect({ kubeconfig: await kubeconfig('{token: abc}'), context: 'there' }),
    );

    expect(error.message).to.equal('there is no context "there" with a cluster in the kubeconfig');
  });
});
